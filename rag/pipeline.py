"""Ingest, search, answer, forget: one façade over the stages, shared by the command line, the API and the evaluation.

It keeps two promises: nothing outside the caller's scope enters or leaves, and nothing is shown but the current version of a document.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.access import Scope
from rag.answer.answerer import Answerer, Task
from rag.answer.relevance.drugs import naming_the_drugs
from rag.answer.relevance.gate import Relevance
from rag.clinical.persons import named_in, person_names, without_names
from rag.core.errors import NotFound, UsageError
from rag.core.protocols import PassageIndex
from rag.core.stages import ended
from rag.core.types import (
    AbstainReason,
    Answer,
    AnswerEvent,
    Coverage,
    Document,
    Done,
    Evidence,
    Filters,
    Notice,
    Passage,
    Query,
    ScoredPassage,
    SearchResult,
    Trace,
)
from rag.retrieve.evidence import EvidenceSelector
from rag.retrieve.patients import PatientChoice, choose_patient, named_patients, names_of
from rag.retrieve.query import query_of
from rag.retrieve.retriever import Mode, Retriever
from rag.store.documents import DocumentStore
from rag.store.records import DocumentSummary

MAX_QUESTION_CHARS = 10_000
_SPARE = 10
"""Hits asked for beyond ``k``, so that dropping the passages of replaced versions does not shorten the list."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks. ``language`` None means the question's own; ``history`` holds earlier questions, oldest first."""

    text: str
    language: str | None = None
    filters: Filters = field(default_factory=Filters)
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stages:
    """The parts that ``rag/build.py`` puts together. ``notices`` are what every answer must say of them, e.g. a model that is missing."""

    store: DocumentStore
    index: PassageIndex
    retriever: Retriever
    selector: EvidenceSelector
    writer: Answerer
    extractor: Answerer
    trace: Trace
    answer_depth: int
    mode: Mode = "hybrid"
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question made ready: its query within the scope, and what stands in the way of an answer."""

    query: Query
    notices: tuple[Notice, ...] = ()
    refusal: AbstainReason | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Evidence of one patient or of the literature, with how likely it answers. ``focus`` is the question without persons' names."""

    choice: PatientChoice
    focus: str
    evidence: tuple[Evidence, ...]
    relevance: Relevance


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Search and answers over one home."""

    stages: Stages
    scope: Scope = field(default_factory=Scope)

    def scoped(self, scope: Scope) -> Pipeline:
        """Return the same pipeline for another caller."""
        return replace(self, scope=scope)

    def search(
        self, text: str, *, k: int, filters: Filters = Filters(), language: str | None = None, mode: Mode | None = None
    ) -> SearchResult:
        """Rank passages.

        Raises:
            UsageError: the query is empty or too long.
            NotAllowed: the filters name a patient outside the scope.
        """
        text = checked_question(text)
        query = query_of(text, language, self._within(filters))
        found = self.stages.retriever.search(query, k + _SPARE, mode or self.stages.mode)
        hits = self._current(found.hits)[:k]
        self.scope.check(hit.passage for hit in hits)
        return replace(found, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)))

    def stream(self, question: Question, *, use_llm: bool = True) -> Iterator[AnswerEvent]:
        """Answer, as events: evidence, each sentence once it is checked, the whole answer. Raises as ``search`` does."""
        started = time.perf_counter()
        asked = self._asked(question)
        answerer = self.stages.writer if use_llm else self.stages.extractor
        found = self._found(asked)
        self.scope.check(item.scored.passage for item in found.evidence)
        spent = _ms_since(started)
        ended("answer.evidence", spent)
        trace = replace(_traced(self.stages.trace, answerer, asked.query.language), timings_ms={"evidence": spent})
        standing = tuple(notice for notice in self.stages.notices if use_llm or notice != "llm_unavailable")
        notices = (*standing, *asked.notices, *([found.choice.notice] if found.choice.notice else []))
        task = Task(
            question=question.text,
            focus=found.focus,
            language=asked.query.language,
            evidence=found.evidence,
            relevance=found.relevance,
            coverage=self._coverage(asked.query.filters, found.choice),
            trace=trace,
            notices=notices,
            refusal=asked.refusal or (None if found.choice.clear else "out_of_scope"),
        )
        yield from answerer.answer(task)

    def answer(self, question: Question, *, use_llm: bool = True) -> Answer:
        """Return the whole answer at once."""
        for event in self.stream(question, use_llm=use_llm):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("an answer stream always ends with Done")

    def documents(self, filters: Filters = Filters()) -> Iterator[DocumentSummary]:
        """Yield the documents that the caller may read, by ascending id."""
        return self.stages.store.list(self._within(filters))

    def document(self, doc_id: str) -> Document:
        """Return one document with its links. One outside the scope is reported exactly as one that does not exist."""
        document = self.stages.store.get(doc_id)
        if document is None or not self.scope.allows(document.patient_id):
            raise NotFound("document_not_found", doc_id=doc_id)
        return replace(document, links=self.stages.store.linked(document))

    def _within(self, filters: Filters) -> Filters:
        """Return the filters within the caller's scope; a patient whose id was merged is looked for under the one that survives."""
        if filters.patient_ids:
            filters = replace(filters, patient_ids=self.stages.store.surviving(filters.patient_ids))
        return self.scope.narrow(filters)

    def _asked(self, question: Question) -> _Asked:
        text = checked_question(question.text)
        query = query_of(text, question.language, self._within(question.filters), question.history)
        named = named_patients(text, filter(self.scope.allows, self.stages.store.patients()))
        chosen = query.filters.patient_ids
        if not named:
            return _Asked(query)
        if chosen is not None and not named & chosen:
            return _Asked(query, ("other_patient_named",), "out_of_scope")
        if len(named) == 1 and (chosen is None or len(chosen) > 1):
            narrowed = query.filters.narrowed(Filters(patient_ids=named, literature=False))
            return _Asked(replace(query, filters=narrowed), ("patient_from_question",))
        return _Asked(query)

    def _found(self, asked: _Asked) -> _Found:
        """Return the first choice of hits whose evidence bears on the question, else the one that comes closest."""
        if asked.refusal is not None:
            return _Found(PatientChoice(()), asked.query.text, (), Relevance(0.0))
        tried = []
        for choice in self._choices(asked.query):
            focus = without_names(asked.query.text, named_in(asked.query.text, names_of(choice.hits) | person_names([asked.query.text])))
            hits = naming_the_drugs(focus, choice.hits)
            evidence = self.stages.selector.select(focus, asked.query.language, hits) if choice.clear else ()
            relevance = self.stages.writer.relevance(focus, asked.query.language, evidence)
            tried.append(_Found(choice, focus, evidence, relevance))
            if relevance.score >= self.stages.writer.gate.threshold:
                return tried[-1]
        return max(tried, key=lambda found: (found.relevance.score, not found.choice.clear))

    def _choices(self, query: Query) -> Iterator[PatientChoice]:
        """Yield what may answer: of the patient in the filters alone; else of a patient the question names, or literature, then records."""
        hits = self._hits(query)
        if query.filters.patient_ids is not None:
            yield PatientChoice(tuple(hits)) if len(query.filters.patient_ids) <= 1 else choose_patient(query.text, hits)
            return
        if not named_in(query.text, names_of(hits)) and query.filters.literature:
            literature = self._hits(replace(query, filters=query.filters.narrowed(Filters(patient_ids=frozenset()))))
            yield PatientChoice(tuple(literature))
        if any(hit.passage.patient_id is not None for hit in hits):
            yield choose_patient(query.text, hits)

    def _hits(self, query: Query) -> list[ScoredPassage]:
        return self._current(self.stages.retriever.search(query, self.stages.answer_depth, self.stages.mode).hits)

    def _coverage(self, filters: Filters, choice: PatientChoice) -> Coverage:
        """What was searched; an answer that speaks of a patient says whose documents."""
        coverage = self.stages.store.coverage(filters)
        return coverage if choice.patient_id is None else replace(coverage, patient_id=choice.patient_id)

    def _current(self, hits: Sequence[ScoredPassage]) -> list[ScoredPassage]:
        """Drop passages, and copies, that are not of the visible version of their document."""
        ready = self.stages.store.ready_revisions({passage.doc_id for hit in hits for passage in (hit.passage, *hit.copies)})

        def is_current(passage: Passage) -> bool:
            return ready.get(passage.doc_id) == passage.revision

        return [replace(hit, copies=tuple(filter(is_current, hit.copies))) for hit in hits if is_current(hit.passage)]


def checked_question(text: str) -> str:
    """Return the question without outer space, or raise ``UsageError`` where it is empty or too long."""
    stripped = text.strip()
    if not any(character.isalnum() for character in stripped):
        raise UsageError("question_empty")
    if len(stripped) > MAX_QUESTION_CHARS:
        raise UsageError("question_too_long", length=len(stripped), limit=MAX_QUESTION_CHARS)
    return stripped


def _ms_since(since: float) -> float:
    return round(1000 * (time.perf_counter() - since), 2)


def _traced(trace: Trace, answerer: Answerer, language: str) -> Trace:
    """The model and the prompt that an answer comes from; none where sentences are quoted."""
    if answerer.generator is None:
        return replace(trace, model="none")
    prompt = answerer.generator.prompt(language)
    return replace(trace, prompt_id=prompt.prompt_id, prompt_sha256=prompt.sha256)
