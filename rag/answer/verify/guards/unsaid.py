"""Guard: what a claim says of a thing, or gives as a reason, and no word of the premise says.

A model asked "was the value real?" writes "the value was real" under a quote of the value: every word of the
quote is met, and the one word that answers is its own. Where a sentence says something with "is" or gives a
reason, the premise must have a word of just that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.answer.verify.guards.finding import Finding
from rag.clinical.assertion.assertions import cues, words
from rag.clinical.language import detect_language
from rag.clinical.words import ReadText, Term, coverage
from rag.core.text import Span

_MOST_WORDS = 4
"""Words of a predicate: of a longer one some are other words for what the premise says, as often as not."""
_LEAST_OF_REASON, _NEARLY_ALL = 0.4, 0.7
"""Of a reason's words, what the premise must have; and what it must have where nothing in it gives a reason,
in whatever language.
"""
_PREDICATE_END = re.compile(r"[.;:\n(]|,(?!\d)|\b(?:and|et|but|mais|because|car|parce)\b")
_SENTENCE_END = re.compile(r"[.;\n]")


def check_unsaid(premise: ReadText, claim: ReadText) -> list[Finding]:
    """Return predicates and reasons of a claim of one sentence that the premise has no word of."""
    if len(claim.sentences) != 1:
        return []
    language = detect_language(premise.text)
    is_across = detect_language(claim.text, language) != language
    findings = [] if is_across else list(_predicates(premise, claim))
    if (reason := _reason(claim)) is None:
        return findings
    met, is_given = (
        coverage(_telling(claim, reason), premise.terms),
        any(cue.search(premise.plain) for cue in cues("reason", "anywhere")),
    )
    if (met < _LEAST_OF_REASON and not is_across) or (met < _NEARLY_ALL and not is_given):
        findings.append(Finding("reason", reason, "the premise does not give this reason", "unsupported"))
    return findings


def _predicates(premise: ReadText, claim: ReadText) -> Iterator[Finding]:
    for pattern in cues("predicate"):
        for found in pattern.finditer(claim.plain):
            end = _PREDICATE_END.search(claim.plain, found.end())
            span = found.end(), end.start() if end else len(claim.text)
            telling = _telling(claim, span)
            if 0 < len(telling) <= _MOST_WORDS and coverage(telling, premise.terms) == 0.0:
                said = claim.text[telling[0].start : telling[-1].end]
                yield Finding(
                    "predicate",
                    (telling[0].start, telling[-1].end),
                    f"{said}: the premise says nothing of it",
                    "unsupported",
                )


def _reason(claim: ReadText) -> Span | None:
    """Return where the claim gives a reason."""
    starts = [found.end() for pattern in cues("reason") for found in pattern.finditer(claim.plain)]
    if not starts:
        return None
    end = _SENTENCE_END.search(claim.plain, min(starts))
    return min(starts), end.start() if end else len(claim.text)


def _telling(claim: ReadText, span: Span) -> list[Term]:
    """Return the words of a span that say something: "was performed" says no more than that there is a
    thing.
    """
    return [
        term for term in claim.inside(span) if term.weight and term.folded not in words("predicate", "light")
    ]
