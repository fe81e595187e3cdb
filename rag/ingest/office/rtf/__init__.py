"""RTF, as WordPad and many hospital systems write it."""
