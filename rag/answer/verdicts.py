"""The yes or no of a part: at most one, said first, and only where its own quotes do not speak against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from rag.answer.from_facts.wording.phrases import say
from rag.answer.verify.guards import check
from rag.clinical.concepts import kinds_of, mentions
from rag.clinical.folding import fold
from rag.clinical.languages import served
from rag.core.text import sentence_spans
from rag.core.types import Claim, Evidence
from rag.understand.cues import has
from rag.understand.values import QuestionPart

_TURNED = frozenset({"negation", "hypothesis", "family"})
_OF_ILLNESS = frozenset({"condition", "symptom", "organism"})


def with_one_verdict(part: QuestionPart, claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims of a part with one verdict at most. Two that differ, or one that the quotes deny,
    leave the sentences to speak for themselves.
    """
    told = [verdict_of(claim.text) for claim in claims]
    verdicts = {verdict for verdict in told if verdict}
    if not verdicts:
        return list(claims)
    is_asked = not has("yes_no", "of_documents", part.text.casefold())
    stands = (
        is_asked and len(verdicts) == 1 and not _is_denied(part, claims[_first(told)], next(iter(verdicts)))
    )
    return [
        claim if not verdict or (stands and place == _first(told)) else _without(claim, verdict)
        for place, (claim, verdict) in enumerate(zip(claims, told, strict=True))
    ]


def denial_of(part: QuestionPart, evidence: Sequence[Evidence], language: str) -> str:
    """Return ``Non. `` where every sentence of the evidence that names the one illness asked about denies it;
    empty where one does not, or where more than that is asked. A yes is never read from sentences: a
    suspicion names the illness too.
    """
    things = {one.concept for one in part.named}
    is_plain = part.is_yes_no and part.intent == "presence" and not (part.words or part.side)
    if not is_plain or part.when.is_limited or len(things) != 1 or part.asks("family"):
        return ""
    if not all(one.kind in _OF_ILLNESS for one in part.named):
        return ""
    sentences = [
        item.text[start:end]
        for item in evidence
        for start, end in sentence_spans(item.text)
        if _names(item.text[start:end], part)
    ]
    return say("no", language) if sentences and all(_denies(one, part) for one in sentences) else ""


def _names(sentence: str, part: QuestionPart) -> bool:
    """Tell whether a sentence names the thing asked about, a narrower one, or the word for it."""
    plain = fold(sentence)
    return any(fold(one.text) in plain for one in part.named) or any(
        not {mention.concept_id, *kinds_of(mention.concept_id)}.isdisjoint(part.concepts)
        for mention in mentions(sentence)
    )


def _denies(sentence: str, part: QuestionPart) -> bool:
    return any(
        finding.kind == "negation" and finding.is_hard
        for one in mentions(sentence)
        if one.concept_id in part.concepts
        for finding in check(sentence, f"{one.text}.")
    )


def verdict_of(text: str) -> str:
    """Return the words of the verdict that a sentence opens with, empty where it has none."""
    return next((verdict for verdict in _verdicts() if text.startswith(verdict)), "")


@cache
def _verdicts() -> tuple[str, ...]:
    return tuple(say(key, language) for key in ("yes", "no") for language in served())


@cache
def _affirmations() -> frozenset[str]:
    return frozenset(say("yes", language) for language in served())


def _first(told: Sequence[str]) -> int:
    return next(place for place, verdict in enumerate(told) if verdict)


def _is_denied(part: QuestionPart, claim: Claim, verdict: str) -> bool:
    """Tell whether the quotes of a yes deny the thing asked about, only suppose it, say it of a relative or
    say that it ended.
    """
    if verdict not in _affirmations():
        return False
    quotes = "\n".join(citation.quote for citation in claim.citations)
    if any(kind in part.kinds for kind in ("lifestyle",)) and has("verdicts", "ended", quotes.casefold()):
        return True
    kinds = _TURNED - {"family"} if part.asks("family") else _TURNED
    return any(
        finding.kind in kinds and finding.is_hard
        for one in part.named
        for finding in check(quotes, f"{one.text}.")
    )


def _without(claim: Claim, verdict: str) -> Claim:
    text = claim.text.removeprefix(verdict).strip()
    return replace(claim, text=text[:1].upper() + text[1:])
