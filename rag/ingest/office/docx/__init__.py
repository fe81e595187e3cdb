"""Word files (DOCX) as their reader sees them."""
