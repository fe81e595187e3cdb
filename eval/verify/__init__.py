"""A verifier of claims, measured against the labels of pairs."""
