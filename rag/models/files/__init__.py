"""The manifest of models, and pulling and checking their files."""
