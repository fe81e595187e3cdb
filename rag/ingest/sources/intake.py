"""What a parser of medical records tells the ingestor about whose a document is. None of it is stored with the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.core.times import bounds
from rag.core.types import Document

_RECORD, _MERGED, _NATIONAL, _VERSION = "record", "merged_id", "national_id", "version"


@dataclass(frozen=True, slots=True)
class Intake:
    """Facts about the patient of a document.

    Attributes:
        is_record: of a patient: refused where nothing names the patient, for it would be literature, which everybody may read.
        merged_id: a former id of the patient, whose documents become those of the document's ``patient_id``.
        national_id: the patient's national identity, by which two persons with one number are told apart.
        is_version: its id is that of an order that other files may report again: the newest version stands, whatever file it is in.
    """

    is_record: bool = True
    merged_id: str = ""
    national_id: str = ""
    is_version: bool = False

    def packed(self) -> Mapping[str, str]:
        """Return it as ``Document.intake`` carries it."""
        held = {_RECORD: "yes" if self.is_record else "", _MERGED: self.merged_id, _NATIONAL: self.national_id}
        held[_VERSION] = "yes" if self.is_version else ""
        return {key: value for key, value in held.items() if value}


def intake_of(document: Document) -> Intake:
    """Return what a document carries for the ingestor."""
    held = document.intake
    return Intake(bool(held.get(_RECORD)), held.get(_MERGED, ""), held.get(_NATIONAL, ""), bool(held.get(_VERSION)))


def is_newer(document: Document, stored: Document) -> bool:
    """Tell whether a version of an order is to take the place of a stored one: finished before unfinished, then the one reported later."""
    return _rank(document) > _rank(stored)


def _rank(document: Document) -> tuple[bool, float, bool]:
    iso, status = document.metadata.get("reported_at", ""), document.metadata.get("status", "")
    return status not in ("preliminary", "partial"), bounds(iso)[0] if iso else 0.0, status == "corrected"
