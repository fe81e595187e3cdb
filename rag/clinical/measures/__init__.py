"""Numbers, quantities, units and rhythms in text."""
