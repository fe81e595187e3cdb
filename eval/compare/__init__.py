"""Two reports compared, item by item, with the chance that a difference is noise."""
