"""The tag catalogue: what is known of customers, where it comes from and who uses it."""
