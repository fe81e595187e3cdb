"""The words by which a cue ends, goes on or looks back, read from ``reach.toml`` of each language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rag.clinical.languages import data, served


@dataclass(frozen=True, slots=True)
class ReachWords:
    """Words of all languages served, without accents; notes mix them, so each list is read as one.

    Attributes:
        ands, ors, nors, buts: conjunctions. turns: words before which what a cue looks back on ends.
        numbered: cues that are abbreviations where a number follows (``PAS 128``, ``no. 3``). bound: cues
        that deny the one word after them (``non ischémique``). doubted: forms that doubt with an accent and
        describe without. participles: verbs that without their accent look like their participles.
        after_adjective: words after which a cue that may stand on either side describes what precedes it.
        answer_tails, answer_stems: words, and beginnings of words, that may follow an answer (``: non
        connue``) without being a thing. pointed: words of a thing that is described: a list of what is absent
        does not describe. risks: beginnings of words that open a list of what may happen.
    """

    ands: frozenset[str]
    ors: frozenset[str]
    nors: frozenset[str]
    buts: frozenset[str]
    turns: frozenset[str]
    numbered: frozenset[str]
    bound: frozenset[str]
    doubted: frozenset[str]
    participles: frozenset[str]
    after_adjective: frozenset[str]
    answer_tails: frozenset[str]
    answer_stems: tuple[str, ...]
    pointed: frozenset[str]
    risks: tuple[str, ...]


@cache
def reach_words() -> ReachWords:
    """Return the words of all languages served."""
    return ReachWords(
        ands=_all("and"),
        ors=_all("or"),
        nors=_all("nor"),
        buts=_all("but"),
        turns=_all("turns"),
        numbered=_all("numbered"),
        bound=_all("bound"),
        doubted=_all("doubted"),
        participles=_all("participles"),
        after_adjective=_all("after_adjective"),
        answer_tails=_all("answer_tails"),
        answer_stems=tuple(sorted(_all("answer_stems"))),
        pointed=_all("pointed"),
        risks=tuple(sorted(_all("risks"))),
    )


@cache
def closers(language: str) -> tuple[str, ...]:
    """Return the conjunctions that close a list of one language."""
    return tuple(data(language, "reach").get("closers", ()))


@cache
def carries_over_commas(language: str) -> bool:
    """Tell whether a cue of a language goes on over commas (English); elsewhere it is repeated, or its list
    closed by a conjunction (French).
    """
    return bool(data(language, "reach").get("over_commas", False))


def _all(name: str) -> frozenset[str]:
    return frozenset(word for code in served() for word in data(code, "reach").get(name, ()))
