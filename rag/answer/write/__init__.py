"""Sentences that the language model writes, under constrained decoding."""
