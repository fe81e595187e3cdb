"""Indexes of passages: Qdrant in process, Qdrant on a server, and one in memory."""
