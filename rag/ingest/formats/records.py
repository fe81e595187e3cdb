"""Exports of record systems: FHIR, CDA, HL7 v2."""

from __future__ import annotations

from pathlib import Path

from rag.core.protocols import Parser
from rag.ingest.parsing import media
from rag.ingest.parsing.contract import Format, Kit


def _cda(kit: Kit) -> Parser:
    from rag.ingest.cda.parser import CdaParser
    from rag.ingest.records.identifiers import House

    return CdaParser(kit.parts, House.of(kit.settings))


def _fhir(kit: Kit) -> Parser:
    from rag.ingest.fhir.parser import FhirParser
    from rag.ingest.records.identifiers import House

    return FhirParser(kit.parts, int(kit.settings.max_file_mb * 1_000_000), House.of(kit.settings))


def _hl7(kit: Kit) -> Parser:
    from rag.ingest.hl7v2.parser import Hl7Parser
    from rag.ingest.records.identifiers import House

    return Hl7Parser(kit.parts, House.of(kit.settings))


def _beside_an_export(path: Path) -> bytes:
    from rag.ingest.fhir.export import digest_beside

    return digest_beside(path)


RECORDS: tuple[Format, ...] = (
    Format(media.CDA, "cda/4", (".xml",), _cda, has_parts=True),
    Format(media.HL7, "hl7/4", (".hl7",), _hl7, has_many_records=True, has_parts=True),
    Format(media.FHIR_JSON, "fhir/4", (".json",), _fhir, has_many_records=True, has_parts=True),
    Format(
        media.FHIR_NDJSON,
        "fhir/4",
        (".ndjson", ".ndjson.gz"),
        _fhir,
        has_many_records=True,
        has_parts=True,
        beside=_beside_an_export,
    ),
    Format(media.FHIR_XML, "fhir/4", (".xml",), _fhir, has_many_records=True, has_parts=True),
)
