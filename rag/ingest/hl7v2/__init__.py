"""HL7 version 2: results, orders, medicines, vaccinations, documents and movements, in files of messages,
batches and MLLP frames.
"""
