"""Reports: what was measured, on what, with what, kept as plain files and shown on one page."""
