"""Whether who asked may still be answered: looked up anew before every event of an answer, so that what is
withdrawn while it is written is not shown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from rag.access import Scope
from rag.core.types import EvidenceFound, Filters
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Again, Caller

Run = Callable[[Again], Awaitable[Caller]]


@dataclass(slots=True)
class StillAllowed:
    """One answer to one caller. ``run`` runs a look-up on a thread."""

    caller: Caller
    filters: Filters
    again: Again
    run: Run
    _patients: set[str | None] | None = field(default=None, init=False)
    """Whose documents the answer draws on, once it is known."""

    async def __call__(self, heard: object) -> None:
        """Let an event pass.

        Raises:
            NotSignedIn: the account is closed, the token revoked or the session ended.
            Forbidden: the caller may no longer ask, or no longer read whom the answer is about.
        """
        now = await self.run(self.again)
        if isinstance(heard, EvidenceFound):
            self._patients = {item.scored.passage.patient_id for item in heard.evidence}
        if now is self.caller or now == self.caller:
            return
        if "ask" not in now.permissions or now.must_change or not self._covers(now.scope):
            raise Forbidden("access_withdrawn")

    def _covers(self, scope: Scope) -> bool:
        named: frozenset[str] = self.filters.patient_ids or frozenset()
        if self._patients is not None:
            return all(scope.allows(patient) for patient in {*self._patients, *named})
        return scope == self.caller.scope or (bool(named) and all(scope.allows(one) for one in named))
