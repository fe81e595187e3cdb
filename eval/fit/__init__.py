"""What fits every weight that ships: each command reads labelled data, fits, measures on data it did not fit on, and writes where it all is from."""
