"""The facts of one patient with the documents that state them, in time, each thing said once.

The time of a fact is that of the thing itself (``at``), else that of its document. A value that letters
repeat is one value, cited where it was first and most directly written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.core.facts import Fact
from rag.core.times import bounds, is_clinical_time

_LONG_AGO = float("-inf")
UNSURE = 0.5
"""Confidence below which a fact never answers alone."""


@dataclass(frozen=True, slots=True)
class RecordDocument:
    """What is shown of a document that states facts."""

    doc_id: str
    title: str = ""
    kind: str = ""
    authored_at: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one patient."""

    facts: tuple[Fact, ...]
    documents: Mapping[str, RecordDocument] = field(default_factory=dict)

    def last_date(self) -> str | None:
        """Return the time of the latest document, or of the latest fact where no document is dated."""
        written = [document.authored_at for document in self.documents.values() if document.authored_at]
        stated = [fact.recorded_at for fact in self.facts if fact.recorded_at]
        return max(filter(is_clinical_time, written or stated), key=lambda iso: bounds(iso)[0], default=None)

    def kind_of(self, fact: Fact) -> str:
        """Return the kind of the document that states a fact, empty where it is not known."""
        document = self.documents.get(fact.doc_id)
        return document.kind if document else ""


def time_of(fact: Fact) -> str | None:
    """Return when the thing was, as ISO 8601, else when it was written down; None where neither is known."""
    at = fact.at
    first = (at.start or at.end) if at else None
    if at is not None and at.start and at.end and at.start != at.end and fact.kind in ("lab", "vital"):
        # a result that a letter gives without a day is no older than the letter's stay, and known on its last
        # day
        first = at.end
    candidates = (first, fact.recorded_at)
    return next((iso for iso in candidates if iso and is_clinical_time(iso)), None)


def moment(fact: Fact) -> float:
    """Return the time of a fact in seconds, for ordering; the undated come first."""
    time = time_of(fact)
    return bounds(time)[0] if time else _LONG_AGO


def written(fact: Fact) -> float:
    """Return when a fact was written down, in seconds."""
    return (
        bounds(fact.recorded_at)[0] if fact.recorded_at and is_clinical_time(fact.recorded_at) else _LONG_AGO
    )


def day_of(fact: Fact) -> str:
    """Return the day of a fact (or its month or year, where no more is known), empty where it is undated."""
    return (time_of(fact) or "")[:10]


def in_time(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts from the earliest to the latest; of one time, in the order in which they were
    written.
    """
    return sorted(facts, key=lambda fact: (moment(fact), written(fact), fact.doc_id, fact.spans))


def said_once(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts in time, each thing once: its most direct source, a coded entry before prose, the
    earliest document first.
    """
    best: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        kept = best.get(key := _same(fact))
        if kept is None or _directness(fact) < _directness(kept):
            best[key] = fact
    return in_time(best.values())


def _same(fact: Fact) -> tuple[object, ...]:
    value = fact.value if fact.value is not None else fact.value_text.casefold()
    unit = fact.unit if fact.value is not None else ""
    specimen = fact.details.get("specimen", "")
    return (
        fact.kind,
        fact.concept,
        value,
        unit,
        fact.comparator,
        day_of(fact),
        fact.status,
        fact.assertion,
        fact.side,
        specimen,
    )


def _directness(fact: Fact) -> tuple[bool, bool, float]:
    return fact.confidence < UNSURE, fact.source != "structured", written(fact)


def sure(facts: Sequence[Fact]) -> bool:
    """Tell whether one of the facts is sure enough to answer alone."""
    return any(fact.confidence >= UNSURE for fact in facts)
