"""A document of one patient in the making: its facts, its text, and what leads to other documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rag.core.types import Code, Document, Link, Source
from rag.ingest.fhir.owners import Patient
from rag.ingest.parsing.address import record_uri
from rag.ingest.records.attachments import doc_id_at
from rag.ingest.records.wording.codes import once
from rag.ingest.records.writing import Writer
from rag.ingest.sources.intake import Intake


@dataclass(slots=True)
class Draft:
    """A document being written. ``record`` tells it apart in its file; ``linked`` names records of the same
    file by relation.

    ``struck`` and ``hidden`` count the passages that were struck out or are not shown; up to ``opened`` stand
    the lines that only say whose and when.
    """

    patient: Patient
    record: str
    kind: str
    title: str
    language: str
    authored_at: str | None = None
    encounter_id: str | None = None
    codes: list[Code] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    linked: list[tuple[str, str]] = field(default_factory=list)
    writer: Writer = field(default_factory=Writer)
    intake: Intake = field(default_factory=Intake)
    struck: int = 0
    hidden: int = 0
    opened: int = 0

    def document(self, source: Source) -> Document:
        """Return the document; its text may be empty."""
        text, sections = self.writer.done(opening_joins=True)
        whose = self.patient.identity
        uri = record_uri(source, self.record)
        return Document(
            doc_id="",
            source=replace(source, uri=uri),
            kind=self.kind,
            title=" ".join(self.title.split()),
            text=text,
            language=self.language,
            sections=sections,
            patient_id=self.patient.patient_id,
            encounter_id=self.encounter_id,
            authored_at=self.authored_at,
            codes=once(self.codes),
            links=tuple(
                Link(relation, doc_id_at(record_uri(source, record))) for relation, record in self.linked
            ),
            metadata=_filled(self.metadata),
            facts=self.writer.facts,
            traits=self.patient.person.traits(whose.national),
            intake=replace(self.intake, national_id=whose.national, claims=whose.claims).packed(),
        )


def _filled(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in metadata.items() if value}
