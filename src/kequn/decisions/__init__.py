"""What the bank does for each customer tonight: who may be contacted, what it is worth, and one plan for all."""
