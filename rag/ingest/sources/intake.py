"""What a parser of medical records tells the ingestor about whose a document is. None of it is shown with the
document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rag.core.types import Document
from rag.store.identity.claims import IdentityClaim

_RECORD, _LINKED, _RELATION, _NATIONAL, _CLAIMS, _ARTICLE, _DECLARED, _LITERATURE = (
    "record",
    "linked_id",
    "relation",
    "national_id",
    "claims",
    "article",
    "declared",
    "literature",
)


@dataclass(frozen=True, slots=True)
class Intake:
    """Facts about the patient of a document.

    Attributes:
        is_record: of a patient: refused where nothing names the patient, for it would be literature, which
        everybody may read. linked_id: another id that the document announces as the same patient's: one that
        the document's own replaces. relation: how it says so, e.g. ``ADT^A40`` or ``replaces``. national_id:
        the national identity as written, right or wrong: an attachment that names another is refused. claims:
        further identifiers that fit what they claim to be. is_article: it came in a
        format of articles. is_declared: front matter, a sidecar or the fields of a line declare something of
        it. is_literature: it names no patient and is literature, by its own form or by whoever had it read.
    """

    is_record: bool = True
    linked_id: str = ""
    relation: str = ""
    national_id: str = ""
    claims: tuple[IdentityClaim, ...] = ()
    is_article: bool = False
    is_declared: bool = False
    is_literature: bool = False

    def packed(self) -> Mapping[str, str]:
        """Return it as ``Document.intake`` carries it."""
        claims = (
            json.dumps([[one.kind, one.value, one.authority] for one in self.claims]) if self.claims else ""
        )
        held = {
            _RECORD: "yes" if self.is_record else "",
            _LINKED: self.linked_id,
            _RELATION: self.relation,
            _NATIONAL: self.national_id,
            _CLAIMS: claims,
            _ARTICLE: "yes" if self.is_article else "",
            _DECLARED: "yes" if self.is_declared else "",
            _LITERATURE: "yes" if self.is_literature else "",
        }
        return {key: value for key, value in held.items() if value}


def intake_of(document: Document) -> Intake:
    """Return what a document carries for the ingestor."""
    held = document.intake
    claims = tuple(IdentityClaim(*claim) for claim in json.loads(held.get(_CLAIMS, "[]")))
    linked, relation, national = (held.get(name, "") for name in (_LINKED, _RELATION, _NATIONAL))
    said = (bool(held.get(name)) for name in (_ARTICLE, _DECLARED, _LITERATURE))
    return Intake(bool(held.get(_RECORD)), linked, relation, national, claims, *said)


def claiming(document: Document, *claims: IdentityClaim) -> Document:
    """Return the document with these claims instead of its own."""
    return replace(document, intake=replace(intake_of(document), claims=claims).packed())
