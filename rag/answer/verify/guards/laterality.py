"""Guard: right, left and both sides. A side that the premise gives otherwise, or does not give, never passes.

A side belongs to the anatomy beside it: the word before in French (``genou droit``), after in English
(``right knee``). ``D`` and ``G`` count where reports write them: after a word that has sides (``genou D``,
``PTH G``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rag.answer.verify.guards.finding import Finding, Severity
from rag.clinical.languages import common_words
from rag.clinical.words import ReadText, Term, clauses

Side = Literal["right", "left", "both"]

_FRENCH: dict[str, Side] = {
    "droit": "right",
    "droite": "right",
    "gauche": "left",
    "bilateral": "both",
    "bilaterale": "both",
    "bilateraux": "both",
}
_ENGLISH: dict[str, Side] = {
    "right": "right",
    "left": "left",
    "bilateral": "both",
    "bilaterally": "both",
    "rightsided": "right",
    "leftsided": "left",
}
_ADVERBS: dict[str, Side] = {"bilateralement": "both", "dextre": "right", "senestre": "left"}
_LETTERS: dict[str, Side] = {
    "D": "right",
    "G": "left",
    "Dt": "right",
    "Dte": "right",
    "Gche": "left",
    "R": "right",
    "L": "left",
}
_CODES: dict[str, Side] = {
    "OD": "right",
    "OG": "left",
    "OS": "left",
    "ODG": "both",
    "VD": "right",
    "VG": "left",
    "OU": "both",
    "FEVG": "left",
    "LVEF": "left",
    "HVG": "left",
    "LVH": "left",
    "IVG": "left",
    "BBG": "left",
    "BBD": "right",
    "LBBB": "left",
    "RBBB": "right",
}
_PAIRED_FR = (
    r"côtés?|genoux?|hanches?|épaules?|coudes?|poignets?|mains?|chevilles?|pieds?|jambes?|"
    r"mollets?|cuisses?|bras|membres?|poumons?"
)
_PAIRED_EN = (
    r"sides?|knees?|hips?|shoulders?|elbows?|wrists?|hands?|ankles?|feet|legs?|calves|arms?|"
    r"lungs?|kidneys?|breasts?|eyes?|ears?"
)
_BOTH = re.compile(
    rf"\b(?:(?:les|des|aux|ses|leurs)\s+deux\s+(?=(?:{_PAIRED_FR}|reins?|seins?|yeux|oreilles?|champs)\b)"
    rf"|both\s+(?=(?:{_PAIRED_EN}|(?:lower|upper) (?:limbs?|legs?|lobes?|extremit\w+))\b))",
    re.IGNORECASE,
)
_SAME_WORD = 3.0
_NOT_A_SIDE = re.compile(
    r"\b(?:(?:was|were|is|be|been|being|has|have|had|patient|he|she|they|who|and|then|never)\s+left\b(?!\s*-?(?:sided|hip|knee|leg|arm|side))"
    r"|left\s+(?:the|hospital|in|on|at|open|untreated|against|out|with|without|for|by|to|behind|over|a|an|his|her|alone|unchanged)\b"
    r"|right\s+(?:away|after|now|before|to|of|up|on|from|then|handed|answer)\b|all\s+right\b|the\s+right\s+(?:to|of|dose|time|patient|drug|treatment|answer)\b"
    r"|droit\s+(?:à|de|aux?|du)\s+(?:l|la|le|un|une|prestation|information|refus)|ayants?\s+droit|(?:en|tout)\s+droit|decubitus\s+lateral\s+(?:droit|gauche)(?=\W+sur\b))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _SideMention:
    """A side in a text, the words beside it, and the words of its clause."""

    side: Side
    start: int
    end: int
    beside: frozenset[str]
    clause: frozenset[str]


def check_laterality(premise: ReadText, claim: ReadText) -> list[Finding]:
    """Return the sides of the claim that the premise gives otherwise or not at all."""
    given = _mentions(premise)
    findings = []
    for ours in _mentions(claim):
        severity = _judge(ours, given)
        if severity is not None:
            detail = (
                "the premise gives the other side"
                if severity == "contradiction"
                else "this side is not in the premise"
            )
            findings.append(
                Finding(
                    "laterality",
                    (ours.start, ours.end),
                    f"{claim.text[ours.start : ours.end]}: {detail}",
                    severity,
                )
            )
    return findings


def _judge(ours: _SideMention, given: list[_SideMention]) -> Severity | None:
    if not given:
        return "unsupported"
    nearest = max(_closeness(ours, theirs) for theirs in given)
    sides = {theirs.side for theirs in given if _closeness(ours, theirs) == nearest}
    here = {theirs.side for theirs in given if _closeness(ours, theirs) >= min(nearest, _SAME_WORD)}
    if ours.side in sides or (ours.side == "both" and here >= {"left", "right"}):
        return None
    if nearest == 0 and any(theirs.side == ours.side for theirs in given):
        return None
    if sides == {"both"}:
        return "unsupported"
    return "contradiction" if nearest >= 1 or len({theirs.side for theirs in given}) == 1 else "unsupported"


def _closeness(ours: _SideMention, theirs: _SideMention) -> float:
    """Return how far two sides are said of the same thing: the word beside counts most, then the other words
    of the clause.
    """
    beside = _SAME_WORD if ours.beside & theirs.beside else 1.5 if ours.beside & theirs.clause else 0.0
    return beside + (0.5 * min(len((ours.clause - ours.beside) & theirs.clause), 2) if beside else 0.0)


def _mentions(text: ReadText) -> list[_SideMention]:
    masked = [match.span() for match in _NOT_A_SIDE.finditer(text.text)]
    found = []
    for index, term in enumerate(text.terms):
        side = _side_of(text, index)
        if side is not None and not any(start <= term.start < end for start, end in masked):
            found.append(_mention(text, index, side, term))
    for match in _BOTH.finditer(text.text):
        index = next(
            (place for place, term in enumerate(text.terms) if term.start >= match.end()), len(text.terms) - 1
        )
        found.append(_mention(text, index, "both", text.terms[index]))
    return found


def _side_of(text: ReadText, index: int) -> Side | None:
    term = text.terms[index]
    side = (
        _FRENCH.get(term.folded.removesuffix("s"))
        or _ENGLISH.get(term.folded)
        or _ADVERBS.get(term.folded)
        or _CODES.get(term.text)
    )
    if term.folded in ("right", "left") and not _is_english_side(text, index):
        return None
    if (
        side is None
        and term.text in _LETTERS
        and index
        and text.terms[index - 1].folded.removesuffix("s") in common_words("paired")
    ):
        return None if term.text in ("R", "L") else _LETTERS[term.text]
    if (
        side is None
        and term.text in ("R", "L")
        and index + 1 < len(text.terms)
        and text.terms[index + 1].folded.removesuffix("s") in common_words("paired")
    ):
        return _LETTERS[term.text]
    return side


def _is_english_side(text: ReadText, index: int) -> bool:
    """Tell whether "right" or "left" stands beside what has sides: before a word of substance, after "on
    the", or after a sided organ.
    """
    term = text.terms[index]
    following = text.terms[index + 1] if index + 1 < len(text.terms) else None
    if (
        following is not None
        and following.weight
        and re.fullmatch(r"[\s-]{1,2}|-sided?\s?", text.text[term.end : following.start])
    ):
        return True
    before = [other.folded for other in text.terms[max(0, index - 2) : index]]
    return (
        before[-1:] == ["the"]
        or any(word.removesuffix("s") in common_words("paired") for word in before)
        or following is None
        or text.text[term.end : term.end + 1] == ":"
    )


def _mention(text: ReadText, index: int, side: Side, term: Term) -> _SideMention:
    sentence = text.sentence_of(term.start)
    clause = next(
        (span for span in clauses(text.text, *sentence) if span[0] <= term.start < span[1]), sentence
    )
    words = [
        other
        for other in text.inside(clause)
        if other.weight and other is not term and not _is_side_word(other)
    ]
    before = [other for other in words if other.start < term.start]
    after = [other for other in words if other.start > term.start]
    is_english = term.folded in ("right", "left") or (term.text in ("R", "L"))
    is_adjective = term.folded.startswith("bilateral") or (is_english and side == "both")
    beside = (
        [*before[-1:], *after[:1]]
        if is_adjective
        else after[:1] or before[-1:]
        if is_english
        else before[-1:] or after[:1]
    )
    if term.text in _CODES or (side == "both" and not term.folded.startswith("bilateral")):
        beside = [term] if term.weight else after[:1]
    return _SideMention(side, term.start, term.end, _keys(beside), _keys(words))


def _is_side_word(term: Term) -> bool:
    return term.folded.removesuffix("s") in _FRENCH or term.folded in _ENGLISH


def _keys(terms: Iterable[Term]) -> frozenset[str]:
    return frozenset().union(*(term.keys for term in terms))
