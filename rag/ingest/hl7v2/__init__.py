"""HL7 version 2: results (ORU), documents (MDM) and movements of patients (ADT), in files of messages, batches and MLLP frames."""
