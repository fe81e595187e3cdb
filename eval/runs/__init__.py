"""What every measurement stands on: a home for the corpus alone, the user's settings, the file of a run, and
who is told how far it is.
"""
