"""Exports of record systems: FHIR, CDA, HL7 v2."""

from __future__ import annotations

from rag.ingest.formats import Format

RECORDS: tuple[Format, ...] = ()
