"""Fits the second stage of search (``rag/retrieve/ranking.json``).

Every query is searched by the product's own first stage; its best 50 candidates are the cases. The weights
minimise, over collections of equal say, the multi-instance softmax loss: the log odds of the passages of each
relevant document against all passages of documents that are not relevant (a document is judged, not which of
its passages says it), then climb from there in steps on mean nDCG@10. They are kept from going below 0, and
the weight of the vector is 1. The figures are of each collection with weights fitted on the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eval.datasets.beir import BeirDataset, read_beir
from eval.fit.origin import FITTED, Origin, Source
from eval.runs.homes import build_version, corpus_home
from rag.core.types import Query
from rag.retrieve.fusion import Fused
from rag.retrieve.query import query_of
from rag.retrieve.rerank import fitted_weights
from rag.retrieve.signals import read_signals
from rag.retrieve.texts import Texts

if TYPE_CHECKING:
    from eval.runs.setup import Setup
    from rag.retrieve.retriever import Retriever

TOOL = "traboule eval fit ranking"
NAMES = ("vector", "words", "together", "sentence", "kin", "document", "like_best")
DEPTH = 50
_PENALTY = 0.003
_LEAST = 0.05
"""Of the vector, by whose weight the others are divided."""
_STEPS = (0.7, 1.4)
_LEAST_GAIN = 0.0005
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One query: a row of parts for each candidate, its document, all candidates' documents in the fusion's
    order, and the grades.
    """

    parts: Floats
    documents: tuple[str, ...]
    tail: tuple[str, ...]
    grades: Mapping[str, int]

    def ndcg(self, weights: Floats | None) -> float:
        """Return nDCG@10 of the documents, by the fusion's order when there are no weights."""
        order = (
            range(len(self.documents))
            if weights is None
            else np.argsort(-(self.parts @ weights), kind="stable")
        )
        ranked = list(dict.fromkeys([*(self.documents[place] for place in order), *self.tail]))[:10]
        gain = sum(self.grades.get(name, 0) / math.log2(place + 2) for place, name in enumerate(ranked))
        best = sorted((grade for grade in self.grades.values() if grade > 0), reverse=True)[:10]
        return gain / sum(grade / math.log2(place + 2) for place, grade in enumerate(best))


def case_of(query: Query, fused: Sequence[Fused], texts: Texts, grades: Mapping[str, int]) -> Case:
    """Return the case of a query from its first stage."""
    read = texts.read(fused)
    signals = read_signals(query, fused, [passage for _, passage in read[:DEPTH]], texts.vectors(fused))
    on, off = signals.covered, 1 - signals.covered
    told = zip(
        fused[:DEPTH],
        signals.together,
        signals.sentence,
        signals.kin,
        signals.document,
        signals.like_best,
        strict=True,
    )
    parts = [
        (hit.by_vector, hit.by_words, on * together, on * sentence, off * kin, document, best)
        for hit, together, sentence, kin, document, best in told
    ]
    documents = tuple(passage.doc_id for _, passage in read)
    return Case(np.asarray(parts, dtype=np.float64), documents[:DEPTH], documents[DEPTH:], grades)


def loss_and_slope(weights: Floats, case: Case) -> tuple[float, Floats]:
    """Return the loss of one case, a mean over its relevant documents weighted by grade, and its gradient."""
    grades = np.asarray([max(0, case.grades.get(name, 0)) for name in case.documents])
    relevant = grades > 0
    if not relevant.any() or relevant.all():
        return 0.0, np.zeros_like(weights)
    scores = case.parts @ weights
    power = np.exp(scores - scores.max())
    others, slope, loss, total = power[~relevant].sum(), np.zeros_like(power), 0.0, 0.0
    for name in dict.fromkeys(
        name for name, is_relevant in zip(case.documents, relevant, strict=True) if is_relevant
    ):
        own = np.asarray([document == name for document in case.documents])
        grade, said = float(grades[own][0]), power[own].sum()
        loss += grade * (math.log(said + others) - math.log(said))
        slope[own] += grade * (power[own] / (said + others) - power[own] / said)
        slope[~relevant] += grade * power[~relevant] / (said + others)
        total += grade
    return loss / total, case.parts.T @ slope / total


