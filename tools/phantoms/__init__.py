"""Draws the fictitious pictures of the demonstration: phantoms that look like what their reports say."""
