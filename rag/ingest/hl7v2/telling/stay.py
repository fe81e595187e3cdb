"""A visit as text: where, when, why, who looked after it, and what movements of the patient say
clinically.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.core.facts import Fact
from rag.ingest.hl7v2.groups import Entry, Group
from rag.ingest.hl7v2.message import Message, Segment
from rag.ingest.hl7v2.people import coded, professional
from rag.ingest.hl7v2.telling.fields import rest_lines
from rag.ingest.hl7v2.telling.orders import write_entries, write_medicines, write_orders
from rag.ingest.records.facts import filled, span
from rag.ingest.records.wording.when import from_stamp, in_words, span_in_words
from rag.ingest.records.writing import Writer
from rag.messages import catalogue, message

_CLASSES = {"I": "IMP", "E": "EMER", "O": "AMB", "P": "PRENC", "D": "SS"}


def is_clinical(group: Group) -> bool:
    """Tell whether a movement says more than who somebody is."""
    visit = group.visit
    moved = visit is not None and any(visit.get(number) for number in (3, 10, 44, 45))
    said = any(
        entry.name != "PV2" or rest_lines(entry.segment, "", frozenset(), "en") for entry in group.entries
    )
    return moved or bool(group.observations) or said or bool(group.notes)


def write_stay(writer: Writer, group: Group, message_: Message, language: str) -> None:
    """Write a visit: where, when, why, with diagnoses, procedures, allergies, medicines and observations."""
    reasons = group.of("PV2")
    if group.visit is not None:
        lines = list(_visit(group.visit, reasons, language))
        writer.lines(lines, [(_fact(group.visit, reasons, language),)] if lines else [])
    write_entries(writer, group, language, skip=("PV2",))
    write_medicines(writer, group, language)
    if group.observations:
        writer.heading(message("section.observations", language))
    write_orders(writer, group, message_, language)
    told = writer.text_from(0)
    for segment in (group.visit, *(entry.segment for entry in reasons)):
        if segment is not None:
            writer.lines(rest_lines(segment, told, frozenset(), language))
    writer.lines([note for entry in reasons for note in entry.notes])


def stay_title(visit: Segment | None, language: str) -> str:
    """Return what a visit is called: its setting, its service, its date."""
    if visit is None:
        return message("list.encounter", language)
    setting = _setting(visit, language)
    date = in_words(from_stamp(visit.get(44)), language)
    parts = [setting[:1].upper() + setting[1:] or message("list.encounter", language), visit.get(10), date]
    return " – ".join(filter(None, parts))


def _setting(visit: Segment, language: str) -> str:
    code = visit.get(2).upper()
    return catalogue(language).get(f"setting.{_CLASSES.get(code, code)}", "")


def _place(visit: Segment) -> str:
    return " ".join(filter(None, (visit.get(3, 1), visit.get(3, 2), visit.get(3, 3))))


def _visit(visit: Segment, reasons: Sequence[Entry], language: str) -> Iterator[str]:
    period = span_in_words(from_stamp(visit.get(44)), from_stamp(visit.get(45)), language, clock=True)
    line = ", ".join(filter(None, (visit.get(10), _place(visit), period)))
    if line:
        yield message("record.encounter", language, name=line)
    if doctor := professional(visit, 7):
        yield message("record.attending", language, name=doctor)
    for entry in reasons:
        if reason := coded(entry.segment, 3):
            yield message("record.reason_was", language, text=reason)
    if left := visit.get(36, 2) or visit.get(37, 2):
        yield message("record.left_to", language, text=left)


def _fact(visit: Segment, reasons: Sequence[Entry], language: str) -> Fact:
    """Return the stay as a fact: in which setting and service, from when to when."""
    start, end = (from_stamp(visit.get(at)) if visit.get(at) else None for at in (44, 45))
    why = next((coded(entry.segment, 3) for entry in reasons if coded(entry.segment, 3)), "")
    return Fact(
        "encounter",
        "",
        visit.get(10) or _setting(visit, language) or message("list.encounter", language),
        value_text=_place(visit),
        at=span(start, end),
        reason=why,
        source="structured",
        details=filled(
            setting=_setting(visit, language), place=_place(visit), operator=professional(visit, 7)
        ),
    )
