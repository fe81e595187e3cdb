"""Deterministic guards: what a claim says that its premise does not, found by rules and reported with its
words.

A wrong side, dose, unit, date or drug, an invented number or reason and a turned negation are found here,
whatever a similarity says. A claim that is whole sentences of its premise, word for word, has no finding.
"""

from __future__ import annotations

import re

from rag.answer.verify.guards.assertion import check_assertion
from rag.answer.verify.guards.attachments import check_attachments
from rag.answer.verify.guards.direction import check_direction
from rag.answer.verify.guards.drugs import check_drugs
from rag.answer.verify.guards.finding import Finding
from rag.answer.verify.guards.laterality import check_laterality
from rag.answer.verify.guards.negation import check_negation
from rag.answer.verify.guards.numbers import check_numbers
from rag.answer.verify.guards.regimens import check_regimens
from rag.answer.verify.guards.unsaid import check_unsaid
from rag.clinical.analyse import analysed
from rag.clinical.words import ReadText
from rag.core.text import overlap

__all__ = ["Finding", "check", "check_readings", "is_copy"]

_WORDS = re.compile(r"[^\W_]+|[%<>≥≤+=°µ/?!-]")


def check(premise: str, claim: str) -> tuple[Finding, ...]:
    """Return what the claim says and the premise does not, in the order of the claim. An empty claim has no
    finding.
    """
    ours, theirs = analysed(claim).reading, analysed(premise).reading
    return () if is_copy(theirs, ours) else check_readings(theirs, ours)


def check_readings(premise: ReadText, claim: ReadText) -> tuple[Finding, ...]:
    """Return the findings of every guard on texts already cut into words, whether or not the claim is a
    copy.
    """
    said, known = analysed(claim.text), analysed(premise.text)
    numbers, given = list(said.quantities), list(known.quantities)
    ours, theirs = list(said.scopes), list(known.scopes)
    findings = [
        *check_numbers(given, numbers, claim.text),
        *check_regimens(given, numbers, premise.text, claim.text),
        *check_attachments(premise, given, claim, numbers),
        *check_laterality(premise, claim),
        *check_negation(premise, theirs, claim, ours),
        *check_assertion(premise, theirs, claim, ours),
        *check_direction(premise, theirs, claim, ours),
        *check_drugs(premise, claim),
    ]
    findings += [
        found
        for found in check_unsaid(premise, claim)
        if not any(other.is_hard and _overlap(found, other) for other in findings)
    ]
    return tuple(sorted(findings, key=lambda finding: finding.claim_span))


def _overlap(one: Finding, other: Finding) -> bool:
    return overlap(one.claim_span, other.claim_span) > 0


def is_copy(premise: ReadText, claim: ReadText) -> bool:
    """Tell whether the claim is one or several whole sentences of the premise in a row; case, spaces and
    closing punctuation may differ.
    """
    wanted = _bare(claim.text)
    if not wanted:
        return False
    sentences = [_bare(premise.text[start:end]) for start, end in premise.sentences]
    for first in range(len(sentences)):
        joined: list[str] = []
        for sentence in sentences[first:]:
            joined.extend(sentence)
            if joined == wanted:
                return True
            if len(joined) >= len(wanted):
                break
    return False


def _bare(text: str) -> list[str]:
    words = _WORDS.findall(text.lower())
    while words and words[0] == "-":  # the mark of a list item
        words.pop(0)
    return words
