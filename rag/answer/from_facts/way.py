"""The way over facts: what the record of one patient answers of a question, part by part, with claims and
evidence ready to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answer.from_facts.answering import answer_part
from rag.answer.from_facts.citing import EvidenceList, PassagesOf, cited, near_misses
from rag.answer.from_facts.record import Record, RecordDocument
from rag.answer.from_facts.values import FactAnswer
from rag.answer.from_facts.wording.phrases import say
from rag.clinical.concepts import kinds_of
from rag.core.protocols import FactIndex
from rag.core.types import Claim, Evidence, Filters, NearMiss, PartStatus, Passage
from rag.understand.values import QuestionPart, Understood

TextsOf = Callable[[Iterable[str]], Mapping[str, str]]
"""The canonical texts of documents, those that are there."""
DocumentsOf = Callable[[Filters], Iterable[RecordDocument]]
_APART = frozenset({"literature", "image", "cohort"})
"""Intents that no record of one patient answers."""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One part with what the facts answer. ``is_open`` where the sentences of the documents may still answer,
    or complete it.
    """

    part: QuestionPart
    status: PartStatus
    claims: tuple[Claim, ...] = ()
    withheld: tuple[Claim, ...] = ()
    near: tuple[NearMiss, ...] = ()
    note: str = ""
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """Every part of a question, and the evidence of those that facts answer. ``left_out`` counts the parts
    beyond what one answer takes.
    """

    parts: tuple[PlannedPart, ...]
    evidence: tuple[Evidence, ...]
    left_out: int = 0

    @property
    def answers(self) -> bool:
        """Tell whether the facts have something to say: an answer, or that there is none."""
        return any(part.claims or not part.is_open for part in self.parts)


@dataclass(frozen=True, slots=True)
class FactWay:
    """Reads one record and answers from it. The filters it is given are within the caller's scope."""

    facts: FactIndex
    documents_of: DocumentsOf
    texts_of: TextsOf
    passages_of: PassagesOf

    def plan(self, understood: Understood, filters: Filters) -> Plan:
        """Return what the facts of a record answer, part by part. ``filters`` must name one patient."""
        if all(part.intent in _APART for part in understood.parts):
            return Plan(
                tuple(PlannedPart(part, "not_found") for part in understood.parts), (), understood.left_out
            )
        record = Record(
            tuple(self.facts.facts(filters)), {one.doc_id: one for one in self.documents_of(filters)}
        )
        if not record.facts:
            return Plan(
                tuple(PlannedPart(part, "not_found") for part in understood.parts), (), understood.left_out
            )
        answers = [_answered(part, record, understood.language) for part in understood.parts]
        return self._planned(understood, answers, record)

    def _planned(self, understood: Understood, answers: Sequence[FactAnswer], record: Record) -> Plan:
        stated = [fact for answer in answers for line in answer.statements for fact in line.facts]
        doc_ids = sorted(
            {fact.doc_id for fact in (*stated, *(near for answer in answers for near in answer.near_misses))}
        )
        texts = self.texts_of(doc_ids)
        cited_ids = sorted({fact.doc_id for fact in stated})
        held = _by_document(self.passages_of(cited_ids)) if cited_ids else {}
        evidence = EvidenceList(held, texts)
        parts = tuple(
            self._part(part, answer, texts, evidence, record, understood.language)
            for part, answer in zip(understood.parts, answers, strict=True)
        )
        return Plan(parts, tuple(evidence.items), understood.left_out)

    def _part(
        self,
        part: QuestionPart,
        answer: FactAnswer,
        texts: Mapping[str, str],
        evidence: EvidenceList,
        record: Record,
        language: str,
    ) -> PlannedPart:
        claims: list[Claim] = []
        withheld: list[Claim] = []
        for line in answer.statements:
            found = cited(line, texts)
            claim = evidence.claim_of(found) if found else None
            if found is None or claim is None:
                continue
            if found.withheld:
                withheld.append(Claim(found.withheld, 0, 0, claim.citations, "none", 0.0, "computed"))
            if all(claim.text != other.text for other in claims):
                claims.append(claim)
        near = near_misses(answer.near_misses, texts)
        if claims:
            return PlannedPart(
                part, answer.status, tuple(claims), tuple(withheld), near, is_open=answer.status == "partial"
            )
        note = note_of(part, len(record.documents), near, language)
        return PlannedPart(part, "not_found", (), tuple(withheld), near, note, is_open=not answer.is_certain)


def _answered(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Answer a part; beside an antibiotic whose reason is asked stand the allergies to antibiotics, the usual
    reason for one and against another.
    """
    answer = answer_part(part, record, language)
    is_antibiotic = any(_ANTIBIOTIC in {one.concept, *kinds_of(one.concept)} for one in part.named)
    if not (part.asks("reason") and is_antibiotic):
        return answer
    asked = replace(part, intent="allergy", named=(), words=(), attributes=frozenset(), is_yes_no=False)
    allergies = [
        line
        for line in answer_part(asked, record, language).statements
        if any(_ANTIBIOTIC in {fact.concept, *kinds_of(fact.concept)} for fact in line.facts)
    ]
    if not allergies:
        return answer
    return FactAnswer("partial", (*answer.statements, *allergies))


_ANTIBIOTIC = "antibiotic"


def _by_document(passages: Sequence[Passage]) -> dict[str, list[Passage]]:
    held: dict[str, list[Passage]] = {}
    for passage in passages:
        held.setdefault(passage.doc_id, []).append(passage)
    return held


def note_of(part: QuestionPart, documents: int, near: Sequence[NearMiss], language: str) -> str:
    """Say what was looked for, in how many documents, and what comes near."""
    named = [one.text for one in part.named] or list(part.words) or [part.text.strip(" ?")]
    note = say("searched", language, what=", ".join(dict.fromkeys(named)), documents=documents)
    if not near:
        return note
    quotes = " / ".join(f"« {' '.join(miss.quote.split())} »" for miss in near[:_MOST_SHOWN])
    return f"{note} {say('near', language, near=quotes)}"


_MOST_SHOWN = 3
