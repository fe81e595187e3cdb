"""The yes or no of a part: at most one, said first, and only where its own quotes do not speak against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from rag.answer.from_facts.wording.phrases import say
from rag.answer.verify.guards import check
from rag.clinical.languages import served
from rag.core.types import Claim
from rag.understand.cues import has
from rag.understand.values import QuestionPart

_TURNED = frozenset({"negation", "hypothesis", "family"})


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
