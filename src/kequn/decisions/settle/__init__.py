"""Settling: all bids of a night become one plan, by prices for scarce things, with a bound that proves the gap.

Pure numbers: pairs, limits and bids come in as arrays (`shapes`, `batch`), contacts and a table of prices go out
(`night.settle`). Prices are found by sweeps over all customers (`sweep`, `descent`), then contacts are handed out in
hashed order against what is left (`handout`, `plan`).
"""
