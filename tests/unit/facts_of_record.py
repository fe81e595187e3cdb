"""Facts made by hand, short to write: the records that the tests of answers from facts share."""

from __future__ import annotations

import zlib

from rag.answer.from_facts import FactAnswer, Record, RecordDocument, answer_part
from rag.core.facts import Fact, FactAssertion, FactKind, FactStatus, Period, Side
from rag.understand import understand


def day(iso: str) -> Period:
    return Period(iso, iso)


def fact(
    kind: FactKind,
    concept: str,
    label: str = "",
    *,
    value: float | None = None,
    unit: str = "",
    text: str = "",
    at: str | Period | None = None,
    doc: str = "",
    recorded: str | None = None,
    status: FactStatus = "",
    assertion: FactAssertion = "present",
    side: Side = "",
    reason: str = "",
    confidence: float = 1.0,
    details: dict[str, str] | None = None,
) -> Fact:
    period = day(at) if isinstance(at, str) else at
    written = recorded or (period.start if period else None)
    doc_id = doc or f"doc-{written}"
    start = zlib.crc32(repr((doc_id, kind, concept, text, value, status, side)).encode()) % 10_000
    return Fact(
        kind=kind,
        concept=concept,
        label=label or concept,
        spans=((start, start + 10),),
        status=status,
        assertion=assertion,
        value=value,
        unit=unit,
        value_text=text or (f"{value:g}" if value is not None else ""),
        side=side,
        at=period,
        recorded_at=written,
        reason=reason,
        confidence=confidence,
        details=details or {},
        doc_id=doc_id,
        patient_id="DEMO",
    )


def lab(concept: str, value: float, unit: str, at: str, **more: object) -> Fact:
    text = f"{value:g} {unit}".replace("umol", "µmol")
    return fact("lab", concept, value=value, unit=unit, text=text, at=at, **more)  # type: ignore[arg-type]


def record(*facts: Fact, kinds: dict[str, str] | None = None) -> Record:
    kinds = kinds or {}
    documents = {
        f.doc_id: RecordDocument(f.doc_id, f.doc_id, kinds.get(f.doc_id, "note"), f.recorded_at)
        for f in facts
    }
    return Record(facts, documents)


def answers(question: str, of: Record, language: str | None = None, *history: str) -> list[FactAnswer]:
    understood = understand(question, language, history=history)
    return [answer_part(part, of, understood.language) for part in understood.parts]


def said(question: str, of: Record, language: str | None = None, *history: str) -> str:
    return " ".join(
        statement.text
        for answer in answers(question, of, language, *history)
        for statement in answer.statements
    )


def status(question: str, of: Record, language: str | None = None) -> str:
    return ",".join(answer.status for answer in answers(question, of, language))
