"""Results and vital signs, in sentences and in tables."""
