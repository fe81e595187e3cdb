"""How records say codes, dates, units, kinds and denials, whatever their format."""
