"""A rated answer as a candidate question: what was asked, what was said of the answer, and what gold that
suggests.

Nothing is gold before a person says so. What is proposed comes from what a reader called good, and from
nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from rag.clinical.language import detect_language
from rag.contract import AnswerJson, CitationJson
from rag.store.people.conversations import Feedback
from rag.store.people.ratings import RatedTurn

TextsOf = Callable[[Iterable[str]], Mapping[str, str]]
"""Gives the texts of stored documents by id; those that are not there are left out."""

_WORST_FIRST = ("dangerous", "wrong", "unsupported", "incomplete", "good")
_GOOD = "good"


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader said of one sentence of the answer, or of all of it (``claim`` and ``sentence`` None)."""

    claim: int | None
    sentence: str | None
    verdict: str
    comment: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A document that the answer cited, with the quote."""

    doc_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One rated answer. ``gold_docs``, ``gold_quotes`` and ``answerable`` are proposed; ``rating`` is the
    worst verdict given.

    ``stale``: a quote of the answer is no longer in the stored document, so that it cannot be proposed.
    """

    id: str
    question: str
    language: str
    patient_id: str | None
    answerable: bool | None
    gold_docs: tuple[str, ...]
    gold_quotes: tuple[str, ...]
    rating: str
    comment: str
    remarks: tuple[Remark, ...]
    earlier_questions: tuple[str, ...]
    answer: str
    abstained: bool
    cited: tuple[Cited, ...]
    stale: bool
    asked_at: str
    said_at: str

    def to_json(self) -> dict[str, object]:
        """Return the line of the file: undecided, with a mark by which a later export sees whether anybody
        touched it.
        """
        values = json.loads(json.dumps(asdict(self)))  # tuples as lists, as they are read back
        line = {"_id": values.pop("id"), "status": "candidate", **values}
        return {**line, "untouched": mark_of(line)}


def mark_of(line: Mapping[str, object]) -> str:
    """Return a digest of everything in a line but the mark itself."""
    values = {name: value for name, value in line.items() if name != "untouched"}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def candidate(turn: RatedTurn, texts_of: TextsOf) -> Candidate:
    """Return what a rated answer suggests. The same answer gives the same id at every export."""
    answer = AnswerJson.model_validate(turn.answer)
    cited = [citation for claim in answer.claims for citation in claim.citations]
    texts = texts_of({citation.doc_id for citation in cited})
    gold = [citation for citation in _good(answer, turn.said) if _stands(citation, texts)]
    return Candidate(
        id=f"fb-{turn.turn_id}",
        question=turn.question,
        language=detect_language(turn.question, default=answer.language),
        patient_id=turn.patient_id,
        answerable=_answerable(answer, turn.said, has_gold=bool(gold)),
        gold_docs=tuple(dict.fromkeys(citation.doc_id for citation in gold)),
        gold_quotes=tuple(dict.fromkeys(citation.quote for citation in gold)),
        rating=min((remark.verdict for remark in turn.said), key=_WORST_FIRST.index),
        comment="\n".join(remark.comment for remark in turn.said if remark.comment),
        remarks=tuple(_remark(remark, answer) for remark in turn.said),
        earlier_questions=turn.earlier,
        answer=answer.answer,
        abstained=answer.abstained,
        cited=tuple(Cited(citation.doc_id, citation.quote) for citation in cited),
        stale=not all(_stands(citation, texts) for citation in cited),
        asked_at=turn.asked_at,
        said_at=turn.said_at,
    )


def _good(answer: AnswerJson, said: Iterable[Feedback]) -> list[CitationJson]:
    """Return the citations of the sentences called good; a good answer means those of its sentences that
    nobody called otherwise.
    """
    verdicts: dict[int | None, set[str]] = {}
    for remark in said:
        verdicts.setdefault(remark.claim, set()).add(remark.verdict)
    whole = verdicts.get(None, set())
    chosen = [claim for place, claim in enumerate(answer.claims) if verdicts.get(place, whole) == {_GOOD}]
    return [citation for claim in chosen for citation in claim.citations]


def _answerable(answer: AnswerJson, said: Iterable[Feedback], *, has_gold: bool) -> bool | None:
    """A good sentence with a quote shows that there is an answer, a good abstention that there is none;
    nothing else tells.
    """
    if has_gold:
        return True
    return False if answer.abstained and {remark.verdict for remark in said} == {_GOOD} else None


def _stands(citation: CitationJson, texts: Mapping[str, str]) -> bool:
    return citation.quote in texts.get(citation.doc_id, "")


def _remark(remark: Feedback, answer: AnswerJson) -> Remark:
    sentence = (
        None
        if remark.claim is None or remark.claim >= len(answer.claims)
        else answer.claims[remark.claim].text
    )
    return Remark(remark.claim, sentence, remark.verdict, remark.comment)
