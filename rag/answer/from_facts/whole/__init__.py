"""The record as a whole: its problems, a summary by sections, the course of events, how many times something
was done.
"""
