"""CDA Release 2 documents: C-CDA, CDA-FR (CI-SIS) and others of the same standard."""
