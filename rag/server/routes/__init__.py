"""The routes, one file an area. A route checks the caller, calls the core, and returns the contract's
JSON.
"""
