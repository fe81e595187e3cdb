"""Treatments: drugs, their doses, and what becomes of them."""
