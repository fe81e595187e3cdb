"""One caller's pictures: what finds them, put together from the settings, and what leaves as JSON."""
