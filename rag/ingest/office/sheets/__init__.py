"""Tables of notes: CSV and workbooks."""
