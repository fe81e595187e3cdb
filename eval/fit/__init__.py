"""What fits every weight that ships: each command reads labelled data, fits, measures on what it did not fit
on, and writes the origin.
"""
