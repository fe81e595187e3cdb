"""Guard: opposite words. What was increased is not reduced, what was stopped is not continued, before is not
after.

The pairs are data (``oppositions.toml``). Two opposite words contradict each other only where they are said
of the same thing, which the words around them tell; a denied word may stand for its opposite (``not stopped``
is continued).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.answer.verify.guards.finding import Finding
from rag.clinical.assertion.assertions import CueScope
from rag.clinical.words import ReadText, Term, clauses, coverage

_SAME_THING = 0.5
_LEAST_WEIGHT = 0.6
_AS_CLOSE = 0.75
_BESIDE = 4


@dataclass(frozen=True, slots=True)
class _Opposition:
    name: str
    poles: tuple[tuple[str, re.Pattern[str]], ...]
    near: str
    flips: bool


@dataclass(frozen=True, slots=True)
class _OppositeWord:
    pole: str
    start: int
    end: int
    around: tuple[Term, ...]
    sentence: tuple[Term, ...]


def check_direction(
    premise: ReadText, premise_scopes: Sequence[CueScope], claim: ReadText, claim_scopes: Sequence[CueScope]
) -> list[Finding]:
    """Return the words of the claim whose opposite the premise says of the same thing."""
    plain_premise, plain_claim = premise.plain, claim.plain
    findings: list[Finding] = []
    for group in _groups():
        ours = list(_mentions(claim, plain_claim, group, claim_scopes))
        given = list(_mentions(premise, plain_premise, group, premise_scopes)) if ours else []
        findings.extend(
            finding for mention in ours if (finding := _compare(mention, ours, given, claim.text)) is not None
        )
    return findings


@cache
def _groups() -> tuple[_Opposition, ...]:
    tables = tomllib.loads((files(__package__) / "oppositions.toml").read_text(encoding="utf-8"))
    return tuple(
        _Opposition(
            name,
            tuple(
                (pole, re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)"))
                for pole, patterns in table.items()
                if isinstance(patterns, list)
            ),
            str(table.get("near", "clause")),
            bool(table.get("flips")),
        )
        for name, table in tables.items()
    )


def _mentions(
    text: ReadText, plain: str, group: _Opposition, scopes: Sequence[CueScope]
) -> Iterator[_OppositeWord]:
    found = [
        (pole, match.start(), match.end())
        for pole, pattern in group.poles
        for match in pattern.finditer(plain)
    ]
    denied = [scope for scope in scopes if scope.status == "negated"]
    for pole, start, end in found:
        is_denied = any(
            start <= scope.head.start < end or scope.span[0] <= start < scope.span[1] for scope in denied
        )
        if is_denied and not group.flips:
            continue
        said = next(other for other, _ in group.poles if other != pole) if is_denied else pole
        around = _around(text, start, end, group, [span[1:] for span in found])
        yield _OppositeWord(said, start, end, around, text.inside(text.sentence_of(start)))


def _around(
    text: ReadText, start: int, end: int, group: _Opposition, poles: Sequence[tuple[int, int]]
) -> tuple[Term, ...]:
    sentence = text.sentence_of(start)
    clause = next((span for span in clauses(text.text, *sentence) if span[0] <= start < span[1]), sentence)
    words = [
        term
        for term in text.inside(clause)
        if term.weight and not any(first <= term.start < last for first, last in poles)
    ]
    if not words:  # "matin et soir": the second shares what the first is said of
        words = [
            term
            for term in text.inside((sentence[0], clause[0]))
            if term.weight and not any(first <= term.start < last for first, last in poles)
        ]
    before, after = (
        [term for term in words if term.end <= start],
        [term for term in words if term.start >= end],
    )
    if group.near == "clause":
        return tuple(words)
    return (*(before[-2:] if group.near == "beside" else ()), *after[:2])


def _compare(
    ours: _OppositeWord, all_ours: Sequence[_OppositeWord], given: Sequence[_OppositeWord], text: str
) -> Finding | None:
    if sum(term.weight for term in ours.around) < _LEAST_WEIGHT:
        return None
    closeness = [(_closeness(ours, theirs), theirs.pole) for theirs in given]
    best = max((close for close, _ in closeness), default=0.0)
    near = {pole for close, pole in closeness if close >= _AS_CLOSE * best}
    if best < _SAME_THING or ours.pole in near or near & {other.pole for other in all_ours}:
        return None
    written = text[ours.start : ours.end]
    return Finding(
        "direction", (ours.start, ours.end), f"{written}: the premise says the opposite", "contradiction"
    )


def _closeness(ours: _OppositeWord, theirs: _OppositeWord) -> float:
    """Return the mean share of the words around each that stand around the other; where they share any, their
    sentences may do.
    """
    near = (_share(ours, theirs) + _share(theirs, ours)) / 2
    return (
        max(near, _SAME_THING) if near and coverage(ours.sentence, theirs.sentence) >= _SAME_THING else near
    )


def _share(one: _OppositeWord, other: _OppositeWord) -> float:
    before = [term.start for term in one.around if term.end <= one.start]
    after = [term.start for term in one.around if term.start >= one.end]
    beside = (
        {*before[-1:], *after[:1]} if len(one.around) <= _BESIDE else set()
    )  # the nearest words count twice
    weights = [
        (term.weight * (2 if term.start in beside else 1), any(term.meets(word) for word in other.around))
        for term in one.around
    ]
    total = sum(weight for weight, _ in weights)
    return sum(weight for weight, met in weights if met) / total if total >= _LEAST_WEIGHT else 0.0
