"""A statement of an entry as it is told: its line and its fact."""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.facts import Fact
from rag.ingest.cda.values import NarrativeIds
from rag.ingest.records.wording.when import span_in_words
from rag.ingest.records.xml import Element
from rag.messages import message


@dataclass(frozen=True, slots=True)
class ToldEntry:
    """A statement of an entry: its line, its fact if it states one, and the element that it is made from."""

    statement: Element
    line: str
    fact: Fact | None


def line_of(names: NarrativeIds, what: str, said: str, start: str | None, end: str | None) -> str:
    """Return the line that tells a statement: what, how much, when."""
    colon = message("record.colon", names.language)
    words = f"{what}{colon} {said}" if said else what
    when = span_in_words(start, end or start, names.language, clock=True)
    return f"{words} ({when})" if when else words
