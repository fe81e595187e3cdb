"""Treatments: the course of each drug, what is taken, how doses went, why and when they ended."""
