"""Whether quotes support a sentence: alignment, guards, verdicts."""
