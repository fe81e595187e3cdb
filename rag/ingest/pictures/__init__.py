"""Plain pictures, and what Tesseract reads on them."""
