"""What a document states, made whole: what its parser gave, with concepts, owner and time filled in, and what
its text says besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from rag.core.facts import Fact, Period
from rag.core.text import overlap
from rag.core.times import precision_of
from rag.core.types import Document

Extract = Callable[[Document], Sequence[Fact]]
"""Returns what the text of a document says, without its owner."""
Name = Callable[[Fact], Fact]
"""Returns a fact under its id in the table of concepts."""

_MOST = 5000
"""Facts of one document; what is beyond is a table of data, not a record."""
_MEASURED = ("lab", "vital")


class FactReader:
    """Reads the facts of documents that are about to be written. ``version`` changes when other facts come
    out of the same text.
    """

    def __init__(self, extract: Extract, name: Name, version: str) -> None:
        self._extract, self._name, self.version = extract, name, version

    def stated(self, document: Document) -> Document:
        """Return the document with all that it states of its patient; a document of no patient states nothing
        of one.
        """
        if document.patient_id is None:
            return replace(document, facts=())
        given = [self._name(fact) for fact in document.facts if fact.source == "structured"]
        said = [fact for fact in self._extract(document) if not _is_given(fact, given)]
        whole = (_whole(fact, document) for fact in _once([*given, *said]) if _stands(fact, document))
        return replace(document, facts=tuple(whole)[:_MOST])


def no_facts(_: Document) -> Sequence[Fact]:
    """Read nothing from a text."""
    return ()


def as_named(fact: Fact) -> Fact:
    """Leave a fact under the name it has."""
    return fact


def _is_given(fact: Fact, given: Sequence[Fact]) -> bool:
    """Tell whether a structured entry states what the text of its own line says again."""
    return any(fact.kind == other.kind and _meet(fact, other) for other in given)


def _meet(fact: Fact, other: Fact) -> bool:
    return any(overlap(one, two) for one in fact.spans for two in other.spans)


def _once(facts: Iterable[Fact]) -> Iterable[Fact]:
    return {
        (fact.kind, fact.concept, fact.spans, fact.value_text, fact.status, fact.assertion, fact.side): fact
        for fact in facts
    }.values()


def _stands(fact: Fact, document: Document) -> bool:
    return bool(fact.spans) and all(0 <= start < end <= len(document.text) for start, end in fact.spans)


def _whole(fact: Fact, document: Document) -> Fact:
    recorded, at = fact.recorded_at or document.authored_at, fact.at
    if at is None and fact.kind in _MEASURED and fact.confidence >= 0.5 and document.authored_at:
        at = Period(document.authored_at, document.authored_at, precision_of(document.authored_at))
    return replace(
        fact, doc_id=document.doc_id, patient_id=document.patient_id or "", recorded_at=recorded, at=at
    )
