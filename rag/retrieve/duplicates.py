"""Notes are copied forward from day to day: a list of results shows such a text once.

Two passages are one only when nothing that may matter differs: the patient, the figures (a dose, a date, a
result) and the words that turn a finding round (a negation, a side) must be the same, whatever the share of
text in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rag.core.types import Passage
from rag.retrieve.fusion import Fused
from rag.retrieve.texts import Read

_SHINGLE = 4
"""Words in a row that are compared as one."""
_WORD = re.compile(r"\w+")
_TURNING_WORDS = """
pas sans non ni aucun aucune jamais absence absent absente négatif négative positif positive gauche droit
droite bilatéral bilatérale supérieur supérieure inférieur inférieure arrêt arrêter arrêté arrêtée stop
no not none never without nor denies denied negative left right bilateral upper lower stopped discontinued
"""
_TURNING = frozenset(_TURNING_WORDS.split())


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit that is shown, its passage, and the passages that repeat it, best first."""

    hit: Fused
    passage: Passage
    copies: tuple[Passage, ...] = ()


_Decisive = tuple[str, ...]


def collapsed(hits: Iterable[Read], share: float, limit: int) -> list[Shown]:
    """Return the first ``limit`` hits without near-duplicates of an earlier one, which carries them as its
    copies.

    Args:
        hits: ranked, best first, with their passages; among copies the first is kept.
        share: of the word shingles of both, how many must be common (Jaccard) for two passages to be one.
        limit: how many to return at most.
    """
    kept: list[_Kept] = []
    seen: dict[tuple[str | None, _Decisive], list[_Kept]] = {}
    for hit, passage in hits:
        words = _WORD.findall(passage.text.casefold())
        alike = seen.setdefault((passage.patient_id, _decisive(words)), [])
        shingles = _shingles(words)
        first = next((one for one in alike if _common_share(shingles, one.shingles) >= share), None)
        if first is not None:
            first.copies.append(passage)
        elif len(kept) == limit:
            break
        else:
            alike.append(_Kept(hit, passage, shingles))
            kept.append(alike[-1])
    return [Shown(one.hit, one.passage, tuple(one.copies)) for one in kept]


@dataclass(slots=True)
class _Kept:
    """A hit that is shown, and the passages that repeat it."""

    hit: Fused
    passage: Passage
    shingles: frozenset[tuple[str, ...]]
    copies: list[Passage] = field(default_factory=list)


def _decisive(words: list[str]) -> _Decisive:
    return tuple(
        word
        for word in words
        if word in _TURNING or (not word.isalpha() and any(letter.isdigit() for letter in word))
    )


def _shingles(words: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(
        tuple(words[start : start + _SHINGLE]) for start in range(max(1, len(words) - _SHINGLE + 1))
    )


def _common_share(first: frozenset[tuple[str, ...]], second: frozenset[tuple[str, ...]]) -> float:
    return len(first & second) / len(first | second)
