"""The way to a parser: what a file is, who reads it, in which process, under which limits."""
