"""Abbreviations that mean several things: which is meant is read from the words of the sentence, where they
tell it surely.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from rag.clinical.concepts.tokens import key_of

_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
_WORD = re.compile(r"[^\W_]+")


def meant_in(text: str, start: int, end: int, readings: Sequence[str]) -> tuple[str, ...]:
    """Return the readings of the place ``text[start:end]`` that its sentence leaves: one where only one has
    words of its context there.
    """
    before = max(
        (found.end() for found in _SENTENCE_END.finditer(text, max(0, start - 400), start)),
        default=max(0, start - 400),
    )
    following = _SENTENCE_END.search(text, end)
    after = following.start() if following else len(text)
    around = text[before:start] + " \n " + text[end : min(after, end + 400)]
    keys = frozenset(key_of(word) for word in _WORD.findall(around))
    supported = tuple(reading for reading in readings if keys & _contexts().get(reading, frozenset()))
    return supported if len(supported) == 1 else tuple(readings)


@cache
def _contexts() -> Mapping[str, frozenset[str]]:
    """Return, by concept, the keys of the words that come with it."""
    contexts: dict[str, frozenset[str]] = {}
    for line in _lines("contexts.tsv"):
        concept_id, _, words = line.partition("\t")
        contexts[concept_id] = frozenset(key_of(word) for word in words.split()) - {""}
    return contexts


@cache
def words_too() -> frozenset[str]:
    """Return the abbreviations that are words in lower case."""
    return frozenset(word for line in _lines("also_words.txt") for word in line.split())


@cache
def units_too() -> frozenset[str]:
    """Return the abbreviations that are units after a number: ``5000 IU`` is no illness."""
    return frozenset(word for line in _lines("unit_words.txt") for word in line.split())


def _lines(name: str) -> list[str]:
    text = (files(__package__) / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
