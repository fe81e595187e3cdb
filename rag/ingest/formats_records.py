"""Exports of record systems: FHIR, CDA, HL7 v2."""

from __future__ import annotations

from rag.ingest import media
from rag.ingest.formats import Format, Kit
from rag.protocols import Parser


def _cda(kit: Kit) -> Parser:
    from rag.ingest.cda.parser import CdaParser

    return CdaParser(kit.parts)


RECORDS: tuple[Format, ...] = (Format(media.CDA, "cda/1", (".xml",), _cda, has_parts=True),)
