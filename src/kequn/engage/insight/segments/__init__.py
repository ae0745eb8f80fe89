"""Segments: sizes, cross-coverage, one segment in full, white lists."""
