"""Scores: who is leaving and why, what they would like next, how they want to be reached, what it is worth."""

FAMILIES = ("attrition", "product", "channel", "value", "uplift")
