"""Answers, asked and scored: every question of a file through the product's pipeline."""
