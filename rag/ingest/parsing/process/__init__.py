"""The processes that parse, under limits of memory and time, and what passes between them and their
parent.
"""
