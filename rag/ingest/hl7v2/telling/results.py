"""Observations (OBX) as text: tables of values, paragraphs of reports; each value is a fact at its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.core.facts import Fact, FactStatus
from rag.core.types import Code
from rag.ingest.hl7v2.message import Segment
from rag.ingest.hl7v2.people import coded
from rag.ingest.hl7v2.telling.fields import coded_words, joined, rest
from rag.ingest.records.facts import Measured, day, filled, limits_in, measured
from rag.ingest.records.vitals import kind_of_value
from rag.ingest.records.wording.units import unit_in_words
from rag.ingest.records.wording.when import from_stamp, in_words
from rag.ingest.records.writing import Writer
from rag.messages import catalogue, message

_WITHDRAWN = ("D", "W")
_STATUSES = {
    "P": "preliminary",
    "R": "preliminary",
    "S": "partial",
    "I": "pending",
    "C": "corrected",
    "X": "not_obtained",
    "N": "not_asked",
}
_FACT_STATUSES: dict[str, FactStatus] = {
    "P": "preliminary",
    "R": "preliminary",
    "S": "preliminary",
    "I": "preliminary",
    "C": "corrected",
    "X": "unusable",
    "N": "unusable",
}
_TEXTS = ("TX", "FT")
_EMBEDDED = ("ED", "RP")
_CODED = ("CE", "CWE", "CNE", "CF", "CK")
_TIMES = ("DT", "TS", "DTM")
_POPULATIONS = {
    "A": "by_age",
    "S": "by_sex",
    "R": "by_population",
    "SP": "by_species",
    "B": "by_breed",
    "ST": "by_strain",
}
_LONG = 120
_SYSTEMS = {
    "LN": "loinc",
    "LNC": "loinc",
    "SCT": "snomed",
    "SNM3": "snomed",
    "SNM": "snomed",
    "I10": "icd10",
    "ICD10": "icd10",
    "I10C": "icd10cm",
    "I9": "icd9",
    "CCAM": "ccam",
    "ATC": "atc",
    "WC": "atc",
    "RXNORM": "rxnorm",
    "CVX": "cvx",
    "CIP": "cip",
    "CIM10": "icd10",
    "CIM-10": "icd10",
}
_TOLD = frozenset((2, 5))


@dataclass(slots=True)
class Observed:
    """One OBX with the notes behind it; ``plain`` is its text where it came as RTF, ``is_file`` marks a file
    that came as bare text.
    """

    segment: Segment
    notes: list[str] = field(default_factory=list)
    plain: str = ""
    is_file: bool = False

    @property
    def label(self) -> str:
        """Return what was observed."""
        return coded(self.segment, 3).lstrip("&")

    @property
    def status(self) -> str:
        """Return OBX-11."""
        return self.segment.get(11).upper()

    @property
    def is_withdrawn(self) -> bool:
        """Tell whether it is marked as deleted or wrong."""
        return self.status in _WITHDRAWN

    @property
    def kind(self) -> str:
        """Return OBX-2, the type of its value."""
        return self.segment.get(2).upper()

    @property
    def is_embedded(self) -> bool:
        """Tell whether its value is a file, or leads to one."""
        return self.kind in _EMBEDDED or self.is_file

    @property
    def is_text(self) -> bool:
        """Tell whether it is a line or a paragraph of a report."""
        plain = self.kind in _TEXTS or (
            self.kind == "ST" and not self.segment.get(6) and len(self.segment.raw(5)) > _LONG
        )
        return bool(self.plain) or (plain and not self.segment.raw(7) and not self.is_file)

    @property
    def text(self) -> str:
        """Return its value as the text of a report."""
        return self.plain or self.segment.text(5)

    @property
    def at(self) -> str | None:
        """Return when it was observed (OBX-14), to the minute where it is known."""
        return from_stamp(self.segment.get(14)) if self.segment.get(14) else None


@dataclass(frozen=True, slots=True)
class ObservationSetting:
    """What holds for all observations of an order: when, of which specimen, when reported, under which
    name.
    """

    at: str | None = None
    specimen: str = ""
    recorded_at: str | None = None
    title: str = ""


def write_observations(
    writer: Writer,
    observations: Sequence[Observed],
    language: str,
    setting: ObservationSetting = ObservationSetting(),
) -> None:
    """Write observations in their order: neighbours with values as one table, neighbours with text as
    paragraphs under their names.
    """
    standing = [held for held in observations if not held.is_withdrawn]
    is_timed = len({one.at for one in standing if not one.is_text} - {None, setting.at}) > 0
    rows: list[tuple[list[str], tuple[Fact, ...]]] = []
    label = ""
    for one in [*standing, None]:
        if one is None or one.is_text:
            _table(writer, rows, language)
            rows = []
        if one is None:
            break
        if one.is_text:
            text = one.text
            if one.label != label and one.label and one.label.casefold() != setting.title.casefold():
                writer.heading(one.label, 2)
            (writer.line if one.label == label else writer.paragraph)(text)
            label = one.label
        elif not one.is_embedded and "study instance" not in one.label.lower():
            rows.append(
                (_row(one, language, setting, is_timed=is_timed), tuple(_facts(one, language, setting)))
            )
            label = ""
        for note in one.notes:
            if one.is_text:
                writer.paragraph(note)
            else:
                rows.append(([f"{one.label}, {message('record.comment', language).lower()}", note], ()))
    writer.lines(_further(standing, language))


def _table(writer: Writer, rows: list[tuple[list[str], tuple[Fact, ...]]], language: str) -> None:
    if rows:
        head = [
            message(f"record.{key}", language)
            for key in ("test", "result", "reference", "interpretation", "date")
        ]
        cells = [head[: max(2, *(len(row) for row, _ in rows))], *(row for row, _ in rows)]
        writer.table(cells, [(), *(facts for _, facts in rows)])


def _row(one: Observed, language: str, setting: ObservationSetting, *, is_timed: bool) -> list[str]:
    segment = one.segment
    part = segment.get(4)
    name = coded_words(segment, next(iter(segment.repetitions(3)), "")).lstrip("&")
    label = f"{name} ({part})" if part and part not in ("1", "0") else name
    flags = [_flag(segment, value, language) for value in segment.repetitions(8)]
    status = _STATUSES.get(one.status, "")
    said = ", ".join(filter(None, [*flags, _word("status", status, language) if status else ""]))
    at = in_words(one.at or setting.at, language, clock=True) if is_timed else ""
    row = [label, value_in_words(segment, language), _reference(segment, language), said, at]
    while row and not row[-1]:
        row.pop()
    if not row[1:2] or not row[1]:
        row[1:2] = [message("record.no_value", language)]
    return row


def _reference(segment: Segment, language: str) -> str:
    """Return the reference range with its unit, and whom it is for (OBX-10)."""
    text = segment.text(7)
    unit = unit_in_words(segment.get(6)) if text and not any(char.isalpha() for char in text) else ""
    whom = [
        message(f"record.{key}", language)
        for code in segment.repetitions(10)
        if (key := _POPULATIONS.get(code.upper()))
    ]
    return f"{text} {unit}".strip() + (f" ({', '.join(whom)})" if text and whom else "")


def _flag(segment: Segment, value: str, language: str) -> str:
    code = segment.part(value, 1)
    known = _word("interpretation", code, language)
    text = segment.part(value, 2) or segment.part(value, 5)
    return known if known != code or not text else text


def _further(observations: Sequence[Observed], language: str) -> Iterator[str]:
    """Yield what else observations say, each text once: how it was measured, by whom, where on the body."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in observations:
        row = " ".join(
            (
                one.label,
                *(_row(one, language, ObservationSetting(), is_timed=False) if not one.is_text else ()),
            )
        )
        for said in rest(one.segment, row, _TOLD, language):
            found.setdefault(said, []).append(one.label)
    colon = message("record.colon", language)
    for (label, text), names in found.items():
        of = "" if len(names) == len(observations) else f" ({', '.join(dict.fromkeys(filter(None, names)))})"
        yield f"{label}{of}{colon} {text}"


