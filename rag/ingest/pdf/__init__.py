"""PDF pages: text layer, layout, scans, and pages as pictures."""
