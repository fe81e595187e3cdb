"""The lists of a patient as documents: problems, allergies, medicines, vaccinations, procedures, family
history, goals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.core.types import Code
from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Resource
from rag.ingest.fhir.owners import Patient
from rag.ingest.fhir.telling.statement import ListLine, Teller
from rag.ingest.fhir.telling.statements import LISTS, SECTIONS
from rag.ingest.fhir.telling.words import codes
from rag.messages import message

_CODED = ("code", "vaccineCode", "medicationCodeableConcept")
_NOT_THE_PATIENTS = (
    "problems_ruled_out",
    "problems_suspected",
    "allergies_ruled_out",
    "immunizations_not_done",
    "procedures_not_done",
    "family",
)
"""Sections whose codes are no facts of the patient."""


def lists(patient: Patient, resources: Sequence[Resource], teller: Teller) -> Iterator[Draft]:
    """Yield a document for each list that has lines, newest lines first within a section."""
    for kind, types in LISTS.items():
        statements = [line for one in resources if one.type in types for line in teller.tell(one)]
        if statements:
            yield _draft(patient, kind, statements, teller)


def coded(resource: Resource) -> Iterator[Code]:
    """Yield the codes of what a resource is about."""
    for name in _CODED:
        if isinstance(resource.node.data.get(name), dict | list):
            yield from codes(resource.node.node(name))


def _draft(patient: Patient, kind: str, statements: Sequence[ListLine], teller: Teller) -> Draft:
    language = teller.language
    newest = max((line.when for line in statements if line.when), default=None, key=lambda iso: iso[:10])
    draft = Draft(patient, f"{patient.key}/{kind}", kind, message(f"list.{kind}", language), language, newest)
    draft.writer.line(patient.person.line(language))
    for section in SECTIONS:
        lines = [line for line in statements if line.section == section]
        if lines:
            draft.writer.heading(message(f"section.{section}", language))
            newest_first = sorted(lines, key=lambda line: line.when or "", reverse=True)
            draft.writer.lines(
                [f"- {line.text}" for line in newest_first], [line.facts for line in newest_first]
            )
        if section not in _NOT_THE_PATIENTS:
            draft.codes.extend(code for line in lines for code in coded(line.resource))
    return draft
