"""What one caller sent: taking files in within what the caller may add, and saying what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from rag.core.errors import NotFound, UsageError
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Caller
from rag.server.uploads.inbox import DEMO_PREFIX, Inbox
from rag.store.people.audit_entries import AuditNote
from rag.store.people.uploads import Right, Upload


@dataclass(frozen=True, slots=True)
class OwnUploads:
    """The uploads of one caller; at most ``_most`` files together. Every method is synchronous and runs on a
    thread."""

    _inbox: Inbox
    _caller: Caller
    _note: AuditNote
    _demo: bool
    _most: int

    def take(self, declared: Mapping[str, str], files: Sequence[tuple[str, BinaryIO]]) -> Upload:
        """Keep files, to be read in the background. ``declared`` holds for all of them, under the keys of a
        sidecar.

        Raises:
            UsageError: there are too many files, or the demonstration is given a patient that is not
                fictitious.
            Forbidden: the patient declared is out of scope.
            StorageError: the disk is full, or the home cannot be written.
        """
        if len(files) > self._most:
            raise UsageError("upload_too_many", count=len(files), limit=self._most)
        patient_id = declared.get("patient_id")
        if patient_id is not None:
            self._check_patient(patient_id)
        taken = self._inbox.take(self._caller.account_id, self._right(), declared, files)
        self._note("upload", [(patient_id, taken.upload_id)])
        return taken

    def all(self) -> list[Upload]:
        """Return the uploads of the last days, the latest first."""
        return self._inbox.store.of_account(self._caller.account_id)

    def one(self, upload_id: str) -> Upload:
        """Return an upload. One of somebody else is not there: ``NotFound``."""
        found = self._inbox.store.get(upload_id, self._caller.account_id)
        if found is None:
            raise NotFound("upload_not_found", upload_id=upload_id)
        return found

    def _check_patient(self, patient_id: str) -> None:
        if not self._caller.scope.allows(self._inbox.surviving(patient_id)):
            self._note("upload", [(patient_id, "")], "denied")
            raise Forbidden("patient_not_allowed")
        if self._demo and not patient_id.startswith(DEMO_PREFIX):
            raise UsageError("upload_not_demo", file=patient_id, prefix=DEMO_PREFIX)

    def _right(self) -> Right:
        patients = self._caller.scope.patient_ids
        named = None if patients is None else tuple(sorted(patients))
        return Right(named, "curate" in self._caller.permissions, self._demo)
