"""The overview: what the person's customers are worth tonight, and how that moved."""
