"""Whether an answer rests on the right documents, on exact quotes, and on nobody else's record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from eval.datasets.questions import EvalQuestion
from eval.scores import Score, Unscored
from rag.clinical.language import detect_language
from rag.contract import AnswerJson, CitationJson
from rag.core.text import Span, overlap
from rag.core.types import Document

DocumentOf = Callable[[str], Document | None]
"""Gives a stored document by id, None where there is none."""

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Library:
    """The stored documents, by id, and the ids by the names that gold may use for them."""

    document: DocumentOf
    names: Mapping[str, frozenset[str]]
    _found: dict[tuple[str, ...], list[_Place]] = field(default_factory=dict, compare=False, repr=False)

    def resolve(self, gold: Iterable[str]) -> frozenset[str]:
        """Return the ids of the documents that gold names: by id, or by the end of the path of the source file, with or without suffix."""
        return frozenset().union(*(self.names.get(name, frozenset()) for name in gold))

    def places(self, quotes: tuple[str, ...], doc_ids: Iterable[str]) -> list[_Place]:
        """Return where gold quotes stand in some documents; in all of them, looked through once, where none is named."""
        if named := sorted(doc_ids):
            return [place for doc_id in named for place in _places(doc_id, self.document(doc_id), quotes)]
        if quotes not in self._found:
            every = sorted(frozenset().union(*self.names.values()))
            self._found[quotes] = [place for doc_id in every for place in _places(doc_id, self.document(doc_id), quotes)]
        return self._found[quotes]


def names_of(doc_id: str, uri: str) -> set[str]:
    """Return the names that gold may use for a document. A record of a file of many goes by its id only."""
    parts = urlsplit(uri)
    if parts.fragment:
        return {doc_id}
    steps = PurePosixPath(unquote(parts.path).lstrip("/")).parts
    ends = [PurePosixPath(*steps[start:]) for start in range(len(steps))]
    return {doc_id, *(str(name) for end in ends for name in (end, end.with_suffix("")))}


def citations_of(answer: AnswerJson) -> Iterator[CitationJson]:
    """Yield every citation of what is shown."""
    return (citation for claim in answer.claims for citation in claim.citations)


def doc_hit(question: EvalQuestion, answer: AnswerJson, library: Library) -> Score:
    """1 where a gold document is cited; 0 where it is not, or the answer abstains from an answerable question."""
    if question.answerable is False or not question.gold_docs:
        return Unscored("unanswerable" if question.answerable is False else "no_gold_docs")
    if not (wanted := library.resolve(question.gold_docs)):
        return Unscored("gold_docs_not_indexed")
    return float(any(citation.doc_id in wanted for citation in citations_of(answer)))


def gold_quote_hit(question: EvalQuestion, answer: AnswerJson, library: Library) -> Score:
    """1 where a citation overlaps a gold quote in the same document; 0 as for ``doc_hit``."""
    places = _gold_places(question, library)
    if isinstance(places, Unscored):
        return places
    return float(any(_overlaps(citation, places) for citation in citations_of(answer)))


def gold_quote_precision(question: EvalQuestion, answer: AnswerJson, library: Library) -> Score:
    """Share of the citations that overlap a gold quote. Needs no judge; citing other right places counts against it."""
    places = _gold_places(question, library)
    if isinstance(places, Unscored):
        return places
    cited = list(citations_of(answer))
    return sum(_overlaps(citation, places) for citation in cited) / len(cited) if cited else Unscored("abstained")


def gold_quote_recall(question: EvalQuestion, answer: AnswerJson, library: Library) -> Score:
    """Share of the gold quotes that a citation overlaps; 0 as for ``doc_hit``. Quotes that say the same count apart.

    A quote that stands in no document counts as missed where another is found: its document was not read, or the gold is stale.
    """
    places = _gold_places(question, library)
    if isinstance(places, Unscored):
        return places
    cited = list(citations_of(answer))
    hit = {place.quote for place in places if any(_overlaps(citation, [place]) for citation in cited)}
    return len(hit) / len(question.gold_quotes)


def quote_exact(answer: AnswerJson, library: Library) -> Score:
    """Share of the citations whose quote is the stored document's text at its offsets. Anything below 1 is a fault."""
    exact = []
    for citation in citations_of(answer):
        document = library.document(citation.doc_id)
        exact.append(bool(citation.quote) and document is not None and document.text[citation.start : citation.end] == citation.quote)
    return sum(exact) / len(exact) if exact else Unscored("abstained")


def wrong_patient(question: EvalQuestion, answer: AnswerJson, library: Library) -> Score:
    """Number of citations and pieces of evidence from another patient's record than the question's. Anything above 0 is a fault."""
    if question.patient_id is None:
        return Unscored("no_patient")
    shown = [*(citation.doc_id for citation in citations_of(answer)), *(item.doc_id for item in answer.evidence)]
    patients = {doc_id: document.patient_id for doc_id in set(shown) if (document := library.document(doc_id)) is not None}
    return float(sum(patients.get(doc_id) not in (None, question.patient_id) for doc_id in shown))


def answer_language(question: EvalQuestion, answer: AnswerJson) -> Score:
    """1 where the answer is in the question's language. Text that gives no sign (a dose alone) counts as being in it."""
    if answer.abstained:
        return Unscored("abstained")
    wanted = question.language or detect_language(question.text)
    return float(detect_language(answer.answer, default=wanted) == wanted)


def mixed_patients(answer: AnswerJson, library: Library) -> Score:
    """Number of patients beyond the first whose records one answer cites. Anything above 0 is a fault, whoever was asked about."""
    if not answer.claims:
        return Unscored("abstained")
    documents = [library.document(doc_id) for doc_id in {citation.doc_id for citation in citations_of(answer)}]
    patients = {document.patient_id for document in documents if document is not None and document.patient_id is not None}
    return float(max(0, len(patients) - 1))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a gold quote, by number, stands."""

    quote: int
    doc_id: str
    span: Span


def _gold_places(question: EvalQuestion, library: Library) -> list[_Place] | Unscored:
    if question.answerable is False or not question.gold_quotes:
        return Unscored("unanswerable" if question.answerable is False else "no_gold_quotes")
    return library.places(question.gold_quotes, library.resolve(question.gold_docs)) or Unscored("gold_quotes_not_found")


def _overlaps(citation: CitationJson, places: Iterable[_Place]) -> bool:
    return any(citation.doc_id == place.doc_id and overlap((citation.start, citation.end), place.span) > 0 for place in places)


def _places(doc_id: str, document: Document | None, quotes: Iterable[str]) -> Iterator[_Place]:
    """Find gold quotes in a text; white space may differ, nothing else."""
    for number, quote in enumerate(quotes if document is not None else ()):
        pattern = r"\s+".join(re.escape(word) for word in _SPACE.split(quote.strip()) if word)
        for found in re.finditer(pattern, document.text) if document is not None else ():
            yield _Place(number, doc_id, found.span())
