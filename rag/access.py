"""Patient isolation: what a caller may read, and the filters that follow from it.

The scope comes from the caller, never from a model. It narrows every query and is checked again on the way
out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.core.errors import NotAllowed
from rag.core.types import Filters, Passage


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may read: these patients (None: all of them), and the literature or not."""

    patient_ids: frozenset[str] | None = frozenset()
    literature: bool = True

    @classmethod
    def everything(cls) -> Scope:
        """The scope of whoever owns the home: the command line on a single machine."""
        return cls(patient_ids=None)

    def allows(self, patient_id: str | None) -> bool:
        """Tell whether a document of this patient (None: literature) may be read."""
        if patient_id is None:
            return self.literature
        return self.patient_ids is None or patient_id in self.patient_ids

    def narrow(self, filters: Filters) -> Filters:
        """Return the filters cut down to this scope.

        Raises:
            NotAllowed: the filters name a patient outside the scope.
        """
        if (
            filters.patient_ids is not None
            and self.patient_ids is not None
            and filters.patient_ids - self.patient_ids
        ):
            raise NotAllowed("patient_not_allowed")
        return filters.narrowed(Filters(patient_ids=self.patient_ids, literature=self.literature))

    def check(self, passages: Iterable[Passage]) -> None:
        """Raise ``NotAllowed`` if any passage lies outside: the last guard before anything leaves."""
        if not all(self.allows(passage.patient_id) for passage in passages):
            raise NotAllowed("passage_outside_scope")
