"""The tool that writes the drugs of the concept table from the public French nomenclature."""
