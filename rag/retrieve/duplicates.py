"""Notes are copied forward from day to day: a list of results shows such a text once.

Two passages are one only when nothing that may matter differs: the patient, the figures (a dose, a date, a result) and the words that turn
a finding round (a negation, a side) must be the same, whatever the share of text in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.retrieve.fusion import Fused

_SHINGLE = 4
"""Words in a row that are compared as one."""
_WORD = re.compile(r"\w+")
_TURNING_WORDS = """
pas sans non ni aucun aucune jamais absence absent absente négatif négative positif positive gauche droit droite bilatéral bilatérale
supérieur supérieure inférieur inférieure arrêt arrêter arrêté arrêtée stop
no not none never without nor denies denied negative left right bilateral upper lower stopped discontinued
"""
_TURNING = frozenset(_TURNING_WORDS.split())

_Decisive = tuple[str, ...]


def collapsed(hits: Iterable[Fused], share: float, limit: int) -> list[Fused]:
    """Return the first ``limit`` hits without near-duplicates of an earlier one.

    Args:
        hits: ranked, best first; among copies the first is kept.
        share: of the word shingles of both, how many must be common (Jaccard) for two passages to be one.
        limit: how many to return at most.
    """
    kept: list[Fused] = []
    seen: dict[tuple[str | None, _Decisive], list[frozenset[tuple[str, ...]]]] = {}
    for hit in hits:
        if len(kept) == limit:
            break
        words = _WORD.findall(hit.passage.text.casefold())
        alike = seen.setdefault((hit.passage.patient_id, _decisive(words)), [])
        shingles = _shingles(words)
        if not any(_common_share(shingles, other) >= share for other in alike):
            alike.append(shingles)
            kept.append(hit)
    return kept


def _decisive(words: list[str]) -> _Decisive:
    return tuple(word for word in words if word in _TURNING or (not word.isalpha() and any(letter.isdigit() for letter in word)))


def _shingles(words: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words[start : start + _SHINGLE]) for start in range(max(1, len(words) - _SHINGLE + 1)))


def _common_share(first: frozenset[tuple[str, ...]], second: frozenset[tuple[str, ...]]) -> float:
    return len(first & second) / len(first | second)
