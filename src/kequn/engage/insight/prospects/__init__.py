"""Prospects: what each rule found, and what became of it."""
