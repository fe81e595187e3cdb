"""Guard: a supposition is not a fact, a relative's disease is not the patient's, a past one is not a present
one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.verify.guards.finding import Finding
from rag.answer.verify.guards.negation import asserted
from rag.clinical.assertion.assertions import CueScope, cues, matches
from rag.clinical.words import ReadText, Term, coverage
from rag.core.text import Span

_ENOUGH = 0.5
_NEARLY_ALL = 0.7
_LEAST_WEIGHT = 0.9
_CLAUSE_END = re.compile(r"[.;:|\n,]|\b(?:alors|then)\b")
_HEADING_LINE = re.compile(r"^[#*\s-]*[^\n:.]{0,40}$|^[#*\s-]*[^\n:.]{0,40}:[*\s]*$", re.MULTILINE)


def check_assertion(
    premise: ReadText, premise_scopes: Sequence[CueScope], claim: ReadText, claim_scopes: Sequence[CueScope]
) -> list[Finding]:
    """Return what the claim states as a fact of the patient, now, and the premise does not."""
    return [
        *_suppositions(premise, premise_scopes, claim, claim_scopes),
        *_conditions(premise, claim, claim_scopes),
        *_family(premise, claim),
        *_history(premise_scopes, claim, claim_scopes),
        *_modality(premise, claim),
    ]


def _suppositions(
    premise: ReadText, premise_scopes: Sequence[CueScope], claim: ReadText, claim_scopes: Sequence[CueScope]
) -> list[Finding]:
    findings = []
    ours = [scope for scope in claim_scopes if scope.status in ("hypothesis", "negated")]
    for scope in (scope for scope in premise_scopes if scope.status == "hypothesis"):
        said = asserted(claim, scope, claim_scopes, _ENOUGH, premise)
        if (
            said is not None
            and not any(scope.head.meets(term) for other in ours for term in other.group)
            and asserted(premise, scope, premise_scopes, _ENOUGH) is None
        ):
            findings.append(
                Finding(
                    "hypothesis",
                    (said.start, said.end),
                    f"{said.text}: the premise only supposes it",
                    "unsupported",
                )
            )
    return findings


def _conditions(premise: ReadText, claim: ReadText, claim_scopes: Sequence[CueScope]) -> list[Finding]:
    """Return claims that state as a fact what the premise says under an "if"."""
    plain, ours = premise.plain, claim.plain
    if any(pattern.search(ours) for pattern in cues("conditional")) or any(
        scope.status == "hypothesis" for scope in claim_scopes
    ):
        return []
    spans = [
        _from_cue(plain, match, premise.sentence_of(match.start()))
        for pattern in cues("conditional")
        for match in pattern.finditer(plain)
    ]
    outside = [term for term in premise.terms if not any(start <= term.start < end for start, end in spans)]
    findings = []
    for span in spans:
        supposed = [term for term in premise.inside(span) if term.weight]
        is_heavy = sum(term.weight for term in supposed) >= _LEAST_WEIGHT
        if (
            is_heavy
            and coverage(supposed, claim.terms) >= _NEARLY_ALL
            and coverage(claim.terms, supposed) >= _ENOUGH
            and coverage(supposed, outside) < _ENOUGH
        ):
            findings.append(
                Finding(
                    "hypothesis", (0, len(claim.text)), "the premise says it under a condition", "unsupported"
                )
            )
    return findings


def _from_cue(plain: str, match: re.Match[str], sentence: Span) -> Span:
    end = _CLAUSE_END.search(plain, match.end(), sentence[1])
    return match.end(), end.start() if end else sentence[1]


def _family(premise: ReadText, claim: ReadText) -> list[Finding]:
    """Return claims about the patient that the premise makes about a relative, and claims about a relative it
    does not mention.
    """
    ours = _family_spans(claim)
    theirs = _family_spans(premise)
    if ours:
        return (
            [] if theirs else [Finding("family", ours[0], "the premise mentions no relative", "unsupported")]
        )
    if not theirs:
        return []
    of_family = [term for term in premise.terms if any(start <= term.start < end for start, end in theirs)]
    of_patient = [term for term in premise.terms if term not in of_family]
    said = [term for term in claim.terms if term.weight > 0.3 and not _met(term, of_patient)]
    weight = sum(term.weight for term in said if _met(term, of_family))
    if weight >= _LEAST_WEIGHT and weight >= _ENOUGH * sum(
        term.weight for term in claim.terms if term.weight > 0.3
    ):
        return [Finding("family", (0, len(claim.text)), "the premise says it of a relative", "contradiction")]
    return []


def _met(term: Term, terms: Sequence[Term]) -> bool:
    return any(term.meets(other) for other in terms)


def _family_spans(text: ReadText) -> list[Span]:
    plain = text.plain
    spans = []
    for sentence in text.sentences:
        cue = next(
            iter(sorted(match.start() for match in matches("family", "patterns", plain, sentence))), None
        )
        if cue is not None:
            spans.append(
                (
                    sentence[0] if _is_said_first(plain, sentence, cue) else cue,
                    _family_end(plain, cue, sentence),
                )
            )
    return spans + _under_headings(text, plain)


def _is_said_first(plain: str, sentence: Span, cue: int) -> bool:
    """Tell whether the disease comes before the relative: "cancer du côlon chez le père", "diabetes in her
    mother".
    """
    return (
        re.search(r"\b(?:chez|in|of|du cote|cote)\s+(?:\w+\s+){0,2}$", plain[sentence[0] : cue]) is not None
    )


def _family_end(plain: str, cue: int, sentence: Span) -> int:
    ends = [
        match.start()
        for pattern in cues("family", "ends")
        for match in pattern.finditer(plain, cue, sentence[1])
        if not re.search(r"\b(?:de|du|of|chez)\s+$", plain[: match.start()])
    ]
    stop = plain.find(";", cue, sentence[1])
    return min([*ends, sentence[1], *([stop] if stop >= 0 else [])])


def _under_headings(text: ReadText, plain: str) -> list[Span]:
    """Return the paragraphs under a heading that names the family."""
    spans = []
    for line in _HEADING_LINE.finditer(plain):
        if any(pattern.search(line[0]) for pattern in cues("family", "heading")) and line[0].strip():
            end = plain.find("\n\n", line.end() + 2)
            spans.append((line.end(), end if end >= 0 else len(plain)))
    return spans


def _history(
    premise_scopes: Sequence[CueScope], claim: ReadText, claim_scopes: Sequence[CueScope]
) -> list[Finding]:
    """Return things of the past that the claim calls current."""
    now = [match for pattern in cues("history", "current") for match in pattern.finditer(claim.plain)]
    findings = []
    for scope in (scope for scope in premise_scopes if scope.status == "history") if now else ():
        said = asserted(claim, scope, claim_scopes, _ENOUGH)
        if said is not None and not any(
            scope.head.meets(other.head) for other in claim_scopes if other.status == "history"
        ):
            findings.append(
                Finding("history", (said.start, said.end), f"{said.text}: past in the premise", "unsupported")
            )
    return findings


def _modality(premise: ReadText, claim: ReadText) -> list[Finding]:
    """Return a doubt where the sentence nearest to the claim hedges and the claim does not."""
    if not premise.sentences or any(pattern.search(claim.plain) for pattern in cues("modality")):
        return []
    nearest = max(premise.sentences, key=lambda span: coverage(claim.terms, premise.inside(span)))
    hedged = any(pattern.search(premise.plain, *nearest) for pattern in cues("modality"))
    return (
        [Finding("modality", (0, len(claim.text)), "the premise says it with a reserve", "doubt")]
        if hedged
        else []
    )
