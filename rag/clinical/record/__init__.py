"""The record of one patient seen as a whole: what happened when, and where two statements cannot both be
true.
"""
