"""Metrics: each is one documented function of one item, with its expected values computed by hand in the tests."""
