"""The identity desk of one caller. It crosses the lines between patients, so it is for whoever may read them
all; each act is in the audit of both patients before it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rag.core.errors import NotFound
from rag.home import Forgotten, OpenHome
from rag.ingest.identity.desk import Decided
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Caller
from rag.store.identity.desk import HeldDocument, IdentityStore, Proposal, ProposalStatus
from rag.store.people.audit_entries import AuditNote


@dataclass(frozen=True, slots=True)
class CallersDesk:
    """Decisions on identities. Every method is synchronous and runs on a thread."""

    opened: OpenHome
    caller: Caller
    note: AuditNote
    forget_scopes: Callable[[], None]

    def waiting(self, status: ProposalStatus | None) -> tuple[list[Proposal], list[HeldDocument]]:
        """Return the proposals of a status (None: all), and the documents in quarantine."""
        store = self._desk()
        proposals, held = store.proposals(status), store.held()
        named = [(patient, "") for one in proposals for patient in (one.old_id, one.new_id)]
        self.note("identity_list", [*named, *((one.patient_id, one.doc_id) for one in held)])
        return proposals, held

    def decide(self, what: Literal["confirm", "reject", "reverse"], proposal_id: str) -> Decided:
        """Confirm, reject or reverse a proposal. Raises as the desk does."""
        store, caller = self._desk(), self.caller
        proposal = store.proposal(proposal_id)
        self.note(f"identity_{what}", [(proposal.old_id, ""), (proposal.new_id, "")])
        desk = self.opened.ingestor.desk
        done: Decided = getattr(desk, what)(proposal_id, f"{caller.name} ({caller.account_id})")
        self.forget_scopes()
        return done

    def assign(self, doc_id: str, patient_id: str) -> str:
        """Take a document out of quarantine for a patient; return the id it is under. Raises as the desk
        does.
        """
        self._note("identity_assign", doc_id, patient_id)
        return self.opened.ingestor.desk.assign(doc_id, patient_id)

    def discard(self, doc_id: str) -> Forgotten:
        """Erase a document in quarantine.

        Raises:
            NotFound: it is not there.
        """
        self._note("identity_discard", doc_id)
        return self.opened.forget(doc_ids=[doc_id])

    def notices(self) -> list[Proposal]:
        """Return the decisions that joined or parted ids of patients in the caller's scope."""
        store, allows = IdentityStore(self.opened.store.database), self.caller.scope.allows
        surviving = self.opened.store.surviving
        decided = [*store.proposals("confirmed"), *store.proposals("reversed")]
        found = [one for one in decided if any(map(allows, surviving((one.old_id, one.new_id))))]
        self.note(
            "identity_notices", [(patient, "") for one in found for patient in (one.old_id, one.new_id)]
        )
        return sorted(found, key=lambda one: one.decided_at or "", reverse=True)

    def _desk(self) -> IdentityStore:
        if self.caller.scope.patient_ids is not None:
            raise Forbidden("identity_desk_scope")
        return IdentityStore(self.opened.store.database)

    def _note(self, action: str, doc_id: str, patient_id: str | None = None) -> None:
        found = self._desk().held(doc_id)
        if not found:
            raise NotFound("document_not_held", doc_id=doc_id)
        self.note(action, [(found[0].patient_id, doc_id), *([(patient_id, doc_id)] if patient_id else [])])