def fit(collections: Sequence[Sequence[Case]]) -> Floats:
    """Return the weights, in the order of ``NAMES``, that fit the collections best."""
    from scipy.optimize import minimize

    def objective(weights: Floats) -> tuple[float, Floats]:
        loss, slope = _PENALTY * float(weights @ weights), 2 * _PENALTY * weights
        for cases in collections:
            for case in cases:
                part, its_slope = loss_and_slope(weights, case)
                loss, slope = (
                    loss + part / len(cases) / len(collections),
                    slope + its_slope / len(cases) / len(collections),
                )
        return loss, slope

    found = minimize(
        objective,
        np.ones(len(NAMES)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(_LEAST, None), *[(0.0, None)] * (len(NAMES) - 1)],
    )
    return _climbed(np.round(np.asarray(found.x, dtype=np.float64) / found.x[0], 2), collections)


def _climbed(weights: Floats, collections: Sequence[Sequence[Case]]) -> Floats:
    """Step one weight at a time while mean nDCG@10 over the collections rises by more than noise would make
    it.
    """

    def quality(tried: Floats) -> float:
        return float(np.mean([mean_ndcg(cases, tried) for cases in collections]))

    best, improved = quality(weights), True
    while improved:
        improved = False
        for place in range(1, len(NAMES)):
            for factor in _STEPS:
                tried = weights.copy()
                tried[place] = round(max(0.05, tried[place]) * factor, 2)
                if (found := quality(tried)) > best + _LEAST_GAIN:
                    weights, best, improved = tried, found, True
    return weights


def mean_ndcg(cases: Sequence[Case], weights: Floats | None) -> float:
    """Return mean nDCG@10."""
    return float(np.mean([case.ndcg(weights) for case in cases]))


def measured(collections: Mapping[str, Sequence[Case]]) -> dict[str, dict[str, float | int | None]]:
    """Return nDCG@10 of each collection: of the fusion alone, with weights fitted on the others, and with
    those that are shipped.
    """
    shipped = np.asarray([asdict(fitted_weights())[name] for name in NAMES])
    rows: dict[str, dict[str, float | int | None]] = {}
    for name, cases in collections.items():
        rest = [others for other, others in collections.items() if other != name]
        left_out = round(mean_ndcg(cases, fit(rest)), 4) if rest else None
        plain = {
            "fusion": round(mean_ndcg(cases, None), 4),
            "shipped_before": round(mean_ndcg(cases, shipped), 4),
        }
        rows[f"{name}, left out"] = {"n": len(cases), "ndcg@10": left_out, **plain}
    return rows


def fit_ranking(setup: Setup, folders: Sequence[Path], cache: Path | None) -> dict[str, object]:
    """Return the weight file, fitted on every collection. Raises as ``read_beir`` and ``corpus_home`` do."""
    collections = {folder.name: collect(setup, folder, cache) for folder in folders}
    weights = fit(list(collections.values()))
    table = {name: round(float(weight), 2) for name, weight in zip(NAMES, weights, strict=True)}
    sources = tuple(
        Source(folder.name, read_beir(folder).checksum, len(collections[folder.name])) for folder in folders
    )
    return Origin(FITTED, TOOL, sources, None, measured(collections)).document({"weights": table})


def collect(setup: Setup, folder: Path, cache: Path | None) -> list[Case]:
    """Search every answerable query of a BEIR folder by the first stage."""
    dataset = read_beir(folder)
    version = f"{dataset.checksum}|{build_version(setup.settings)}"
    with corpus_home(
        setup.settings, setup.home, dataset.corpus, keep=cache, name=dataset.name, version=version
    ) as (opened, _):
        opened.ingestor.ingest([dataset.corpus], of_nobody="literature")
        answerable = dataset.answerable()
        with setup.progress.counting("eval.searching", len(answerable)) as advance:
            return [
                _searched(opened.stages.retriever, dataset, name, text, advance)
                for name, text in answerable.items()
            ]


def _searched(
    retriever: Retriever, dataset: BeirDataset, name: str, text: str, done: Callable[[], None]
) -> Case:
    query = query_of(text)
    fused = retriever.candidates(query)
    done()
    return case_of(query, fused, Texts(retriever.index), dataset.qrels[name])
