"""Patient isolation: what a caller may read, and the filters that follow from it.

The scope comes from the caller, never from a model. It narrows every query and is checked again on the way
out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rag.core.errors import NotAllowed
from rag.core.types import Filters, Passage


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may read: these patients (None: all of them), and the literature or not; never what is
    barred: protected records and documents without the right to them, and what a patient has opposed.
    """

    patient_ids: frozenset[str] | None = frozenset()
    literature: bool = True
    barred_patients: frozenset[str] = frozenset()
    barred_docs: frozenset[str] = frozenset()

    @classmethod
    def everything(cls) -> Scope:
        """The scope of whoever owns the home: the command line on a single machine."""
        return cls(patient_ids=None)

    def allows(self, patient_id: str | None) -> bool:
        """Tell whether a document of this patient (None: literature) may be read."""
        if patient_id is None:
            return self.literature
        if patient_id in self.barred_patients:
            return False
        return self.patient_ids is None or patient_id in self.patient_ids

    def opens(self, patient_id: str | None, doc_id: str) -> bool:
        """Tell whether this document of this patient (None: literature) may be read."""
        return doc_id not in self.barred_docs and self.allows(patient_id)

    def without(self, patients: frozenset[str]) -> Scope:
        """Return the scope without some patients."""
        return replace(self, barred_patients=self.barred_patients | patients)

    def narrow(self, filters: Filters) -> Filters:
        """Return the filters cut down to this scope.

        Raises:
            NotAllowed: the filters name a patient outside the scope.
        """
        if filters.patient_ids is not None and not all(map(self.allows, filters.patient_ids)):
            raise NotAllowed("patient_not_allowed")
        return filters.narrowed(
            Filters(
                patient_ids=self.patient_ids,
                literature=self.literature,
                barred_patients=self.barred_patients,
                barred_docs=self.barred_docs,
            )
        )

    def check(self, passages: Iterable[Passage]) -> None:
        """Raise ``NotAllowed`` if any passage lies outside: the last guard before anything leaves."""
        if not all(self.opens(passage.patient_id, passage.doc_id) for passage in passages):
            raise NotAllowed("passage_outside_scope")
