"""Decisions: who may be contacted about what, what a contact is worth, and one fair plan for all campaigns."""
