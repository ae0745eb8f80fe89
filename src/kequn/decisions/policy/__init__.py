"""The contact policy: one set of hard rules as data, judged set-based at night and row by row when sending."""
