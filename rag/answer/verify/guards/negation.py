"""Guard: what the claim affirms must not be denied by the premise, nor the reverse.

Both texts are read for the things they deny (``scopes``); a thing is compared by its head word and at least
half of what qualifies it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answer.verify.guards.finding import Finding
from rag.clinical.assertion.assertions import CueScope, cues
from rag.clinical.words import ReadText, Term, clauses, coverage
from rag.core.text import Span

_ENOUGH_TO_AFFIRM = 0.5
_ENOUGH_TO_DENY = 0.6
_SAME_MATTER = 0.5


def check_negation(
    premise: ReadText, premise_scopes: Sequence[CueScope], claim: ReadText, claim_scopes: Sequence[CueScope]
) -> list[Finding]:
    """Return what the claim affirms against a denial of the premise, and what it denies against the premise
    or without it.
    """
    denied = [scope for scope in premise_scopes if scope.status == "negated"]
    ours = [scope for scope in claim_scopes if scope.status == "negated"]
    findings = []
    for scope in denied:
        said = asserted(claim, scope, claim_scopes, _ENOUGH_TO_AFFIRM, premise)
        if (
            said is not None
            and not any(_meet(scope, other) for other in ours)
            and asserted(premise, scope, premise_scopes, _ENOUGH_TO_AFFIRM) is None
        ):
            findings.append(
                Finding(
                    "negation", (said.start, said.end), f"{said.text}: the premise denies it", "contradiction"
                )
            )
    findings.extend(
        _undenied(premise, premise_scopes, claim, scope)
        for scope in ours
        if not any(_meet(scope, other) for other in denied)
    )
    return findings


def _undenied(
    premise: ReadText, premise_scopes: Sequence[CueScope], claim: ReadText, scope: CueScope
) -> Finding:
    affirmed = asserted(premise, scope, premise_scopes, _ENOUGH_TO_DENY, claim)
    if affirmed is not None:
        return Finding(
            "negation", scope.span, f"{scope.head.text}: denied, but the premise affirms it", "contradiction"
        )
    return Finding(
        "negation", scope.span, f"{scope.head.text}: denied, and the premise does not say so", "doubt"
    )


def asserted(
    text: ReadText, scope: CueScope, scopes: Sequence[CueScope], enough: float, origin: ReadText | None = None
) -> Term | None:
    """Return the word by which a text plainly asserts the thing of a scope, None where it does not.

    The head must be met in a sentence, outside what that text denies or supposes, with ``enough`` of the
    weight of the thing's words. With the ``origin`` of the scope, the sentence must also be about the same:
    it carries half of the scope's clause, or the scope's sentence half of it.
    """
    hidden = [
        span
        for other in scopes
        if other.status != "history"
        for span in (other.span, other.cue, _object_of(other))
    ]
    for sentence in text.sentences:
        if origin is not None and any(pattern.search(text.plain, *sentence) for pattern in cues("question")):
            continue
        words = [
            term
            for term in text.inside(sentence)
            if not any(start <= term.start < end for start, end in hidden)
        ]
        head = next((term for term in words if term.weight and term.meets(scope.head)), None)
        if (
            head is not None
            and _share((*scope.group, *scope.context), words) >= enough
            and (origin is None or _is_about(origin, scope, words))
        ):
            return head
    return None


def _object_of(scope: CueScope) -> Span:
    """Return what stands after a denied verb in its clause: it is neither affirmed nor denied."""
    after = [term for term in scope.context if term.start > scope.head.start]
    return (after[0].start, after[-1].end) if after else (0, 0)


def _is_about(origin: ReadText, scope: CueScope, words: Sequence[Term]) -> bool:
    clause = next(
        (span for span in clauses(origin.text, *scope.sentence) if span[0] <= scope.head.start < span[1]),
        scope.sentence,
    )
    rest = [
        term
        for term in origin.inside(clause)
        if not scope.cue[0] <= term.start < scope.cue[1] and term not in scope.group
    ]
    return (
        coverage((*scope.group, *rest), words) >= _SAME_MATTER
        or coverage(words, origin.inside(scope.sentence)) >= _SAME_MATTER
    )


def _share(thing: Iterable[Term], words: Sequence[Term]) -> float:
    weights = [(term.weight, any(term.meets(word) for word in words)) for term in thing]
    total = sum(weight for weight, _ in weights)
    return sum(weight for weight, met in weights if met) / total if total else 0.0


def _meet(first: CueScope, second: CueScope) -> bool:
    heads = first.head.meets(second.head) or any(
        one.head.meets(term) for one, other in ((first, second), (second, first)) for term in other.context
    )
    return (
        heads
        or _share(first.group, second.group) >= _ENOUGH_TO_AFFIRM
        or _share(second.group, first.group) >= _ENOUGH_TO_AFFIRM
    )
