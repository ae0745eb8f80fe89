"""Decisions: campaigns bid, the policy excludes, the night settles one plan for all customers."""
