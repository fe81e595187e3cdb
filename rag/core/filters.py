"""Which passages, documents and facts may be found: what a caller asks for, narrowed to what the caller may
read.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.times import earlier_end, later_start


def _both(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    if first is None or second is None:
        return second if first is None else first
    return first & second


@dataclass(frozen=True, slots=True)
class Filters:
    """Which passages may be found. None means "any"; an empty set means "none".

    A passage of a patient passes when its patient is in ``patient_ids``; one without a patient (literature)
    passes when ``literature`` is true. ``date_from`` and ``date_to`` are ISO 8601 of any precision, both
    inclusive; a passage without a date passes no date filter. What is barred never passes.
    """

    patient_ids: frozenset[str] | None = None
    literature: bool = True
    date_from: str | None = None
    date_to: str | None = None
    kinds: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    doc_ids: frozenset[str] | None = None
    barred_patients: frozenset[str] = frozenset()
    barred_docs: frozenset[str] = frozenset()

    @classmethod
    def for_patient(cls, patient_id: str, *, literature: bool) -> Filters:
        """Filter on one patient's documents, with or without the literature."""
        return cls(patient_ids=frozenset({patient_id}), literature=literature)

    def narrowed(self, other: Filters) -> Filters:
        """Return the intersection: what passes both. It never widens either side."""
        return Filters(
            patient_ids=_both(self.patient_ids, other.patient_ids),
            literature=self.literature and other.literature,
            date_from=later_start(self.date_from, other.date_from),
            date_to=earlier_end(self.date_to, other.date_to),
            kinds=_both(self.kinds, other.kinds),
            languages=_both(self.languages, other.languages),
            doc_ids=_both(self.doc_ids, other.doc_ids),
            barred_patients=self.barred_patients | other.barred_patients,
            barred_docs=self.barred_docs | other.barred_docs,
        )
