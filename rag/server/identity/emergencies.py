"""Emergency access as one caller meets it: opening it with a reason, seeing one's own, reviewing all."""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.errors import NotFound
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Caller
from rag.server.identity.identities import Identities
from rag.store.documents import DocumentStore
from rag.store.people.access import AccessStore, Emergency, Verdict, told
from rag.store.people.audit_entries import AuditNote


@dataclass(frozen=True, slots=True)
class CallersEmergencies:
    """Every method is synchronous and runs on a thread."""

    _access: AccessStore
    _store: DocumentStore
    _identities: Identities
    _caller: Caller
    _note: AuditNote
    _address: str
    _hours: float

    def open(self, patient_id: str, reason: str) -> Emergency:
        """Give the caller access to a patient for some hours. It is in the audit, raises an alert, and waits
        for review.

        Raises:
            NotFound: there is no such patient.
        """
        (surviving,) = self._store.surviving([patient_id])
        if surviving not in self._store.patients():
            self._note("emergency_open", [(patient_id, "")], "denied")
            raise NotFound("patient_not_found", patient_id=patient_id)
        caller = self._caller
        made = self._access.open_emergency(
            caller.account_id, caller.name, surviving, reason.strip(), self._address, self._hours
        )
        self._note("emergency_open", [(surviving, "")], "allowed", told(made))
        self._identities.forget_scopes()
        return made

    def all(self) -> list[Emergency]:
        """Return the caller's emergencies; for who may read the audit, those of all."""
        reviews = "audit" in self._caller.permissions
        found = self._access.emergencies(account_id=None if reviews else self._caller.account_id)
        self._note("emergency_list", [(one.patient_id, "") for one in found])
        return found

    def review(self, emergency_id: str, verdict: Verdict, remark: str) -> Emergency:
        """Write what the caller finds of an emergency of somebody else.

        Raises:
            NotFound: there is none of this id.
            Forbidden: it is the caller's own.
        """
        found = self._access.emergency(emergency_id)
        if found.account_id == self._caller.account_id:
            raise Forbidden("emergency_own")
        detail = {**told(found), "verdict": verdict}
        self._note("emergency_review", [(found.patient_id, "")], "allowed", detail)
        reviewed = self._access.review(emergency_id, self._caller.name, verdict, remark.strip())
        self._identities.forget_scopes()
        return reviewed
