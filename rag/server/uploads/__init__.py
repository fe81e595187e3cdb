"""Files that callers send: taken in at once, read in the background, followed by whoever sent them."""
