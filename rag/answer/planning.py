"""Where each part of a question is looked for: in the record, in the literature, or in both, apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.answer.finding import FoundEvidence
from rag.answer.from_facts.way import Plan, PlannedPart
from rag.clinical.folding import flat
from rag.core.types import Filters, Notice
from rag.understand.cues import found
from rag.understand.values import QuestionPart, Understood

PartSource = Literal["record", "literature"]
_CLEARLY = 0.1
"""Of the chance that evidence answers; set by hand."""
_SPACES = re.compile(r"\s{2,}")


def sources_of(part: PlannedPart, filters: Filters, *, in_literature: bool) -> tuple[PartSource, ...]:
    """Return where the sentences of a part are looked for, in this order.

    Where the literature is asked about, both are, apart. Else the literature comes after the record, and only
    where facts say nothing.
    """
    if in_literature:
        return ("literature",)
    if not filters.literature or (part.claims and part.part.intent != "literature"):
        return ("record",)
    return ("record", "literature")


def nearest_first(
    part: PlannedPart, found: Sequence[tuple[PartSource, FoundEvidence]]
) -> list[tuple[PartSource, FoundEvidence]]:
    """Return the evidence of a part in the order it is looked at: the record's, unless the literature is
    clearly nearer to what is asked. Where the literature is asked about, both are shown, the record's first.
    """
    if part.part.intent == "literature" or len(found) < 2:
        return list(found)
    record, literature = found
    is_nearer = literature[1].relevance.score > record[1].relevance.score + _CLEARLY
    return [literature, record] if is_nearer else [record, literature]


def text_for(source: PartSource, part: QuestionPart) -> str:
    """Return what is searched for one part."""
    return literature_text(part) if source == "literature" else f"{part.context} {part.text}".strip()


def literature_text(part: QuestionPart) -> str:
    """Return what is searched for in the literature: a part without the words that ask for literature, or
    speak of one patient.
    """
    plain, text = flat(part.text), part.text
    for match in [*found("intents", "literature", plain), *found("literature_asked", "left_out", plain)]:
        text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    asked = _SPACES.sub(" ", text).strip(" ,;")
    asked = asked if any(character.isalpha() for character in asked) else part.text
    return f"{part.context} {asked}".strip()


def notices_of(plan: Plan, filters: Filters) -> tuple[Notice, ...]:
    """Return what a reader must know of a plan: literature that is asked about and may not be searched, parts
    too many.
    """
    notices: list[Notice] = []
    if not filters.literature and any(part.part.intent == "literature" for part in plan.parts):
        notices.append("literature_not_searched")
    if plan.left_out:
        notices.append("too_many_parts")
    return tuple(notices)


def unanswered(understood: Understood) -> Plan:
    """Return the plan of a question that no facts answer."""
    return Plan(tuple(PlannedPart(part, "not_found") for part in understood.parts), (), understood.left_out)
