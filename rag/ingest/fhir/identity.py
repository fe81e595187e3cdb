"""``Patient.link``: what a Patient says of being the same as another. It moves nothing; the identity desk is
told.

``replaced-by`` and ``replaces`` name the record that is used from now on; ``refer`` points to the one that
says more; of two that say ``seealso`` neither is above the other, and the one that carries the link is taken
for the one that stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Malformed, Node, Resource
from rag.ingest.fhir.owners import Patient, Records
from rag.ingest.sources.intake import Intake
from rag.messages import message

_OTHER_STAYS = {"replaced-by": True, "refer": True, "replaces": False, "seealso": False}


def announced(records: Records, language: str, file: str, warn: Warn) -> Iterator[Draft]:
    """Yield a document for each pair of patients that the Patients of a file say are one, each pair once."""
    seen: set[frozenset[str]] = set()
    for resource in records.resources:
        if resource.type != "Patient":
            continue
        try:
            pairs = list(_pairs(resource, records))
        except Malformed as error:
            warn(ParseError("fhir_bad_resource", file=file, record=resource.name, path=error.path))
            continue
        for old, new, relation in pairs:
            pair = frozenset((old.patient_id, new.patient_id))
            if len(pair) == 2 and pair not in seen:
                seen.add(pair)
                yield _draft(old, new, relation, language)


def _pairs(resource: Resource, records: Records) -> Iterator[tuple[Patient, Patient, str]]:
    for link in resource.node.nodes("link"):
        relation, other = link.text("type"), _other(link, resource, records)
        if other is None or relation not in _OTHER_STAYS:
            continue
        this = records.patient(resource)
        yield (this, other, relation) if _OTHER_STAYS[relation] else (other, this, relation)


def _other(link: Node, resource: Resource, records: Records) -> Patient | None:
    found = records.named_patient(link.node("other"), resource)
    return found if found is not None and found.patient_id else None


def _draft(old: Patient, new: Patient, relation: str, language: str) -> Draft:
    draft = Draft(
        new, f"{new.key}/identity/{old.patient_id}", "identity", message("list.identity", language), language
    )
    draft.intake = Intake(linked_id=old.patient_id, relation=f"Patient.link {relation}")
    draft.writer.line(
        message("record.linked", language, old=old.patient_id, new=new.patient_id, type=relation)
    )
    return draft
