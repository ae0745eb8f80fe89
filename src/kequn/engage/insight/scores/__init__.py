"""Scores: the models that nights use, how good they are, what they say tonight."""
