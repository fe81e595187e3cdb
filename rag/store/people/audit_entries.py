"""What the audit holds: an entry for each access of somebody to a patient's documents, and who that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from rag.store.records import utc_now

Outcome = Literal["allowed", "denied"]
Detail = Mapping[str, str | int]
"""What there is to say beside ids: names of models and settings, counts, reasons by key. No text of a
document, no question."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One access of one caller to one patient's documents, or to none (``patient_id`` None: literature,
    lists, sign-in). ``address`` is the client's; ``entry`` and ``chain`` are set when it is written.
    """

    account_id: str
    name: str
    via: str
    action: str
    request_id: str
    outcome: Outcome = "allowed"
    patient_id: str | None = None
    doc_ids: tuple[str, ...] = ()
    at: str = field(default_factory=utc_now)
    address: str = ""
    detail: Detail = field(default_factory=dict)
    entry: int = field(default=0, compare=False)
    chain: str = field(default="", compare=False)


class AuditNote(Protocol):
    """Writes to the audit what a caller is about to be shown, or was denied."""

    def __call__(
        self,
        action: str,
        found: Iterable[tuple[str | None, str]],
        outcome: Outcome = "allowed",
        detail: Detail | None = None,
    ) -> None:
        """Write an action with pairs of a patient (None: literature) and a document, or whatever else has an
        id.
        """


@dataclass(frozen=True, slots=True)
class Accessor:
    """Who reads or changes something, and in which request."""

    account_id: str
    name: str
    via: str
    request_id: str
    address: str = ""

    def entries(
        self,
        action: str,
        found: Iterable[tuple[str | None, str]] = (),
        outcome: Outcome = "allowed",
        detail: Detail | None = None,
    ) -> list[AuditEntry]:
        """Return what to write of an action, an entry a patient; ``found`` are pairs as ``AuditNote`` takes
        them.
        """
        by_patient: dict[str | None, set[str]] = {}
        for patient_id, doc_id in found:
            by_patient.setdefault(patient_id, set()).update([doc_id] if doc_id else [])
        return [
            AuditEntry(
                self.account_id,
                self.name,
                self.via,
                action,
                self.request_id,
                outcome,
                patient_id,
                tuple(sorted(doc_ids)),
                address=self.address,
                detail=detail or {},
            )
            for patient_id, doc_ids in (by_patient or {None: set()}).items()
        ]
