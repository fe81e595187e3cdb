"""The core values and seams: they know nothing of medicine, of models or of files."""
