"""Whose a document is: what is asked of the identity desk, what waits for it in quarantine, and what its
decisions move.
"""
