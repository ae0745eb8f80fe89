"""The ladder of tiers: where a customer stands, what the next one asks for, history and moves."""
