"""Which acts of a report of an operation are operations, and which are steps of one.

A report names its operation in a title, a labelled line (``Intervention : …``) or its first sentence. What
its description names besides is a step, unless a day of its own, a denial, a plan or a list of past
operations says that it is another act.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.clinical.facts.acts import status_of
from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.note import NamedConcept, Note
from rag.core.text import Span

_REPORT = "operative_report"
_OTHER_PARTS = frozenset(
    {"history", "family", "plan", "appointments", "advice", "reason", "hypotheses", "imaging"}
)


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of a report, by place, and the span of their title; empty for other notes."""

    starts: frozenset[int] = frozenset()
    title: Span = (0, 0)
    is_titled: bool = False

    def holds(self, named: NamedConcept) -> bool:
        """Tell whether an act is one of the operations that the report is about."""
        return named.start in self.starts

    def is_step(self, note: Note, named: NamedConcept) -> bool:
        """Tell whether an act is only a step of the operation that a report describes."""
        if note.kind != _REPORT or self.holds(named):
            return False
        if named.concept in ids_of("local_steps"):
            return _status(note, named) != "cancelled"
        return (
            self.is_titled
            and not is_test(named)
            and note.rooms.role(named.start) not in _OTHER_PARTS
            and note.stand((named.start, named.end)).assertion == "present"
            and not _status(note, named)
            and not _has_other_day(note, named)
        )


def operations_in(note: Note, things: Sequence[NamedConcept]) -> Operations:
    """Return the operations that a report is about."""
    if note.kind != _REPORT:
        return Operations()
    acts = [
        named
        for named in things
        if (not is_test(named) or (named.kind == "imaging" and _is_labelled(note, named)))
        and named.concept not in ids_of("local_steps")
        and note.stand((named.start, named.end)).assertion == "present"
        and _status(note, named) != "cancelled"
    ]
    labelled = [named for named in acts if _is_labelled(note, named)]
    labelled = [named for named in labelled if not is_test(named)] or labelled[:1]
    told = [named for named in acts if note.rooms.role(named.start) not in _OTHER_PARTS]
    if not acts:
        return Operations()
    title = _title(note, (labelled or told or acts)[0])
    within = [named for named in acts if title[0] <= named.start < title[1]]
    mine = labelled if labelled else within
    return Operations(frozenset(named.start for named in mine), title, bool(labelled))


def is_test(named: NamedConcept) -> bool:
    """Tell whether an act is no operation: a test, an image, an anaesthesia, care."""
    return named.kind == "imaging" or named.concept in ids_of("no_operation")


def _status(note: Note, named: NamedConcept) -> str:
    return status_of(note, named, note.sentence_at(named.start).end, ("planned", "cancelled"))[0]


def _is_labelled(note: Note, named: NamedConcept) -> bool:
    """Tell whether an act stands in a title, or in the line that a label of operations begins."""
    line = note.line_at(named.start)
    if note.rooms.role(named.start) == "procedure":
        part = note.rooms.at(named.start)
        assert part is not None  # a role is that of a part
        return part.heading[0] >= line.start - 2 or _follows(note, part.heading[1], named.start)
    words = note.text[line.start : line.end].strip(" \t#*_:-=")
    return (words.isupper() and len(words) < _LONGEST_TITLE) or note.text[
        line.start : line.end
    ].lstrip().startswith("#")


_LONGEST_TITLE = 120


def _follows(note: Note, heading: int, start: int) -> bool:
    """Tell whether a place lies in the first line below a heading."""
    line = note.line_at(start)
    return not note.text[heading : line.start].strip(" \t:*_#-=\n")


def _title(note: Note, first: NamedConcept) -> Span:
    line = note.line_at(first.start)
    sentence = note.sentence_at(first.start)
    return max(line.start, min(sentence.start, first.start)), min(line.end, max(sentence.end, first.end))


def _has_other_day(note: Note, named: NamedConcept) -> bool:
    """Tell whether a day beside an act is another than that of the operation."""
    sentence = note.sentence_at(named.start)
    operation = note.anchors.operation
    day = operation.isoformat() if operation is not None else ""
    return any(
        named.end <= when.start < sentence.end
        and when.period is not None
        and (when.period.start or "")[: len(day)] != day
        and when.event != "birth"
        for when in note.whens
    )
