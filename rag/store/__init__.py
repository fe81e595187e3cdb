"""The registry of a home: documents, input files, copies of sources, in one database."""
