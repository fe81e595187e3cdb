"""The reader: how well a text answers a question, and whether it supports a claim; and models of the hub that
score a pair of texts.
"""
