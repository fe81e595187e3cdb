"""Whose a document is: what documents say of their patients, what was proposed and decided, what waits in
quarantine.
"""
