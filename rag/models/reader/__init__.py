"""Models that score a pair of texts."""
