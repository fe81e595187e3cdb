"""Builds the cases that the relevance gate is fitted on: a question, what retrieval finds for it, and whether
that answers it.

A judged question gives two cases: with documents that answer it among the candidates, and with all of them
taken out, so that natural near misses are left. A question of the project is asked of one document, as of one
patient; an answerable one is also asked of another document. The folder of work keeps the cases and the
vectors; it holds text of the collections and is not part of the project.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.fit.collections import (
    Collection,
    OwnQuestion,
    Question,
    Text,
    judged_collections,
    own_documents,
    own_questions,
)
from rag.answer.relevance.gate import Candidate
from rag.clinical.stems import terms
from rag.core.text import sentence_spans
from rag.index.lexical import channel_of
from rag.models.embedding.cache import EmbeddingCache
from rag.models.embedding.embedders import embed_passages, make_embedder
from rag.settings import EmbedderSettings

CASES = "cases.jsonl"
_WINDOW = 420
_SHOWN = 8
"""Candidates a question, as many as there are windows of evidence by default."""
_NEIGHBOURS = 10
_BEST_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its candidates; ``answerable`` where one of them comes from a document that answers."""

    case_id: str
    collection: str
    question: str
    language: str
    answerable: bool
    candidates: tuple[Candidate, ...]


def windows(text: str) -> list[str]:
    """Cut a text into stretches of whole sentences of about three; a very long sentence is cut hard."""
    cut: list[list[int]] = []
    for start, end in sentence_spans(text):
        if cut and end - cut[-1][0] <= _WINDOW:
            cut[-1][1] = end
        else:
            cut.extend([at, min(end, at + _WINDOW)] for at in range(start, end, _WINDOW))
    return [text[start:end] for start, end in cut if end - start > 25]


class Lexical:
    """BM25 over documents, enough to find near misses."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self._ids: list[str] = []
        self._postings: dict[str, list[tuple[int, int]]] = {}
        lengths = []
        for text in texts:
            found = terms(f"{text.title} {text.text[:4000]}", channel_of(text.language))
            for term in set(found):
                self._postings.setdefault(term, []).append((len(self._ids), found.count(term)))
            self._ids.append(text.text_id)
            lengths.append(len(found))
        self._damping = 1.2 * (0.25 + 0.75 * np.array(lengths) / np.mean(lengths))

    def ranked(self, question: str) -> list[str]:
        """Return document ids, best first."""
        scores = np.zeros(len(self._ids))
        for term in set(terms(question, "en")) | set(terms(question, "fr")):
            postings = self._postings.get(term, [])
            rarity = np.log(1 + (len(self._ids) - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, count in postings:
                scores[number] += rarity * count * 2.2 / (count + self._damping[number])
        return [self._ids[number] for number in np.argsort(-scores, kind="stable")]


class Finder:
    """Ranks windows by similarity and shared words, as retrieval does, and keeps the best."""

    def __init__(self, models: Path, work: Path) -> None:
        self._embedder = make_embedder(models, EmbedderSettings())
        self._cache = EmbeddingCache(work / "vectors.sqlite")

    def candidates(
        self, question: str, texts: Iterable[Text], most_each: int | None = None
    ) -> tuple[Candidate, ...]:
        """Return the best windows of the texts; ``most_each`` bounds how many of each text are looked at, by
        shared words.
        """
        places = [(text, window) for text in texts for window in _best(question, text, most_each)]
        vectors = np.array(embed_passages(self._embedder, [window for _, window in places], self._cache))
        near = vectors @ np.array(self._embedder.get_query_embedding(question))
        shared = np.array(
            [_shared(question, f"{text.title} {window}", text.language) for text, window in places]
        )
        order = np.argsort(-(0.6 * _spread(near) + 0.4 * _spread(shared)), kind="stable")[:_SHOWN]
        return tuple(
            Candidate(places[n][1], places[n][0].title, (), places[n][0].language, round(float(near[n]), 5))
            for n in order
        )


def _best(question: str, text: Text, most: int | None) -> list[str]:
    cut = windows(text.text)
    return (
        cut
        if most is None
        else sorted(cut, key=lambda window: -_shared(question, window, text.language))[:most]
    )


def _shared(question: str, text: str, language: str) -> float:
    channel = channel_of(language)
    return float(len(set(terms(question, channel)) & set(terms(text, channel))))


def _spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.min()) / (float(np.ptp(values)) or 1.0))


def judged_cases(collection: Collection, finder: Finder) -> Iterator[Case]:
    """Yield the cases of a judged collection; a question whose answer is not found in the end gives none."""
    lexical = Lexical(collection.texts.values())
    for question in collection.questions:
        ranked = lexical.ranked(question.text)
        out = _taken_out(collection, question)
        others = [collection.texts[text_id] for text_id in ranked if text_id not in out][:_NEIGHBOURS]
        gold = [collection.texts[text_id] for text_id in ranked if text_id in question.answers][:2]
        with_gold = finder.candidates(question.text, [*gold, *others], _BEST_WINDOWS)
        held = {window for text in gold for window in windows(text.text)}
        if any(candidate.text in held for candidate in with_gold):
            yield Case(
                question.question_id, collection.name, question.text, question.language, True, with_gold
            )
            left = finder.candidates(question.text, others, _BEST_WINDOWS)
            yield Case(question.question_id, collection.name, question.text, question.language, False, left)


def _taken_out(collection: Collection, question: Question) -> set[str]:
    if not collection.is_sibling_out:
        return set(question.answers)
    origins = {collection.texts[text_id].origin for text_id in question.answers}
    return {text.text_id for text in collection.texts.values() if text.origin in origins}


def own_cases(finder: Finder, data: Path, questions: Sequence[OwnQuestion]) -> Iterator[Case]:
    """Yield the cases of the project's own questions: of their document, of all leaflets, and of another
    document (never answerable).
    """
    documents = own_documents(data, questions)
    for item in questions:
        name, asked, language = item.collection, item.question, item.language
        yield Case(
            item.question_id,
            name,
            asked,
            language,
            item.answerable,
            finder.candidates(asked, [documents[item.document]]),
        )
        same = sorted({other.document for other in questions if other.collection == name})
        if name == "leaflets":
            every = finder.candidates(asked, [documents[document] for document in same])
            yield Case(item.question_id, "leaflets_all", asked, language, item.answerable, every)
        elif item.answerable:
            other = same[(same.index(item.document) + 1) % len(same)]
            yield Case(
                f"{item.question_id}@{other}",
                "elsewhere",
                asked,
                language,
                False,
                finder.candidates(asked, [documents[other]]),
            )


def write_cases(models: Path, data: Path, questions: Path, work: Path, done: Callable[[], None]) -> Path:
    """Write ``WORK/cases.jsonl``, of about 15 minutes on two cores; ``done`` is told of every case. Raises as
    the readers do.
    """
    work.mkdir(parents=True, exist_ok=True)
    finder, file = Finder(models, work), work / CASES
    partial = file.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        judged = (
            case for collection in judged_collections(data) for case in judged_cases(collection, finder)
        )
        for case in chain(own_cases(finder, data, own_questions(questions)), judged):
            out.write(json.dumps(asdict(case), ensure_ascii=False) + "\n")
            done()
    partial.replace(file)
    return file
