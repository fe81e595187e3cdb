"""Why a hit stands where it does: the words it shares with the query, and what it states of the things
asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rag.core.facts import FactAssertion

Effect = Literal["", "raised", "lowered"]


@dataclass(frozen=True, slots=True)
class StatedThing:
    """A thing of the query as a passage states it, at ``text[start:end]`` of its document."""

    concept: str
    label: str
    assertion: FactAssertion
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class HitReason:
    """Why a hit was found and ranked there.

    ``scores`` are those of each stage by name; ``words`` those of the query that the passage holds;
    ``states`` what it says of the things named; ``effect`` whether that raised or lowered it, empty where
    it did
    neither.
    """

    scores: Mapping[str, float] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    states: tuple[StatedThing, ...] = ()
    effect: Effect = ""
