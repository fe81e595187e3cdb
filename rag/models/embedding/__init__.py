"""Embedders behind one seam, with their cache."""
