"""How well a verbatim sentence answers a question: closeness, what it names by itself and in its place, and
what kind of sentence it is. Its shares are in ``rag/retrieve/tuning.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answer.relevance.gate import NamedShare, candidates_of
from rag.answer.relevance.questions import folded
from rag.answer.seams import Cover
from rag.answer.verify.quotes import Quote
from rag.clinical.times.recency import asks_for_latest, recency
from rag.retrieve.tuning import tuning

_WHY = re.compile(r"\b(?:pourquoi|raisons?|motif|cause|why|reasons?|because of what)\b")
_BECAUSE = re.compile(
    r"\b(?:car|parce que|en raison d|du fait d|a cause d|devant|compte tenu|suite"
    r" a|allergi\w*|contre-?indi\w*|because|due to|owing to|"
    r"since|given|reason|contraindi\w*|therefore|so that)"
)
_FINDINGS = re.compile(
    r"\b(?:conclusion|synthese|resultats?|impression|diagnostic"
    r" retenu|results?|findings|summary|avis|decision)"
)
_CIRCUMSTANCES = re.compile(
    r"\b(?:renseignements cliniques|indication|motif|contexte|question posee|clinical"
    r" (?:information|details|history)|reason|background|"
    r"references?|bibliographie|technique)\b"
)


def scores(
    question: str, language: str, quotes: Sequence[Quote], near: Sequence[float], cover: Cover
) -> list[float]:
    """Score quotes, about 0 to 1.3; ``near`` are their cosines to the question."""
    in_place = _coverages(question, language, quotes, near, cover, alone=False)
    itself = _coverages(question, language, quotes, near, cover, alone=True)
    times = recency([quote.evidence.scored.passage.authored_at for quote in quotes])
    shares = tuning().extracts
    late = shares.late if asks_for_latest(question) else 0.0
    why = bool(_WHY.search(folded(question)))
    return [
        shares.closeness * close
        + shares.named_in_place * placed.share
        + shares.named_itself * own.share
        + shares.form * (placed.has_form and placed.share > 0)
        + shares.reason * (why and bool(_BECAUSE.search(folded(quote.text))))
        + shares.section * _standing(question, quote)
        + late * time
        - shares.per_rank * quote.evidence.marker
        for close, placed, own, time, quote in zip(
            _closeness(near, quotes), in_place, itself, times, quotes, strict=True
        )
    ]


def _coverages(
    question: str, language: str, quotes: Sequence[Quote], near: Sequence[float], cover: Cover, *, alone: bool
) -> Sequence[NamedShare]:
    """What each quote names of the question, with the title and the headings it stands under, or
    ``alone``.
    """
    candidates = candidates_of([replace(quote.evidence, text=quote.text) for quote in quotes], near)
    return cover(
        question,
        language,
        [replace(one, title="", section=()) for one in candidates] if alone else candidates,
    )


def _closeness(near: Sequence[float], quotes: Sequence[Quote]) -> list[float]:
    """Put cosines on a scale that ends at 1, within each language: a text of the question's language is
    nearer whatever it says.
    """
    best: dict[str, float] = {}
    spread = tuning().extracts.cosine_spread
    for similarity, quote in zip(near, quotes, strict=True):
        language = quote.evidence.scored.passage.language
        best[language] = max(best.get(language, similarity), similarity)
    return [
        max(0.0, 1 - (best[quote.evidence.scored.passage.language] - similarity) / spread)
        for similarity, quote in zip(near, quotes, strict=True)
    ]


def _standing(question: str, quote: Quote) -> float:
    """1 for what a report concludes, -1 for what was known before it, unless the question names that."""
    heading = (
        folded(quote.evidence.scored.passage.section[-1]) if quote.evidence.scored.passage.section else ""
    )
    if found := _CIRCUMSTANCES.search(heading):
        return 0.0 if found[0] in folded(question) else -1.0
    return 1.0 if _FINDINGS.search(heading) else 0.0
