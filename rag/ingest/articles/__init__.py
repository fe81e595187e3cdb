"""Articles: PubMed records, JATS full text, BioC. Literature, so of no patient, with a level of evidence and
marked when retracted.
"""
