"""An answer that is pictures: each with the sentence of its report, quoted word for word.

The pictures are not interpreted. One that no sentence of a report describes is no answer; a sentence that
speaks to a machine is left out, as everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rag.answer.answerer import AnswerTask
from rag.answer.compose import placed
from rag.answer.instructed import without_instructions
from rag.core.pictures import ImageHit, ReportQuote
from rag.core.types import (
    Answer,
    AnswerEvent,
    AnswerPart,
    Citation,
    CitedPicture,
    Claim,
    ClaimChecked,
    Done,
    Evidence,
    EvidenceFound,
    Filters,
    Passage,
    Query,
    ScoredPassage,
)
from rag.retrieve.images.search import ImageSearch
from rag.understand import understand
from rag.understand.pictures import asks_for_pictures, dates_asked, wanted_of

MOST = 6
"""Pictures of one answer."""
PassagesOf = Callable[[Sequence[str]], Sequence[Passage]]


def pictures_asked(
    search: ImageSearch, query: Query, passages_of: PassagesOf
) -> tuple[list[ImageHit], tuple[Evidence, ...], str | None] | None:
    """Return the pictures that a question asks to be shown, the passages of their reports, and whose they
    are; None where it asks for none, or none of one patient (or of the literature) is described. The filters
    are within the caller's scope.
    """
    read = understand(query.text, query.language, history=query.history)
    if not read.parts or not asks_for_pictures(read):
        return None
    part = read.parts[0]
    first, last = dates_asked(part.when)
    within = query.filters.narrowed(Filters(date_from=first, date_to=last))
    hits = list(search.search(wanted_of(part, query.language), within, MOST).hits)
    if part.when.mode == "latest":
        hits = sorted(hits, key=lambda hit: hit.entry.authored_at or "", reverse=True)[:1]
    patients = {hit.entry.patient_id for hit in hits} - {None}
    evidence = pictured_evidence(hits, passages_of)
    if len(patients) > 1 or not evidence:
        return None
    return hits, evidence, next(iter(patients), None)


def pictured_evidence(hits: Sequence[ImageHit], passages_of: PassagesOf) -> tuple[Evidence, ...]:
    """Return the passages that hold the sentences of the pictures' reports, each once, in the order of the
    pictures.
    """
    held = passages_of(sorted({hit.report.doc_id for hit in hits if hit.report is not None}))
    found: dict[str, ScoredPassage] = {}
    for hit in hits:
        passage = None if hit.report is None else _holding(hit.report, held)
        if passage is not None and passage.passage_id not in found:
            rank = len(found) + 1
            found[passage.passage_id] = ScoredPassage(passage, hit.score, rank, "pictures")
    return without_instructions(
        tuple(
            Evidence(one.rank, one, one.passage.start, one.passage.end, one.passage.text)
            for one in found.values()
        )
    )


def answer_pictured(task: AnswerTask, hits: Sequence[ImageHit]) -> Iterator[AnswerEvent]:
    """Yield the events of an answer whose evidence is ``pictured_evidence``; the last is ``Done``."""
    began = time.perf_counter()
    yield EvidenceFound(task.evidence, task.coverage)
    claims = list(_claims(task.evidence, hits))
    for claim in claims:
        yield ClaimChecked(claim, withheld=False)
    text, shown = placed(claims)
    spent = round(1000 * (time.perf_counter() - began), 2)
    part = AnswerPart(task.question, "answered", tuple(range(len(shown))))
    yield Done(
        Answer(
            question=task.question,
            language=task.language,
            answer=text,
            abstained=False,
            abstain_reason=None,
            claims=shown,
            withheld=(),
            contradictions=(),
            evidence=task.evidence,
            coverage=task.coverage,
            invalid_markers=0,
            trace=replace(task.trace, timings_ms={**task.trace.timings_ms, "pictures": spent}),
            notices=task.notices,
            relevance=1.0,
            parts=(part,),
        )
    )


def _claims(evidence: Sequence[Evidence], hits: Sequence[ImageHit]) -> Iterator[Claim]:
    """Yield one sentence a report, with all the pictures that it describes."""
    pictures: dict[ReportQuote, list[CitedPicture]] = {}
    for hit in hits:
        if hit.report is not None:
            shown = CitedPicture(hit.entry.doc_id, hit.entry.frame, hit.entry.page)
            pictures.setdefault(replace(hit.report, by=""), []).append(shown)
    for quote, cited in pictures.items():
        item = next((one for one in evidence if _is_in(quote, one.scored.passage)), None)
        if item is None:
            continue
        passage = item.scored.passage
        place = Citation(
            item.marker,
            quote.doc_id,
            passage.passage_id,
            quote.quote,
            quote.start,
            quote.end,
            passage.page,
            passage.evidence_level,
            passage.retracted,
        )
        yield Claim(quote.quote, 0, 0, (place,), "full", 1.0, "quoted", pictures=tuple(cited))


def _holding(quote: ReportQuote, held: Sequence[Passage]) -> Passage | None:
    return next((passage for passage in held if _is_in(quote, passage)), None)


def _is_in(quote: ReportQuote, passage: Passage) -> bool:
    return passage.doc_id == quote.doc_id and passage.start <= quote.start and quote.end <= passage.end
