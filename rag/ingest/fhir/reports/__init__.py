"""Resources that are documents themselves: reports, compositions, references to documents, plans, studies,
questionnaires, others.
"""
