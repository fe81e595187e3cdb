"""What a question asks, as values: the parts of the question, each with its intent, things, time and side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.clinical.times.dates import DateParts
from rag.core.facts import FactKind, Side

Intent = Literal[
    "value_last",
    "value_at",
    "trend",
    "treatment_now",
    "dose_change",
    "stopped_why",
    "allergy",
    "presence",
    "laterality",
    "procedure",
    "who_when",
    "timeline",
    "count",
    "comparison",
    "summary",
    "literature",
    "image",
    "cohort",
    "other",
]
TimeMode = Literal["any", "latest", "current", "first", "at", "before", "after", "between", "around"]
Anchor = Literal["", "admission", "discharge", "operation"]


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that a question names: its concept, the sort of concept, and the words that name it.

    ``is_guessed`` marks a word that was written with a typing error.
    """

    concept: str
    kind: str
    text: str
    is_guessed: bool = False


@dataclass(frozen=True, slots=True)
class TimeAsked:
    """The time asked about.

    ``dates`` are as written, a part that is not said being None; ``anchor`` is an event that the record
    dates, ``others`` further ones; ``day`` is days after it. ``months`` limits to so many months before the
    end of the record. ``around`` asks for what was before the event and what was after it.
    """

    mode: TimeMode = "any"
    dates: tuple[DateParts, ...] = ()
    anchor: Anchor = ""
    day: int | None = None
    months: int | None = None
    others: tuple[Anchor, ...] = ()

    @property
    def is_limited(self) -> bool:
        """Tell whether only some times of a record fit."""
        return bool(self.dates or self.anchor or self.day is not None or self.months)


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """One thing asked.

    Attributes:
        text: the words, made whole where they were a follow-up. intent: what kind of answer is wanted. named:
        the things that it names, in order. words: folded words that say what is asked and are in no table: a
        fact that answers must hold them. when: the time asked about. side: the side asked about. kinds: the
        sorts of facts that may answer; empty where any may. attributes: what is asked of the thing
        (``reason``, ``dose``, ``who`` …), as named in ``question_cues.toml``. is_yes_no: whether yes or no is
        an answer. context: sentences before it that ask nothing, and what an earlier part named where this
        one speaks of it: words to search with.
    """

    text: str
    intent: Intent
    named: tuple[Named, ...] = ()
    words: tuple[str, ...] = ()
    when: TimeAsked = TimeAsked()
    side: Side = ""
    kinds: frozenset[FactKind] = frozenset()
    attributes: frozenset[str] = frozenset()
    is_yes_no: bool = False
    context: str = ""

    @property
    def concepts(self) -> tuple[str, ...]:
        """Return the ids of the concepts that are named."""
        return tuple(dict.fromkeys(named.concept for named in self.named))

    def asks(self, *attributes: str) -> bool:
        """Tell whether one of the attributes is asked for."""
        return not self.attributes.isdisjoint(attributes)


@dataclass(frozen=True, slots=True)
class Understood:
    """A question: its parts in order, its language, and whether it needed the conversation to be understood.
    ``left_out`` counts the parts beyond what one answer takes.
    """

    parts: tuple[QuestionPart, ...]
    language: str
    is_followup: bool = False
    left_out: int = 0
