"""Whether an answer rests on the right documents, on exact quotes, and on nobody else's record. Each is told
a case of its domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eval.metrics.answers.case import AnswerCase
from eval.metrics.answers.library import Place
from eval.statistics.scores import Score, Unscored
from rag.clinical.language import detect_language
from rag.contract import AnswerJson, CitationJson
from rag.core.text import overlap


def citations_of(answer: AnswerJson) -> Iterator[CitationJson]:
    """Yield every citation of what is shown."""
    return (citation for claim in answer.claims for citation in claim.citations)


def doc_hit(case: AnswerCase) -> float:
    """1 where a gold document is cited; 0 where it is not, or the answer abstains from an answerable
    question.
    """
    wanted = case.library.resolve(case.question.gold_docs)
    return float(any(citation.doc_id in wanted for citation in citations_of(case.answer)))


def gold_quote_hit(case: AnswerCase) -> float:
    """1 where a citation overlaps a gold quote in the same document; 0 as for ``doc_hit``."""
    places = case.library.gold_places(case.question)
    return float(any(_overlaps(citation, places) for citation in citations_of(case.answer)))


def gold_quote_precision(case: AnswerCase) -> Score:
    """Share of the citations that overlap a gold quote. Needs no judge; citing other right places counts
    against it.
    """
    places, cited = case.library.gold_places(case.question), list(citations_of(case.answer))
    return (
        sum(_overlaps(citation, places) for citation in cited) / len(cited)
        if cited
        else Unscored("no_citation")
    )


def gold_quote_recall(case: AnswerCase) -> float:
    """Share of the gold quotes that a citation overlaps; 0 as for ``doc_hit``. Quotes that say the same count
    apart.

    A quote that stands in no document counts as missed where another is found: its document was not read, or
    the gold is stale.
    """
    places, cited = case.library.gold_places(case.question), list(citations_of(case.answer))
    hit = {place.quote for place in places if any(_overlaps(citation, [place]) for citation in cited)}
    return len(hit) / len(case.question.gold_quotes)


def quote_exact(case: AnswerCase) -> Score:
    """Share of the citations whose quote is the stored document's text at its offsets. Anything below 1 is a
    fault.
    """
    exact = []
    for citation in citations_of(case.answer):
        document = case.library.document(citation.doc_id)
        exact.append(
            bool(citation.quote)
            and document is not None
            and document.text[citation.start : citation.end] == citation.quote
        )
    return sum(exact) / len(exact) if exact else Unscored("no_citation")


def wrong_patient(case: AnswerCase) -> float:
    """Number of citations and pieces of evidence from another patient's record than the question's. Anything
    above 0 is a fault.
    """
    shown = [
        *(citation.doc_id for citation in citations_of(case.answer)),
        *(item.doc_id for item in case.answer.evidence),
    ]
    patients = {
        doc_id: document.patient_id
        for doc_id in set(shown)
        if (document := case.library.document(doc_id)) is not None
    }
    return float(sum(patients.get(doc_id) not in (None, case.question.patient_id) for doc_id in shown))


def mixed_patients(case: AnswerCase) -> float:
    """Number of patients beyond the first whose records one answer cites. Anything above 0 is a fault,
    whoever was asked about.
    """
    documents = [
        case.library.document(doc_id)
        for doc_id in {citation.doc_id for citation in citations_of(case.answer)}
    ]
    patients = {
        document.patient_id
        for document in documents
        if document is not None and document.patient_id is not None
    }
    return float(max(0, len(patients) - 1))


def answer_language(case: AnswerCase) -> float:
    """1 where the answer is in the question's language. Text that gives no sign (a dose alone) counts as
    being in it.
    """
    wanted = case.question.language or detect_language(case.question.text)
    return float(detect_language(case.answer.answer, default=wanted) == wanted)


def _overlaps(citation: CitationJson, places: Iterable[Place]) -> bool:
    return any(
        citation.doc_id == place.doc_id and overlap((citation.start, citation.end), place.span) > 0
        for place in places
    )