def _facts(one: Observed, language: str, setting: ObservationSetting) -> Iterator[Fact]:
    """Yield the fact that an observation states: its value as it is written in its row."""
    segment, shown = one.segment, value_in_words(one.segment, language)
    codes = tuple(all_codes(segment, 3))
    status = _FACT_STATUSES.get(one.status, "final") if shown else "unusable"
    recorded = from_stamp(segment.get(19)) if segment.get(19) else None
    if not one.label:
        return
    number = _measured(segment)
    yield Fact(
        kind_of_value(codes),
        "",
        one.label,
        status=status,
        value_text=shown,
        at=day(one.at or setting.at),
        recorded_at=recorded or setting.recorded_at,
        source="structured",
        codes=codes,
        details=filled(
            interpretation=segment.get(8, 1).upper(),
            specimen=setting.specimen,
            method=coded(segment, 17),
            **limits_in(segment.text(7)),
        ),
        value=number.value,
        comparator=number.comparator,
        unit=number.unit,
    )


def _measured(segment: Segment) -> Measured:
    values, unit = segment.repetitions(5), segment.get(6, 1) or segment.get(6, 2)
    if len(values) != 1:
        return Measured()
    if segment.get(2).upper() != "SN":
        return measured(joined(segment, values[0]), unit)
    sign, first, separator = (segment.part(values[0], at) for at in (1, 2, 3))
    return Measured() if separator else measured(f"{sign}{first}", unit)


def value_in_words(segment: Segment, language: str) -> str:
    """Return the value of an observation with its unit."""
    kind = segment.get(2).upper()
    if kind == "SN":
        texts = [_structured(segment, value) for value in segment.repetitions(5)]
    elif kind in _CODED:
        texts = [coded_words(segment, value) for value in segment.repetitions(5)]
    elif kind in _TIMES:
        texts = [
            in_words(from_stamp(segment.part(value, 1)), language, clock=True) or value
            for value in segment.repetitions(5)
        ]
    else:
        texts = [joined(segment, value) for value in segment.repetitions(5)]
    shown = ", ".join(filter(None, texts))
    unit = unit_in_words(segment.get(6)) or segment.get(6, 2)
    return f"{shown} {unit}".strip() if shown else ""


def _structured(segment: Segment, value: str) -> str:
    return " ".join(
        filter(None, (segment.part(value, at) for at in range(1, value.count(segment.marks.component) + 2)))
    )


def _word(table: str, code: str, language: str) -> str:
    return catalogue(language).get(f"{table}.{code}", code)


def codes_of(segment: Segment, number: int) -> Iterator[Code]:
    """Yield the codes of a coded field that have a label, its alternate too."""
    return (code for code in all_codes(segment, number) if code.display)


def all_codes(segment: Segment, number: int) -> Iterator[Code]:
    """Yield the codes of a coded field that are of a known system, its alternate too."""
    for at in (1, 4):
        code, text, system = (
            segment.get(number, at, 1),
            segment.get(number, at + 1),
            segment.get(number, at + 2, 1),
        )
        if code and system and system.upper() != "L" and not system.startswith("99"):
            yield Code(_SYSTEMS.get(system.upper(), system), code, text)
