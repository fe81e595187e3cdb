"""Which document a question is about, and what of the question that document never names.

A question to the literature mostly describes one case, drug or study, and asks one thing of it. What
describes may stand anywhere in the document and what is asked in one sentence of it; a sentence of another
document that shares more words tells of somebody else. So documents are weighed whole, and those that name
clearly less of the question than the best one are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answer.relevance.gate import Candidate, Relevance, RelevanceGate
from rag.core.types import ScoredPassage
from rag.index.lexical import channel_of
from rag.retrieve.tuning import tuning

_LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class CaseChoice:
    """The hits of the documents that a question is about.

    ``share`` is the weighted share of the question that the best of these documents names, ``missing`` the
    weights of what it does not; both are None where nothing was chosen between.
    """

    hits: tuple[ScoredPassage, ...]
    share: float | None = None
    missing: tuple[float, ...] = ()


def of_the_case(
    gate: RelevanceGate,
    question: str,
    language: str,
    hits: Sequence[ScoredPassage],
    texts: Mapping[str, str],
) -> CaseChoice:
    """Leave out the literature that names clearly less of the question than the best document of its
    language.

    Args:
        gate: knows how much each word of a question says.
        question: without persons' names.
        language: of the question.
        hits: best first; those of a patient are all kept.
        texts: canonical texts of the documents by id.
    """
    passages = {hit.passage.doc_id: hit.passage for hit in hits if hit.passage.patient_id is None}
    known = [passage for doc_id, passage in passages.items() if doc_id in texts]
    if not known:
        return CaseChoice(tuple(hits))
    whole = [Candidate(texts[one.doc_id], one.title, one.section, one.language, 0.0) for one in known]
    named = dict(zip((one.doc_id for one in known), gate.named(question, language, whole), strict=True))
    best: dict[str, float] = {}
    for one in known:
        channel = channel_of(one.language)
        best[channel] = max(best.get(channel, 0.0), named[one.doc_id].share)
    margin = tuning().cases.margin
    kept = {one.doc_id for one in known if named[one.doc_id].share >= best[channel_of(one.language)] - margin}
    first = max(named.values(), key=lambda one: one.share)
    chosen = tuple(hit for hit in hits if hit.passage.patient_id is not None or hit.passage.doc_id in kept)
    return CaseChoice(chosen, first.share, first.missing)


def weighed(relevance: Relevance, case: CaseChoice, read: float | None = None) -> Relevance:
    """Return how likely the evidence answers, where the document it is from is known: what the document as a
    whole names says more than what single sentences do.

    ``read`` is the reader's probability for the best sentence, None without a reader.
    """
    if case.share is None:
        return relevance
    weights = tuning().cases.alone if read is None else tuning().cases.read
    named = max((weight for weight in case.missing if weight >= tuning().words.rare), default=0.0)
    logit = weights.base + weights.gate * _logit(relevance.score) + weights.share * case.share
    logit += weights.read * _logit(read or 0.0) - weights.missing * named
    return replace(relevance, score=1 / (1 + math.exp(-logit)))


def _logit(likely: float) -> float:
    inside = min(max(likely, _LEAST), 1 - _LEAST)
    return math.log(inside / (1 - inside))
