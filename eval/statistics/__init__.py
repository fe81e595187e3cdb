"""Scores of items and what becomes of them: means, intervals, tests."""
