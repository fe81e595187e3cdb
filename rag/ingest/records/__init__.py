"""What the readers of medical records share: FHIR, CDA and HL7 v2 become text by the same rules and in the
same words.
"""
