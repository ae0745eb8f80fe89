"""Tiers: the ladder, who moved between two months, who is close to a bound."""
