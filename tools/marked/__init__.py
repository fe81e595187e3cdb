"""Marked words: one is put into every place of a format where text may stand; it must come out, or be named
as left out.
"""
