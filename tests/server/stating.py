"""Facts written by hand beside documents of a served home, each at the words that state it."""

from __future__ import annotations

from dataclasses import replace

from rag.core.facts import Fact, Period
from rag.ingest.facts import FactReader, as_named
from rag.store.documents import DocumentStore
from rag.store.facts import FactStore


def at(start: str | None, end: str | None = None) -> Period:
    """Return a period; a day alone is one day."""
    return Period(start, start if end is None else end or None)


def said(kind: str, concept: str, quote: str, **rest: object) -> tuple[Fact, str]:
    """Return a fact and the words that state it."""
    return Fact(kind, concept, quote, **rest), quote  # type: ignore[arg-type]


def state(store: DocumentStore, doc_id: str, *stated: tuple[Fact, str]) -> None:
    """Have a visible document state facts, in place of what it stated."""
    document = store.get(doc_id)
    assert document is not None
    placed = []
    for fact, quote in stated:
        start = document.text.index(quote)
        placed.append(replace(fact, spans=((start, start + len(quote)),), source="structured"))
    whole = FactReader(lambda _: (), as_named, "by hand").stated(replace(document, facts=tuple(placed))).facts
    FactStore(store.database).replace(doc_id, store.ready_revisions([doc_id])[doc_id], whole)
