"""ADT: admissions and what they say clinically, and merges of patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.errors import ParseError
from rag.ingest.hl7v2.message import Message, Segment
from rag.ingest.hl7v2.orders import Group
from rag.ingest.hl7v2.people import coded, former_number, identity, professional
from rag.ingest.hl7v2.results import write_observations
from rag.ingest.records.identifiers import House
from rag.ingest.records.when import from_stamp, in_words, span_in_words
from rag.ingest.records.writing import Writer
from rag.messages import catalogue, message

MERGES = ("A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47")
"""Events after which the patient of MRG-1 is that of PID-3: merges of patients, and the change of a patient's number."""
LINKS = ("A24",)
"""Events that say of the patients of two PID that they are one."""
CANCELS_STAY = ("A11", "A23", "A38")
_CLASSES = {"I": "IMP", "E": "EMER", "O": "AMB", "P": "PRENC", "D": "SS"}
_SEVERITIES = {"SV": "severe", "MO": "moderate", "MI": "mild"}
_ALLERGENS = {"DA": "medication", "FA": "food", "EA": "environment", "LA": "environment", "MA": "environment"}


def joined(message_: Message, file: str, house: House) -> Iterator[tuple[str, str]]:
    """Yield (old id, surviving id) for each pair of PID and MRG of a merge, or for the two PID of a link, the first of which survives.

    Raises:
        ParseError: one of the two is not named.
    """
    pairs = list(_linked(message_, house) if message_.event in LINKS else _merged(message_, house))
    if not pairs or not all(old and new for old, new in pairs):
        raise ParseError("hl7_merge_incomplete", file=file, number=message_.number, type=message_.type)
    yield from pairs


def _linked(message_: Message, house: House) -> Iterator[tuple[str, str]]:
    ids = [identity(pid, 3, house, sent_at(message_)).patient_id for pid in message_.all("PID")]
    yield from ((other, ids[0]) for other in ids[1:])


def _merged(message_: Message, house: House) -> Iterator[tuple[str, str]]:
    new = ""
    for segment in message_.segments:
        if segment.name == "PID":
            new = identity(segment, 3, house, sent_at(message_)).patient_id
        elif segment.name == "MRG":
            yield former_number(segment, 1, house), new


def sent_at(message_: Message) -> str | None:
    """Return when a message was sent, None where it does not say so."""
    return from_stamp(message_.header.get(7))


def is_clinical(group: Group) -> bool:
    """Tell whether a movement says more than who somebody is."""
    visit = group.visit
    moved = visit is not None and any(visit.get(number) for number in (3, 10, 44, 45))
    return moved or bool(group.observations) or any(one.name in ("AL1", "DG1", "PR1") for one in group.others)


def write_stay(writer: Writer, group: Group, language: str) -> None:
    """Write a visit: where, when, why, with diagnoses, procedures, allergies and observations."""
    if group.visit is not None:
        writer.lines(_visit(group.visit, group.others, language))
    for name, section, teller in (
        ("DG1", "stay_diagnoses", _diagnosis),
        ("PR1", "stay_procedures", _procedure),
        ("AL1", "allergies_active", allergy),
    ):
        lines = [line for one in group.others if one.name == name and (line := teller(one, language))]
        if lines:
            writer.heading(message(f"section.{section}", language))
            writer.lines(f"- {line}" for line in lines)
    if group.observations:
        writer.heading(message("section.observations", language))
        write_observations(writer, group.observations, language)


def stay_title(visit: Segment | None, language: str) -> str:
    """Return what a visit is called: its setting, its service, its date."""
    if visit is None:
        return message("list.encounter", language)
    code = visit.get(2).upper()
    setting = catalogue(language).get(f"setting.{_CLASSES.get(code, code)}", "")
    date = in_words(from_stamp(visit.get(44)), language)
    parts = [setting[:1].upper() + setting[1:] or message("list.encounter", language), visit.get(10), date]
    return " – ".join(filter(None, parts))


def _visit(visit: Segment, others: Sequence[Segment], language: str) -> Iterator[str]:
    place = " ".join(filter(None, (visit.get(3, 1), visit.get(3, 2), visit.get(3, 3))))
    period = span_in_words(from_stamp(visit.get(44)), from_stamp(visit.get(45)), language, clock=True)
    line = ", ".join(filter(None, (visit.get(10), place, period)))
    if line:
        yield message("record.encounter", language, name=line)
    if doctor := professional(visit, 7):
        yield message("record.attending", language, name=doctor)
    for one in others:
        if one.name == "PV2" and (reason := coded(one, 3)):
            yield message("record.reason_was", language, text=reason)
    if left := visit.get(36, 2) or visit.get(37, 2):
        yield message("record.left_to", language, text=left)


def _diagnosis(segment: Segment, language: str) -> str:
    text = coded(segment, 3) or segment.text(4)
    code, date = segment.get(3, 1), in_words(from_stamp(segment.get(5)), language)
    kind = catalogue(language).get(f"diagnosis.{segment.get(6).upper()}", "")
    head = f"{text} ({code})" if text and code and code != text else text
    return ", ".join(filter(None, (head, kind, date))) if text else ""


def _procedure(segment: Segment, language: str) -> str:
    text = coded(segment, 3) or segment.text(4)
    date = in_words(from_stamp(segment.get(5)), language)
    return ", ".join(filter(None, (text, date))) if text else ""


def allergy(segment: Segment, language: str) -> str:
    """Return one allergy in words."""
    what = coded(segment, 3)
    words = catalogue(language)
    kind = words.get(f"allergy.{_ALLERGENS.get(segment.get(2).upper(), '')}", "")
    severity = words.get(f"allergy.{_SEVERITIES.get(segment.get(4).upper(), '')}", segment.get(4, 2))
    reactions = ", ".join(filter(None, (segment.part(value, 1) for value in segment.repetitions(5))))
    told = message("record.reaction_is", language, text=reactions) if reactions else ""
    since = in_words(from_stamp(segment.get(6)), language)
    rest = message("record.semicolon", language).join(filter(None, (kind, severity, told, since)))
    return f"{what} — {rest}" if what and rest else what
