"""Suites: declared runs with thresholds, what they depend on, and how they are run."""
