"""A search, measured as documents; and rankings of any system in TREC files."""
