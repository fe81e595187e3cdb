"""The one medical language: what words, numbers, dates, sides and assertions of clinical text mean, in every
language served.
"""
