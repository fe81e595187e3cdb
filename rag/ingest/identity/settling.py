"""Decides under which id a document is filed as it is read, what the identity desk is asked on account of it,
and whether it must wait.

A document is filed under what its own first identifier says. Nothing that it says of other ids moves
anything: two ids that it names for one patient are proposed to the desk, in the name of whoever the proposal
rests on: what a feed says and an upload answers is an upload's. It waits in quarantine where its own
identifiers are at odds: a number of one patient beside the national identity that trusted documents know as
another's, or another identity than they give this number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from rag.core.types import Document
from rag.ingest.sources.intake import claiming, intake_of
from rag.store.documents import DocumentStore
from rag.store.identity.claims import IdentityClaim
from rag.store.identity.desk import FEED, UPLOADS, HoldReason, IdentityStore, Proposal, ProposalReason
from rag.store.identity.merges import MergeStore, followed

OfNobody = Literal["by_form", "literature", "quarantine"]
"""What becomes of documents that name no patient: literature by their own form, all of them literature, or
none of them.
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """A document under the id where it goes. ``is_held``: to quarantine, for this reason, for the sake of
    ``other_id`` where that is known.
    """

    document: Document
    is_held: bool = False
    other_id: str | None = None
    reason: HoldReason = "identity"
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentityConflict:
    """Two identifiers of one document that are not of one patient; ``other_id`` is the patient of the
    national identity, if any.
    """

    national: str
    other_id: str | None


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two ids to propose. ``rests_on_upload``: except for what was uploaded, the document would not lead to
    it.
    """

    old: str
    new: str
    reason: ProposalReason
    said: str
    rests_on_upload: bool = False


class Settler:
    """Settles the documents of one pass. What it has settled counts for what comes after, written yet or
    not.
    """

    def __init__(self, store: DocumentStore, origin: str = FEED, *, of_nobody: OfNobody = "by_form") -> None:
        self._store, self._of_nobody = store, of_nobody
        self._identities, self._merges = IdentityStore(store.database), MergeStore(store.database)
        self._origin, self._trusted = origin, origin == FEED
        self.reload()

    def reload(self) -> None:
        """Look anew at what is stored: the desk has decided something, and all that was settled is
        written.
        """
        self._steps: Mapping[str, str] = self._merges.steps()
        self._by_value: dict[str, dict[str, bool]] = {}
        self._by_patient: dict[str, set[str]] = {}
        self._known: dict[str, bool | None] = {}

    def survivor(self, patient_id: str | None) -> str | None:
        """Return the id under which a patient's documents are."""
        return None if patient_id is None else followed(self._steps, patient_id)

    def settle(self, document: Document) -> Settled:
        """Return where a document goes, and what was asked of the desk on account of it."""
        own, said = document.patient_id, intake_of(document).claims
        if own is None:
            return self._settle_of_nobody(document)
        if has_national(said) and (given := self._identities.assigned(document.doc_id, digest_of(own, said))):
            return Settled(filed(document, given, self._steps, ()))
        document = filed(document, own, self._steps, said)
        conflict = self.conflict(document.patient_id or own, own, said, self._steps)
        asked = tuple(self._asked(document, own, said, conflict))
        if conflict is None:
            self._note(document, said)
            return Settled(document, proposals=asked)
        return Settled(document, True, conflict.other_id, proposals=asked)

    def _settle_of_nobody(self, document: Document) -> Settled:
        """Return where a document goes that names no patient: to the literature, where it is some, was said
        to be or is read as such already; to the patient whom somebody gave it; else to quarantine.
        """
        if self._of_nobody == "literature" or (
            self._of_nobody == "by_form" and intake_of(document).is_literature
        ):
            return Settled(document)
        shown = self._store.get(document.doc_id)
        is_same = shown is not None and (
            shown.source.sha256 == document.source.sha256 or shown.text == document.text
        )
        given = self._identities.assigned(document.doc_id, None if is_same else digest_of_text(document))
        if given is not None:
            return Settled(filed(document, given, self._steps, ()))
        if shown is not None and is_same and shown.patient_id is None:
            return Settled(document)
        return Settled(document, is_held=True, reason="no_patient")

    def conflict(
        self, patient_id: str, own: str, said: Iterable[IdentityClaim], steps: Mapping[str, str]
    ) -> IdentityConflict | None:
        """Return how what a document says of its patient is at odds with what trusted documents and the desk
        said, None where it is not.
        """
        for national in (claim.value for claim in said if claim.kind == "national" and claim.value != own):
            known = {followed(steps, one) for one, trusted in self._claimants(national).items() if trusted}
            known |= {followed(steps, national)} if national in steps else set()
            if known - {patient_id}:
                return IdentityConflict(national, min(known - {patient_id}))
            theirs = self._nationals(patient_id)
            if not known and theirs and national not in theirs:
                return IdentityConflict(national, None)
        return None

    def _asked(
        self, document: Document, own: str, said: Iterable[IdentityClaim], conflict: IdentityConflict | None
    ) -> Iterator[Proposal]:
        """Propose every pair of ids that the document says are one patient's, as far as anybody knows
        both.
        """
        pairs = list(self._pairs(document, own, said, conflict))
        for pair in sorted(
            pairs, key=lambda one: one.rests_on_upload
        ):  # what is said without any upload takes its place
            if followed(self._steps, pair.old) == followed(self._steps, pair.new):
                continue
            origin = UPLOADS if pair.rests_on_upload and self._trusted else self._origin
            made = self._identities.propose(
                pair.old, pair.new, pair.reason, pair.said, document.doc_id, origin
            )
            if made is not None:
                yield made

    def _pairs(
        self, document: Document, own: str, said: Iterable[IdentityClaim], conflict: IdentityConflict | None
    ) -> Iterator[_Pair]:
        patient_id, intake = document.patient_id or own, intake_of(document)
        if intake.linked_id:
            yield _Pair(intake.linked_id, own, "announced", intake.relation)
        if conflict is not None:
            yield _Pair(
                *((patient_id, conflict.other_id) if conflict.other_id else (conflict.national, patient_id)),
                "conflict",
                "INS",
            )
            return
        for claim in (one for one in said if one.kind != "own"):
            what = f"{claim.kind} {claim.authority}".strip()
            if (trusted := self._known_to(claim.value)) is not None:
                yield _Pair(claim.value, own, "identifier", what, not trusted)
            for other, trusted in sorted(self._claimants(claim.value).items()):
                if other != patient_id:
                    yield _Pair(other, own, "conflict", what if trusted else f"{what} (upload)", not trusted)
        for other, trusted in sorted(self._claimants(own).items()):
            if other != patient_id:
                yield _Pair(own, other, "identifier", "", not trusted)

    def _note(self, document: Document, said: Iterable[IdentityClaim]) -> None:
        patient_id = document.patient_id or ""
        self._known[patient_id] = self._trusted or bool(self._known_to(patient_id))
        for claim in said:
            known = self._claimants(claim.value)
            known[patient_id] = known.get(patient_id, False) or self._trusted
            if claim.kind == "national" and self._trusted:
                self._nationals(patient_id).add(claim.value)

    def _claimants(self, value: str) -> dict[str, bool]:
        if value not in self._by_value:
            self._by_value[value] = self._identities.claimants(value)
        return self._by_value[value]

    def _nationals(self, patient_id: str) -> set[str]:
        if patient_id not in self._by_patient:
            self._by_patient[patient_id] = set(self._identities.nationals_of(patient_id))
        return self._by_patient[patient_id]

    def _known_to(self, patient_id: str) -> bool | None:
        """Tell whether anybody knows a patient: true where more than uploads do, None where nobody does."""
        if patient_id not in self._known:
            self._known[patient_id] = self._identities.known_to(patient_id)
        return self._known[patient_id]


def has_national(said: Iterable[IdentityClaim]) -> bool:
    """Tell whether a national identity is among claims: without one, a document is never in quarantine."""
    return any(claim.kind == "national" for claim in said)


def digest_of(own: str, said: Iterable[IdentityClaim]) -> str:
    """Return the digest of all that a document says of its patient."""
    claims = sorted([claim.kind, claim.value] for claim in said if claim.kind != "own")
    return hashlib.sha256(json.dumps([own, claims]).encode()).hexdigest()


def digest_of_text(document: Document) -> str:
    """Return the digest of the words of a document that names no patient: with other words, it is asked
    again.
    """
    return hashlib.sha256(document.text.encode()).hexdigest()


def filed(document: Document, own: str, steps: Mapping[str, str], said: Iterable[IdentityClaim]) -> Document:
    """Return a document that goes by ``own`` under the id that survives, with its claims, and ``own`` among
    them where it is another.
    """
    patient_id = followed(steps, own)
    claims = tuple(claim for claim in said if claim.kind != "own")
    named = claiming(document, *claims, *([IdentityClaim("own", own)] if own != patient_id else []))
    return replace(named, patient_id=patient_id)
