"""Benchmarks: ratios measured in one run, against the scan floor and against peers on the same data."""
