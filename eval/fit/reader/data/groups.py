"""What the head ``answers`` learns from: a question beside texts that answer it and texts that do not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Split = Literal["train", "stop", "held-out"]
"""``stop`` is for early stopping and calibration; no figure is of it. ``held-out`` is for figures alone."""


@dataclass(frozen=True, slots=True)
class Option:
    """A text under a question. ``context`` says where it stands (title, section), empty where unknown."""

    text: str
    label: int
    context: str = ""


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """A question with its texts; without a positive one it is a question that the texts leave open."""

    source: str
    language: str
    split: Split
    question: str
    options: tuple[Option, ...]

    @property
    def has_answer(self) -> bool:
        """Tell whether a text answers."""
        return any(option.label for option in self.options)


def split_of(key: str, held_out: float = 0.08, stop: float = 0.04) -> Split:
    """Return the split that a document, page or question belongs to: the same on every machine."""
    share = int.from_bytes(hashlib.sha256(f"reader-v1 {key}".encode()).digest()[:4]) / 2**32
    return "held-out" if share < held_out else "stop" if share < held_out + stop else "train"


def drawn(group: AnswerGroup, most: int, random: Random) -> AnswerGroup:
    """Return a group of at most ``most`` texts: one positive, drawn, and negatives, drawn."""
    positives = [option for option in group.options if option.label]
    negatives = [option for option in group.options if not option.label]
    kept = [random.choice(positives)] if positives else []
    kept += random.sample(negatives, min(len(negatives), most - len(kept)))
    return AnswerGroup(group.source, group.language, group.split, group.question, tuple(kept))


def counts(groups: Iterable[AnswerGroup]) -> dict[str, tuple[int, int]]:
    """Return questions and texts by source and split."""
    found: dict[str, tuple[int, int]] = {}
    for group in groups:
        key = f"{group.source}/{group.split}"
        questions, texts = found.get(key, (0, 0))
        found[key] = (questions + 1, texts + len(group.options))
    return dict(sorted(found.items()))


def of_split(groups: Sequence[AnswerGroup], split: Split) -> list[AnswerGroup]:
    """Return the groups of a split, in their order."""
    return [group for group in groups if group.split == split]
