"""Evidence for a question: of the patient in the filters alone; else of a patient the question names, or
literature, then records. One answer speaks of one patient at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag.answer.answerer import Answerer
from rag.answer.relevance.cases import CaseChoice, of_the_case, weighed
from rag.answer.relevance.drugs import naming_the_drugs
from rag.answer.relevance.gate import Relevance
from rag.clinical.language import language_of
from rag.clinical.persons import named_in, person_names, without_names
from rag.core.types import Evidence, Filters, Passage, Query, ScoredPassage
from rag.retrieve.evidence import EvidenceSelector
from rag.retrieve.patients import PatientChoice, choose_patient, names_of
from rag.retrieve.retriever import Mode, Retriever
from rag.store.documents import DocumentStore

LITERATURE_ALONE = Filters(patient_ids=frozenset())
_DOCUMENTS_LOOKED_AT = 12
"""Documents of a record that tell its language and the patient's name."""


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """Evidence of one patient or of the literature, with how likely it answers. ``focus`` is the question
    without persons' names.
    """

    choice: PatientChoice
    focus: str
    evidence: tuple[Evidence, ...]
    relevance: Relevance


@dataclass(frozen=True, slots=True)
class EvidenceFinder:
    """Searches and selects. The filters of a query are within the caller's scope. ``depth`` is how many
    passages are looked at.
    """

    store: DocumentStore
    retriever: Retriever
    selector: EvidenceSelector
    answerer: Answerer
    depth: int
    mode: Mode

    def found(self, query: Query) -> FoundEvidence:
        """Return the first choice of hits whose evidence bears on the question, else the one that comes
        closest.
        """
        tried = []
        for choice in self._choices(query):
            tried.append(self._weighed(query, choice))
            if self.answers(tried[-1]):
                return tried[-1]
        return max(tried, key=lambda found: (found.relevance.score, not found.choice.clear))

    def literature(self, query: Query) -> FoundEvidence:
        """Return the evidence of the literature alone."""
        apart = replace(query, filters=query.filters.narrowed(LITERATURE_ALONE))
        return self._weighed(apart, PatientChoice(tuple(self._hits(apart))))

    def answers(self, found: FoundEvidence) -> bool:
        """Tell whether evidence is near enough to the question to answer it."""
        return found.relevance.score >= self.answerer.gate.threshold

    def names_a_person(self, query: Query) -> bool:
        """Tell whether a question names somebody, by a title or because the documents do."""
        return bool(person_names([query.text]) or named_in(query.text, names_of(self._hits(query))))

    def spoken(self, query: Query) -> str | None:
        """Return the language to answer a question in that shows none: that of the conversation, else of the
        patient's documents.
        """
        for earlier in reversed(query.history):
            if told := language_of(earlier):
                return told
        if query.filters.patient_ids is None or len(query.filters.patient_ids) != 1:
            return None
        listed = islice(self.store.list(query.filters), _DOCUMENTS_LOOKED_AT)
        languages = [summary.language for summary in listed if summary.patient_id is not None]
        return max(sorted(set(languages)), key=languages.count, default=None)

    def names(self, filters: Filters) -> frozenset[str]:
        """Return the names of persons that the documents speak of."""
        doc_ids = [summary.doc_id for summary in islice(self.store.list(filters), _DOCUMENTS_LOOKED_AT)]
        return person_names(self.store.texts(doc_ids).values())

    def current(self, hits: Sequence[ScoredPassage]) -> list[ScoredPassage]:
        """Drop passages, and copies, that are not of the visible version of their document."""
        ready = self.store.ready_revisions(
            {passage.doc_id for hit in hits for passage in (hit.passage, *hit.copies)}
        )

        def is_current(passage: Passage) -> bool:
            return ready.get(passage.doc_id) == passage.revision

        return [
            replace(hit, copies=tuple(filter(is_current, hit.copies)))
            for hit in hits
            if is_current(hit.passage)
        ]

    def _weighed(self, query: Query, choice: PatientChoice) -> FoundEvidence:
        focus = without_names(
            query.text, named_in(query.text, names_of(choice.hits) | person_names([query.text]))
        )
        case = self._case(focus, query.language, naming_the_drugs(focus, choice.hits))
        evidence = self.selector.select(focus, query.language, case.hits) if choice.clear else ()
        found = self.answerer.relevance(focus, query.language, evidence)
        relevance = weighed(found, case, self.answerer.extractor.read(focus, evidence))
        return FoundEvidence(choice, focus, evidence, relevance)

    def _case(self, focus: str, language: str, hits: Sequence[ScoredPassage]) -> CaseChoice:
        texts = self.store.texts({hit.passage.doc_id for hit in hits if hit.passage.patient_id is None})
        return of_the_case(self.answerer.gate, focus, language, hits, texts)

    def _choices(self, query: Query) -> Iterator[PatientChoice]:
        hits = self._hits(query)
        if query.filters.patient_ids is not None:
            yield (
                PatientChoice(tuple(hits))
                if len(query.filters.patient_ids) <= 1
                else choose_patient(query.text, hits)
            )
            return
        if not named_in(query.text, names_of(hits)) and query.filters.literature:
            literature = self._hits(replace(query, filters=query.filters.narrowed(LITERATURE_ALONE)))
            yield PatientChoice(tuple(literature))
        if any(hit.passage.patient_id is not None for hit in hits):
            yield choose_patient(query.text, hits)

    def _hits(self, query: Query) -> list[ScoredPassage]:
        return self.current(self.retriever.search(query, self.depth, self.mode).hits)


def nothing_found(query: Query) -> FoundEvidence:
    """Return what a question that is not searched finds."""
    return FoundEvidence(PatientChoice(()), query.text, (), Relevance(0.0))
