"""Archives and packed files: each member is read by the parser of its kind, as if it lay in a folder. Nothing
is written to disk.
"""
