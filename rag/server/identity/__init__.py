"""Who calls and what they may do: credentials become callers (passwords, tokens, sessions, the identity
provider).
"""
