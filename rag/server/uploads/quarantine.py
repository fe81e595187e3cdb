"""What waits in quarantine because it names no patient, as one caller sees it: what they sent themselves, or,
for curators who may read every patient, all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.errors import NotFound
from rag.core.types import Document
from rag.home import Forgotten, OpenHome
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Caller
from rag.store.identity.desk import HeldDocument, IdentityStore
from rag.store.people.audit_entries import AuditNote


@dataclass(frozen=True, slots=True)
class OwnQuarantine:
    """Documents that wait. Every method is synchronous and runs on a thread; one that the caller may not see
    is not there (``NotFound``).
    """

    opened: OpenHome
    caller: Caller
    note: AuditNote

    def all(self) -> list[HeldDocument]:
        """Return what waits, the oldest first."""
        found = [one for one in self._store.held() if self._sees(one)]
        self.note("quarantine_list", [(None, one.doc_id) for one in found])
        return found

    def document(self, doc_id: str) -> Document:
        """Return a document with its text."""
        self._check(doc_id)
        found = self.opened.store.in_quarantine(doc_id)
        if found is None:
            raise NotFound("document_not_held", doc_id=doc_id)
        self.note("quarantine_read", [(None, doc_id)])
        return found[0]

    def assign(self, doc_id: str, patient_id: str) -> str:
        """Give a document to a patient; return the id it is under.

        Raises:
            Forbidden: the patient is out of the caller's scope.
        """
        self._check(doc_id)
        (surviving,) = self.opened.store.surviving([patient_id])
        if not self.caller.scope.allows(surviving):
            self.note("quarantine_assign", [(patient_id, doc_id)], "denied")
            raise Forbidden("patient_not_allowed")
        self.note("quarantine_assign", [(surviving, doc_id)])
        return self.opened.ingestor.desk.assign(doc_id, patient_id)

    def mark_literature(self, doc_id: str) -> None:
        """Give a document to everybody to read: for curators."""
        self._check(doc_id)
        self.note("quarantine_literature", [(None, doc_id)])
        self.opened.ingestor.desk.mark_literature(doc_id)

    def delete(self, doc_id: str) -> Forgotten:
        """Erase a document."""
        self._check(doc_id)
        self.note("quarantine_delete", [(None, doc_id)])
        return self.opened.forget(doc_ids=[doc_id])

    @property
    def _store(self) -> IdentityStore:
        return IdentityStore(self.opened.store.database)

    def _sees(self, held: HeldDocument) -> bool:
        if held.reason != "no_patient":
            return False
        curates = "curate" in self.caller.permissions and self.caller.scope.patient_ids is None
        return curates or held.origin == f"upload:{self.caller.account_id}"

    def _check(self, doc_id: str) -> None:
        if not any(map(self._sees, self._store.held(doc_id))):
            raise NotFound("document_not_held", doc_id=doc_id)
