"""The identity desk: a person decides of two ids whether they are one patient's. Only here do documents move
from one patient to another.

Confirming moves them, with everything that names the old id, in one transaction of the database: the passages
under the new id are in the index before it, those under the old leave after it, and the journal finishes
either way what an interruption leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from rag.core.errors import NotFound, UsageError
from rag.core.types import Document
from rag.ingest.erase import Eraser
from rag.ingest.identity.settling import Settler, digest_of, digest_of_text, filed
from rag.ingest.preparation import Preparation
from rag.ingest.writing import BatchWriter, Prepared
from rag.store.documents import DocumentStore
from rag.store.identity.claims import IdentityClaim
from rag.store.identity.decisions import Assignment, Decision
from rag.store.identity.desk import FEED, HeldDocument, IdentityStore, Proposal
from rag.store.identity.merges import MergeStore, followed
from rag.store.records import NewVersion

Steps = Mapping[str, str]
_Stored = tuple[Document, str, tuple[IdentityClaim, ...], str | None, bool]
"""A document, the id that it goes by itself, its claims, the copy of its source, and whether it is trusted.
"""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision came to: the proposal as it is now, and the documents that moved, came out of
    quarantine or went back there.
    """

    proposal: Proposal
    moved: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class Desk:
    """Decides over one home. Methods take the writer's lock, except for ``join``, whose caller holds it."""

    def __init__(
        self, store: DocumentStore, writer: BatchWriter, prepare: Preparation, eraser: Eraser
    ) -> None:
        self._store, self._writer, self._prepare, self._eraser = store, writer, prepare, eraser
        self.identities, self._merges = IdentityStore(store.database), MergeStore(store.database)

    def confirm(self, proposal_id: str, by: str) -> Decided:
        """Say that the two are one patient: everything of the old id goes to the one that survives.

        Raises:
            NotFound: there is no such proposal.
            UsageError: it was confirmed already, or the ids are joined otherwise by now.
        """
        with self._store.database.writer():
            self._eraser.recover()
            return self.join(self.identities.proposal(proposal_id), by)

    def join(self, proposal: Proposal, by: str) -> Decided:
        """Confirm a proposal under the writer's lock. Raises as ``confirm`` does."""
        steps, old, new = self._merges.steps(), proposal.old_id, proposal.new_id
        if proposal.status == "confirmed":
            raise UsageError("proposal_decided", proposal_id=proposal.proposal_id)
        if old in steps or followed(steps, new) == followed(steps, old):
            raise UsageError("identity_joined", old=old, new=new)
        after = {**steps, old: new}
        target = followed(after, old)
        moved = [self._refiled(doc_id, after) for doc_id in self._visible(old)]
        freed = list(self._freed(after))
        self._writer.collect([*moved, *(prepared for prepared, _ in freed)])
        released = {
            one.doc_id: {"other_id": one.other_id, "origin": one.origin, "held_at": one.held_at}
            for _, one in freed
        }
        places = {prepared.document.doc_id: target for prepared in moved}
        source = self._store.get(proposal.doc_id)
        uri = source.source.uri if source else ""
        self._writer.flush(Decision(proposal, "confirmed", by, target, uri, places, released=released))
        return Decided(
            self.identities.proposal(proposal.proposal_id), tuple(sorted(places)), tuple(sorted(released))
        )

    def reject(self, proposal_id: str, by: str) -> Decided:
        """Say that the two are two patients: nothing moves, and the pair is not proposed again.

        Raises:
            NotFound: there is no such proposal.
            UsageError: it is confirmed; reverse it.
        """
        with self._store.database.writer():
            proposal = self.identities.proposal(proposal_id)
            if proposal.status == "confirmed":
                raise UsageError("proposal_decided", proposal_id=proposal_id)
            self._store.commit_all({}, Decision(proposal, "rejected", by))
        return Decided(self.identities.proposal(proposal_id))

    def reverse(self, proposal_id: str, by: str) -> Decided:
        """Take back what confirming did: every document goes to the id that it goes by itself, and what was
        in quarantine returns there.

        Raises:
            NotFound: there is no such proposal.
            UsageError: it is not confirmed.
        """
        with self._store.database.writer():
            self._eraser.recover()
            proposal = self.identities.proposal(proposal_id)
            if proposal.status != "confirmed":
                raise UsageError("proposal_not_confirmed", proposal_id=proposal_id)
            return self._reversed(proposal, by)

    def assign(self, doc_id: str, patient_id: str) -> str:
        """Take a document out of quarantine for a patient; return the id that it is filed under.

        Raises:
            NotFound: it is not in quarantine.
        """
        with self._store.database.writer():
            self._eraser.recover()
            document, own, said, blob, trusted = self._held(doc_id)
            settled = filed(document, patient_id, self._merges.steps(), ())
            claimed = digest_of_text(document) if document.patient_id is None else digest_of(own, said)
            self._writer.collect([self._prepared(settled, blob, trusted)])
            self._writer.flush(Assignment(doc_id, claimed, patient_id))
        return settled.patient_id or patient_id

    def mark_literature(self, doc_id: str) -> None:
        """Take a document that names no patient out of quarantine, for everybody to read.

        Raises:
            NotFound: it is not in quarantine.
            UsageError: it names a patient.
        """
        with self._store.database.writer():
            self._eraser.recover()
            document, _, _, blob, trusted = self._held(doc_id)
            if document.patient_id is not None:
                raise UsageError("held_names_patient", doc_id=doc_id)
            kind = "article" if document.kind == "note" else document.kind
            self._writer.collect([self._prepared(replace(document, kind=kind), blob, trusted)])
            self._writer.flush()

    def finish(self) -> None:
        """Move what a merge of an earlier version of this program, interrupted, left under an old id. Needs
        the writer's lock.
        """
        steps = self._merges.steps()
        left = [self._refiled(doc_id, steps) for old in sorted(steps) for doc_id in self._visible(old)]
        if left:
            self._writer.collect(left)
            self._writer.flush()

    def _reversed(self, proposal: Proposal, by: str) -> Decided:
        steps = self._merges.steps()
        after = {old: new for old, new in steps.items() if old != proposal.old_id}
        changed = [old for old in steps if followed(steps, old) != followed(after, old)]
        back = {
            doc_id: kept
            for doc_id, kept in proposal.ledger.get("released", {}).items()
            if self._store.get(doc_id) is not None
        }
        found = self.identities.filed_elsewhere(changed)
        places = {doc_id: followed(after, own) for doc_id, (own, _) in found.items() if doc_id not in back}
        self._writer.collect([self._refiled(doc_id, after) for doc_id in sorted(places)])
        drafts = [self._held_again(doc_id, after, kept) for doc_id, kept in sorted(back.items())]
        held = {
            draft.document.doc_id: {**back[draft.document.doc_id], "revision": draft.revision}
            for draft in drafts
        }
        renamed = [
            (one.ledger, followed(steps, one.old_id), followed(after, one.old_id))
            for one in self.identities.proposals("confirmed")
            if one.old_id in changed
        ]
        self._writer.flush(
            Decision(proposal, "reversed", by, moved=places, renamed=renamed, held_again=held), drafts
        )
        self._eraser.reconcile(held)
        return Decided(
            self.identities.proposal(proposal.proposal_id), tuple(sorted(places)), (), tuple(sorted(held))
        )

    def _visible(self, patient_id: str) -> list[str]:
        return sorted(self._store.ready_revisions(self._store.of_patient(patient_id)))

    def _refiled(self, doc_id: str, steps: Steps) -> Prepared:
        """Return a visible document ready to be written under the id where these steps lead from its own."""
        document, own, said, blob, trusted = self._stored(doc_id)
        return self._prepared(filed(document, own, steps, said), blob, trusted)

    def _prepared(self, document: Document, blob: str | None, trusted: bool) -> Prepared:
        return self._prepare(
            document, blob, self._store.versions([document.doc_id]).get(document.doc_id), trusted
        )

    def _freed(self, steps: Steps) -> Iterator[tuple[Prepared, HeldDocument]]:
        """Yield the documents of quarantine whose identifiers are at one with these steps."""
        for held in self.identities.held():
            if held.patient_id is None:
                continue
            document, own, said, blob, trusted = self._held(held.doc_id)
            settler = Settler(self._store, held.origin)
            settled = filed(document, own, steps, said)
            if settler.conflict(settled.patient_id or own, own, said, steps) is None:
                yield self._prepared(settled, blob, trusted), held

    def _held_again(self, doc_id: str, steps: Steps, kept: Mapping[str, Any]) -> NewVersion:
        document, own, said, blob, _ = self._stored(doc_id)
        settled = filed(document, own, steps, said)
        claims = (*said, *([IdentityClaim("own", own)] if own != settled.patient_id else []))
        return NewVersion(
            settled, self._prepare.held_revision(settled), 0, blob, claims, kept["origin"] == FEED
        )

    def _stored(self, doc_id: str) -> _Stored:
        document, version = self._store.whole(doc_id), self._store.versions([doc_id]).get(doc_id)
        if document is None or version is None:
            raise NotFound("document_not_found", doc_id=doc_id)
        return self._said(document, "ready", version.blob)

    def _held(self, doc_id: str) -> _Stored:
        found = self._store.in_quarantine(doc_id)
        if found is None:
            raise NotFound("document_not_held", doc_id=doc_id)
        return self._said(found[0], "held", found[2])

    def _said(self, document: Document, status: Literal["ready", "held"], blob: str | None) -> _Stored:
        claims, trusted = self.identities.claims_of(document.doc_id, status)
        own = next((claim.value for claim in claims if claim.kind == "own"), document.patient_id or "")
        return document, own, tuple(claim for claim in claims if claim.kind != "own"), blob, trusted
