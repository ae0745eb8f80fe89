"""Prospect rules: likely VIP and private-banking customers, with evidence, estimate and confidence."""
