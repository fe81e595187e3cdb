"""Metrics of one answer to one question: facts, citations, grounding, numbers, abstention."""
