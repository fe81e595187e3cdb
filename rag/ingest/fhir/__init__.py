"""FHIR R4 and R5: bundles, bulk exports and single resources become documents of one patient each, in words
that a clinician reads.
"""
