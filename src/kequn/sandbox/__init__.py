"""A made-up bank with known truth, for the demo, the tests and the closed loop."""
