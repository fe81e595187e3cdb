"""Sentences that are quoted word for word."""
