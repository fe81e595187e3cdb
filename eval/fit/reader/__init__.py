"""Trains the reader (``rag/models/reader``): its data, its network, the run and what it reports."""
