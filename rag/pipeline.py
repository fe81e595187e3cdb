"""Ingest, search, answer, forget: one façade over the stages, shared by the command line, the API and the
evaluation.

It keeps two promises: nothing outside the caller's scope enters or leaves, and nothing is shown but the
current version of a document.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.access import Scope
from rag.answer.answerer import Answerer, AnswerTask
from rag.answer.binding import ReadyQuestion, bound
from rag.answer.finding import EvidenceFinder, FoundEvidence, nothing_found
from rag.answer.from_facts.way import FactWay, Plan, PlannedPart
from rag.answer.mixed import MixedTask, answer_mixed, as_one_part
from rag.answer.pictured import answer_pictured, pictures_asked
from rag.answer.planning import (
    PartSource,
    nearest_first,
    notices_of,
    sources_of,
    text_for,
    unanswered,
)
from rag.answer.sought import StatedFilter, sought_of
from rag.answer.write.translation import Translator
from rag.clinical.persons import named_in
from rag.core.errors import NotFound
from rag.core.protocols import PassageIndex
from rag.core.stages import ended
from rag.core.types import (
    Answer,
    AnswerEvent,
    Coverage,
    Document,
    Done,
    Filters,
    Notice,
    Query,
    ScoredPassage,
    SearchResult,
    Trace,
)
from rag.retrieve.evidence import EvidenceSelector
from rag.retrieve.images.search import ImageSearch
from rag.retrieve.patients import PatientChoice, names_of
from rag.retrieve.query import query_of
from rag.retrieve.retriever import Mode, Retriever
from rag.retrieve.stated import StatedRanking
from rag.store.documents import DocumentStore
from rag.store.records import DocumentSummary
from rag.understand import QuestionPart, Understood, understand
from rag.understand.alerts import alerts_in, is_all_addressed
from rag.understand.limits import MAX_QUESTION_CHARS as MAX_QUESTION_CHARS
from rag.understand.limits import checked_question as checked_question

AnswerMode = Literal["auto", "quote", "write"]
"""``quote``: facts and the documents' own words; ``write``: the language model writes; ``auto``: it writes
what facts leave open.
"""
_UNANSWERED: frozenset[Notice] = frozenset({"suicidal", "language_not_served"})
_SPARE = 10
"""Hits asked for beyond ``k``, so that dropping the passages of replaced versions does not shorten the list.
"""
_FILTERED = 5
"""Times ``k`` hits asked for where those that state something else are dropped."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks. ``language`` None means the question's own; ``history`` holds earlier questions,
    oldest first.
    """

    text: str
    language: str | None = None
    filters: Filters = field(default_factory=Filters)
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stages:
    """The parts that ``rag/build.py`` puts together. ``notices`` are what every answer must say of them, e.g.
    a model that is missing.
    """

    store: DocumentStore
    index: PassageIndex
    retriever: Retriever
    selector: EvidenceSelector
    writer: Answerer
    extractor: Answerer
    trace: Trace
    answer_depth: int
    mode: Mode = "hybrid"
    answer_mode: AnswerMode = "quote"
    facts: FactWay | None = None
    stated: StatedRanking | None = None
    notices: tuple[Notice, ...] = ()
    translator: Translator | None = None
    pictures: ImageSearch | None = None


@dataclass(frozen=True, slots=True)
class _Answering:
    """One answer on its way: the question, who answers, and what every answer must say."""

    question: Question
    asked: ReadyQuestion
    answerer: Answerer
    standing: tuple[Notice, ...]
    started: float


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Search and answers over one home."""

    stages: Stages
    scope: Scope = field(default_factory=Scope)

    def search(
        self,
        text: str,
        *,
        k: int,
        filters: Filters = Filters(),
        language: str | None = None,
        mode: Mode | None = None,
        stated: StatedFilter = StatedFilter(),
    ) -> SearchResult:
        """Rank passages; what they state of the things asked counts, and ``stated`` keeps only what fits it.

        Raises:
            UsageError: the query is empty or too long.
            NotAllowed: the filters name a patient outside the scope.
        """
        text = checked_question(text)
        query = query_of(text, language, self._within(filters))
        ranking, sought = self.stages.stated, sought_of(text, stated)
        if ranking is not None:
            query = replace(query, filters=ranking.narrowed(query.filters, sought))
        found = self.stages.retriever.search(
            query, k + _SPARE if stated.is_empty else _FILTERED * k + _SPARE, mode or self.stages.mode
        )
        hits = self._finder.current(found.hits)
        if ranking is not None:
            hits = ranking.ranked(text, hits, query.filters, sought)
        hits = hits[:k]
        self.scope.check(hit.passage for hit in hits)
        return replace(found, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)))

    def stream(self, question: Question, *, use_llm: bool | None = None) -> Iterator[AnswerEvent]:
        """Answer, as ``_events`` does; quotes in another language have a translation in the whole answer,
        where a model is here and may be asked.
        """
        translator = None if use_llm is False else self.stages.translator
        for event in self._events(question, use_llm=use_llm):
            if isinstance(event, Done) and translator is not None:
                event = Done(translator.with_translations(event.answer))
            yield event

    def _events(self, question: Question, *, use_llm: bool | None = None) -> Iterator[AnswerEvent]:
        """Answer, as events: evidence, each sentence once it is checked, the whole answer. Raises as
        ``search`` does.

        ``use_llm`` true has the language model write, false quotes; None does as the settings say
        (``answer.mode``).
        """
        started = time.perf_counter()
        mode = self.stages.answer_mode if use_llm is None else "write" if use_llm else "quote"
        asked = self._asked(question)
        answerer = self.stages.extractor if mode == "quote" else self.stages.writer
        run = _Answering(question, asked, answerer, self._standing(mode), started)
        if asked.refusal is not None:
            yield from answerer.answer(self._task(run, nothing_found(asked.query)))
            return
        if (events := self._pictured(run)) is not None:
            yield from events
            return
        plan = self._plan(asked, asked.query.filters) if mode != "write" else None
        if plan is not None:
            yield from self._in_parts(run, plan, PatientChoice((), _only(asked.query.filters)))
            return
        if mode != "write" and (parts := self._literature_parts(asked.query)):
            yield from self._in_parts(run, parts, PatientChoice(()), in_literature=True)
            return
        found = self._finder.found(asked.query)
        self.scope.check(item.scored.passage for item in found.evidence)
        if mode != "write" and found.choice.patient_id is not None and found.choice.clear:
            own = asked.query.filters.narrowed(Filters.for_patient(found.choice.patient_id, literature=False))
            plan = self._plan(asked, own, found.choice.hits)
            if plan is not None:
                narrowed = replace(asked, query=replace(asked.query, filters=own))
                yield from self._in_parts(replace(run, asked=narrowed), plan, found.choice)
                return
        for event in run.answerer.answer(self._task(run, found)):
            yield Done(as_one_part(event.answer)) if isinstance(event, Done) else event

    def _pictured(self, run: _Answering) -> Iterator[AnswerEvent] | None:
        """Return the answer to a question that asks for pictures; None where ``pictures_asked`` is None."""
        stages, query, found = self.stages, run.asked.query, None
        if stages.pictures is not None and stages.facts is not None:
            found = pictures_asked(stages.pictures, query, stages.facts.passages_of)
        if found is None:
            return None
        hits, evidence, patient = found
        self.scope.check(item.scored.passage for item in evidence)
        task = AnswerTask(
            question=run.question.text,
            focus=query.text,
            language=query.language,
            evidence=evidence,
            relevance=nothing_found(query).relevance,
            coverage=replace(stages.store.coverage(query.filters), patient_id=patient),
            trace=replace(stages.extractor.traced(stages.trace, query.language), timings_ms={}),
            notices=run.asked.notices,
        )
        return answer_pictured(task, hits)

    def _in_parts(
        self, run: _Answering, plan: Plan, choice: PatientChoice, *, in_literature: bool = False
    ) -> Iterator[AnswerEvent]:
        """Answer from facts, and the parts that they leave open from sentences: those of the record, then
        those of the literature where it is asked about or alone can answer.
        """
        query = run.asked.query
        tasks: dict[int, tuple[AnswerTask, ...]] = {}
        for place, part in enumerate(plan.parts):
            if part.is_open:
                sources = sources_of(part, query.filters, in_literature=in_literature)
                found = [(source, self._found_in(source, query, part)) for source in sources]
                tasks[place] = tuple(
                    self._task(run, one, part.part if source == "record" else None)
                    for source, one in nearest_first(part, found)
                )
        self.scope.check(item.scored.passage for item in plan.evidence)
        spent = _ms_since(run.started)
        ended("answer.evidence", spent)
        answerer = run.answerer if tasks else self.stages.extractor
        notices = tuple(notice for notice in run.standing if tasks or notice == "embedder_unavailable")
        task = MixedTask(
            question=run.question.text,
            language=query.language,
            plan=plan,
            open_tasks=tasks,
            coverage=self._coverage(query.filters, choice),
            trace=replace(answerer.traced(self.stages.trace, query.language), timings_ms={"evidence": spent}),
            notices=(
                *notices,
                *run.asked.notices,
                *([choice.notice] if choice.notice else []),
                *notices_of(plan, query.filters),
            ),
        )
        yield from answer_mixed(task, answerer)

    def _found_in(self, source: PartSource, query: Query, part: PlannedPart) -> FoundEvidence:
        """Search for one part, in the record of the patient or in the literature."""
        query = replace(query, text=text_for(source, part.part))
        own = replace(query, filters=replace(query.filters, literature=False))
        found = self._finder.literature(query) if source == "literature" else self._finder.found(own)
        self.scope.check(item.scored.passage for item in found.evidence)
        return found

    def _literature_parts(self, query: Query) -> Plan | None:
        """Return the parts of a question that names nobody, where the literature answers one of several."""
        if query.filters.patient_ids or not query.filters.literature:
            return None
        plan = unanswered(understand(query.text, query.language, history=query.history))
        if len(plan.parts) < 2 or (query.filters.patient_ids is None and self._finder.names_a_person(query)):
            return None
        found = (self._found_in("literature", query, part) for part in plan.parts)
        return plan if any(map(self._finder.answers, found)) else None

    def _task(self, run: _Answering, found: FoundEvidence, part: QuestionPart | None = None) -> AnswerTask:
        spent = _ms_since(run.started)
        ended("answer.evidence", spent)
        language = run.asked.query.language
        return AnswerTask(
            question=run.question.text,
            focus=found.focus,
            language=language,
            evidence=found.evidence,
            relevance=found.relevance,
            coverage=self._coverage(run.asked.query.filters, found.choice),
            trace=replace(run.answerer.traced(self.stages.trace, language), timings_ms={"evidence": spent}),
            notices=(
                *run.standing,
                *run.asked.notices,
                *([found.choice.notice] if found.choice.notice else []),
            ),
            refusal=run.asked.refusal or (None if found.choice.clear else "out_of_scope"),
            part=part,
        )

    def _standing(self, mode: AnswerMode) -> tuple[Notice, ...]:
        return tuple(one for one in self.stages.notices if mode != "quote" or one != "llm_unavailable")

    def _plan(
        self, asked: ReadyQuestion, filters: Filters, hits: Sequence[ScoredPassage] = ()
    ) -> Plan | None:
        """Return what the facts of the one patient of the filters answer; None where there is no such
        patient, or no facts are kept.
        """
        if self.stages.facts is None or asked.refusal is not None or _only(filters) is None:
            return None
        return self.stages.facts.plan(
            self._understood(asked.query, filters, hits), replace(filters, literature=False)
        )

    def _understood(self, query: Query, filters: Filters, hits: Sequence[ScoredPassage]) -> Understood:
        """Read the question; a word that nothing explains may be the patient's name, which the documents
        tell.
        """
        language = query.language if query.is_told else None
        understood = understand(query.text, language, history=query.history)
        if any(part.words for part in understood.parts):
            names = named_in(query.text, names_of(hits) | self._finder.names(filters))
            if names:
                understood = understand(query.text, language, history=query.history, names=names)
        return replace(understood, language=query.language) if query.is_told else understood

    def answer(self, question: Question, *, use_llm: bool | None = None) -> Answer:
        """Return the whole answer at once."""
        for event in self.stream(question, use_llm=use_llm):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("an answer stream always ends with Done")

    def documents(self, filters: Filters = Filters()) -> Iterator[DocumentSummary]:
        """Yield the documents that the caller may read, by ascending id."""
        return self.stages.store.list(self._within(filters))

    def document(self, doc_id: str) -> Document:
        """Return one document with its links. One outside the scope is reported exactly as one that does not
        exist.
        """
        document = self.stages.store.get(doc_id)
        if document is None or not self.scope.opens(document.patient_id, doc_id):
            raise NotFound("document_not_found", doc_id=doc_id)
        links = self.stages.store.linked(document)
        return replace(
            document, links=tuple(one for one in links if one.doc_id not in self.scope.barred_docs)
        )

    def _within(self, filters: Filters) -> Filters:
        """Return the filters within the caller's scope; a patient whose id was merged is looked for under the
        one that survives.
        """
        if filters.patient_ids:
            filters = replace(filters, patient_ids=self.stages.store.surviving(filters.patient_ids))
        return self.scope.narrow(filters)

    def _asked(self, question: Question) -> ReadyQuestion:
        text = checked_question(question.text)
        query = query_of(text, question.language, self._within(question.filters), question.history)
        if not query.is_told and (spoken := self._finder.spoken(query)):
            query = replace(query, language=spoken)
        asked = bound(text, query, self.scope, self.stages.store)
        if not (alerts := alerts_in(text)):
            return asked
        refused = _UNANSWERED & set(alerts) or is_all_addressed(text)
        return replace(asked, notices=alerts, refusal="out_of_scope" if refused else None)

    @property
    def _finder(self) -> EvidenceFinder:
        stages = self.stages
        return EvidenceFinder(
            stages.store,
            stages.retriever,
            stages.selector,
            stages.extractor,
            stages.answer_depth,
            stages.mode,
        )

    def _coverage(self, filters: Filters, choice: PatientChoice) -> Coverage:
        """What was searched; an answer that speaks of a patient says whose documents."""
        coverage = self.stages.store.coverage(filters)
        return coverage if choice.patient_id is None else replace(coverage, patient_id=choice.patient_id)


def _only(filters: Filters) -> str | None:
    """Return the one patient of the filters."""
    return (
        next(iter(filters.patient_ids))
        if filters.patient_ids is not None and len(filters.patient_ids) == 1
        else None
    )


def _ms_since(since: float) -> float:
    return round(1000 * (time.perf_counter() - since), 2)
