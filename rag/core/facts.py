"""Facts: what a record states, one thing each, with the exact places where it is written.

A fact is what a question about a record is answered from: whose, what, how much, which side, asserted how,
when. ``text[start:end]`` of every span is the quote that a citation shows, so a fact without a span does not
exist.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rag.core.codes import Code
from rag.core.text import Span

FactKind = Literal[
    "lab",
    "vital",
    "drug",
    "allergy",
    "condition",
    "procedure",
    "device",
    "encounter",
    "family",
    "lifestyle",
    "directive",
    "appointment",
]
FactAssertion = Literal["present", "negated", "hypothesis", "family", "history"]
FactStatus = Literal[
    "",
    # drug
    "started",
    "continued",
    "changed",
    "stopped",
    "planned",
    "not_to_give",
    "given",
    # condition
    "confirmed",
    "suspected",
    "refuted",
    "resolved",
    # allergy; "unconfirmed" too of whatever is doubtful
    "present",
    "documented_absent",
    "unconfirmed",
    # procedure and device
    "done",
    "cancelled",
    "in_place",
    "removed",
    # lab and vital
    "final",
    "preliminary",
    "corrected",
    "unusable",
]
"""What the record says became of the thing. Each kind uses its own: a result is final or unusable, a drug
started or stopped.
"""
Side = Literal["", "left", "right", "both"]
Precision = Literal["year", "month", "day", "minute"]


@dataclass(frozen=True, slots=True)
class Period:
    """When something holds, as ISO 8601 of any precision, both ends inclusive; None where an end is open or
    unknown.

    A value measured on one day has that day at both ends. ``precision`` is that of the better known end.
    """

    start: str | None
    end: str | None
    precision: Precision = "day"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a document states.

    Attributes:
        kind: what sort of thing it is. concept: its id in the table of concepts (``rag/clinical/concepts``);
        ``~`` and the folded label where the table lacks it. label: the words of the document that name it.
        spans: where it is written, in order, in the canonical text; the first alone must be understandable as
        a quote. status: what the record says became of it, in the words of its kind. assertion: whether it is
        stated, denied, supposed, said of a relative, or past. value: the number, in ``unit``; None for what
        is not a number. comparator: ``<``, ``>``, ``<=``, ``>=``, ``~`` or empty. unit: UCUM; empty where
        there is none. value_text: value with unit, or the words of the value, as the document writes them.
        at: the clinical time of the thing itself, not of the document that repeats it. recorded_at: when it
        was written down: the time of its document, unless the entry says otherwise. reason: why, as the
        document says it (of a start, stop, change, of a value that is absent). source: ``structured`` from
        coded entries, ``narrative`` from text. confidence: in [0, 1]; below 0.5 it is shown as unconfirmed
        and never answers alone. details: further parts by name: ``dose``, ``route``, ``frequency``,
        ``brand``, ``reference_low``, ``reference_high``,
            ``interpretation`` (``H``, ``L``, ``HH``, ``LL``, ``N``, ``A``), ``specimen``, ``operator``,
            ``approach``, ``implant``, ``reaction``, ``severity``, ``relation``, ``old_dose`` and the like;
            numbers as plain decimal text.
        doc_id, patient_id: filled at ingest, empty in a parser.
    """

    kind: FactKind
    concept: str
    label: str
    spans: tuple[Span, ...] = ()
    status: FactStatus = ""
    assertion: FactAssertion = "present"
    value: float | None = None
    comparator: str = ""
    unit: str = ""
    value_text: str = ""
    side: Side = ""
    at: Period | None = None
    recorded_at: str | None = None
    reason: str = ""
    source: Literal["structured", "narrative"] = "narrative"
    confidence: float = 1.0
    codes: tuple[Code, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    doc_id: str = ""
    patient_id: str = ""

    @property
    def fact_id(self) -> str:
        """Return an id that the same fact of the same version of a document always has."""
        said = (
            self.doc_id,
            self.kind,
            self.concept,
            self.spans,
            self.value_text,
            self.status,
            self.assertion,
            self.side,
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()[:20]
