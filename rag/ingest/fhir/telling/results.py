"""Observations as tables: what was measured, its value with unit, the reference range, how it is to be
read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.core.facts import Fact, FactStatus
from rag.core.types import Code
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.owners import Records
from rag.ingest.fhir.telling.rest import rest_of
from rag.ingest.fhir.telling.specimens import specimen_lines, specimen_of
from rag.ingest.fhir.telling.words import codes, concept, limits, notes, time_of, value, word
from rag.ingest.records.facts import Measured, day, filled, measured, side_of
from rag.ingest.records.vitals import kind_of_value
from rag.ingest.records.wording.units import number_in_words
from rag.ingest.records.wording.when import in_words
from rag.ingest.records.writing import Writer
from rag.messages import message

_PLAIN = ("final", "amended", "corrected", "")
_FACT_STATUSES: dict[str, FactStatus] = {
    "": "final",
    "final": "final",
    "amended": "corrected",
    "corrected": "corrected",
    "appended": "corrected",
    "registered": "preliminary",
    "preliminary": "preliminary",
    "partial": "preliminary",
    "cancelled": "unusable",
}


@dataclass(frozen=True, slots=True)
class _ResultRow:
    """A row of the table: its cells, when it was observed, and the fact that it states."""

    cells: tuple[str, str, str, str]
    when: str | None
    fact: Fact


def write_results(
    writer: Writer,
    observations: Sequence[Resource],
    records: Records,
    language: str,
    *,
    at: str | None = None,
    states: bool = True,
) -> None:
    """Write observations as one table, panels before their members, with their notes under it.

    A column of times stands where they differ, to the minute, or are not the one that the document says of
    all (``at``). The rows state facts unless another document does (``states``).
    """
    ordered = list(_with_members(observations, records))
    rows = [row for one in ordered for row in _rows(one, records, language)]
    if rows:
        times = {(row.when or "")[:16] for row in rows}
        is_timed = len(times) > 1 or (at is not None and times != {at[:16]})
        head = [
            message(f"record.{key}", language) for key in ("test", "result", "reference", "interpretation")
        ]
        dates = [
            message("record.date", language),
            *(in_words(row.when, language, clock=True) for row in rows),
        ]
        cells = [head, *(list(row.cells) for row in rows)]
        table = _without_empty_columns(
            [[*row, date if is_timed else ""] for row, date in zip(cells, dates, strict=True)]
        )
        writer.table(table, [(), *((row.fact,) if states else () for row in rows)])
    colon = message("record.colon", language)
    writer.lines(f"{_label(one)}{colon} {text}" for one in ordered for text in notes(one.node))
    writer.lines(_further(ordered, records, language))


def _further(observations: Sequence[Resource], records: Records, language: str) -> Iterator[str]:
    """Yield what else observations say, each text once, with whose it is where it is not of all."""
    found: dict[str, list[str]] = {}
    for one in observations:
        told = " ".join(
            (
                *(cell for row in _rows(one, records, language) for cell in row.cells),
                *notes(one.node),
                _label(one),
            )
        )
        for line in (
            *rest_of(one.node, told, language),
            *specimen_lines(one.node, records, one, told, language),
        ):
            found.setdefault(line, []).append(_label(one))
    for line, names in found.items():
        of = f" ({', '.join(dict.fromkeys(names))})" if len(names) < len(observations) else ""
        yield f"{line}{of}"


def codes_of(observations: Iterable[Resource]) -> Iterator[Code]:
    """Yield the codes of what was observed, in observations and their components."""
    for one in observations:
        yield from codes(one.node.node("code"))
        for component in one.node.nodes("component"):
            yield from codes(component.node("code"))


def _time(observation: Resource) -> str | None:
    return time_of(observation.node, "effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")


def _with_members(observations: Sequence[Resource], records: Records) -> Iterator[Resource]:
    """Yield each observation once, the members of a panel right behind it."""
    ours = {one.name: one for one in observations}
    inside = {
        one.name: [target for reference in members(one) if (target := records.resolve(reference)) is not None]
        for one in observations
    }
    parts = {target.name for targets in inside.values() for target in targets}
    waiting = [one for one in observations if one.name not in parts] + [
        one for one in observations if one.name in parts
    ]
    seen: set[str] = set()
    while waiting:
        one = waiting.pop(0)
        if one.name not in seen:
            seen.add(one.name)
            yield one
            waiting[:0] = [target for target in inside[one.name] if target.name in ours]


def members(observation: Resource) -> list[str]:
    """Return the references of a panel to its members."""
    held = [*observation.node.nodes("hasMember"), *(one.node("target") for one in _related(observation.node))]
    return [reference for member in held if (reference := member.text("reference"))]


def _related(node: Node) -> list[Node]:
    """Return the members of a panel as STU3 and DSTU2 write them."""
    return [one for one in node.nodes("related") if one.text("type") in ("has-member", "has-component")]


def _label(observation: Resource) -> str:
    site = concept(observation.node.node("bodySite"))
    return f"{concept(observation.node.node('code'))}{f', {site}' if site else ''}"


def _rows(observation: Resource, records: Records, language: str) -> Iterator[_ResultRow]:
    node, status = observation.node, observation.status
    specimen = specimen_of(node, records, observation)
    name = _label(observation)
    label = f"{name} ({specimen})" if specimen else name
    components = node.nodes("component")
    shown = _shown(node, status, records, observation, language)
    if shown or (not components and not members(observation)):
        yield _row(observation, node, label, name, shown, specimen, language)
    for component in components:
        part = concept(component.node("code"))
        text = _shown(component, status, records, observation, language)
        yield _row(
            observation,
            component,
            part if _says(part, label) else f"{label}, {part}",
            part or name,
            text,
            specimen,
            language,
        )


def _row(
    observation: Resource, node: Node, label: str, name: str, shown: str, specimen: str, language: str
) -> _ResultRow:
    when, status = _time(observation), observation.status
    cells = (
        label,
        shown or message("record.no_value", language),
        _reference(node, language),
        _read_as(node, status, language),
    )
    return _ResultRow(cells, when, _fact(observation, node, name, shown, specimen, when, language))


def _fact(
    observation: Resource, node: Node, name: str, shown: str, specimen: str, when: str | None, language: str
) -> Fact:
    """Return the fact that an observation or a component of one states."""
    whole, found = observation.node, _number(node)
    has_value = any(held.startswith("value") for held in node.names())
    known = (*codes(node.node("code")),)
    categories = {coding.text("code") for one in whole.nodes("category") for coding in one.nodes("coding")}
    status: FactStatus = _FACT_STATUSES.get(observation.status, "unconfirmed") if has_value else "unusable"
    bounds = next(iter(node.nodes("referenceRange")), Node({}))
    return Fact(
        kind_of_value(
            known, is_vital="vital-signs" in categories, is_lifestyle="social-history" in categories
        ),
        "",
        name or message("record.unknown_what", language),
        status=status,
        value=found.value,
        comparator=found.comparator,
        unit=found.unit,
        value_text=shown if has_value else "",
        side=side_of(concept(whole.node("bodySite")), *(code.code for code in codes(whole.node("bodySite")))),
        at=day(when),
        recorded_at=time_of(whole, "issued"),
        reason=concept(node.node("dataAbsentReason")),
        source="structured",
        codes=known,
        details=filled(
            interpretation=next(
                (one.text("code") for held in node.nodes("interpretation") for one in held.nodes("coding")),
                "",
            ),
            reference_low=number_in_words(bounds.text("low", "value")) if bounds.text("low", "value") else "",
            reference_high=(
                number_in_words(bounds.text("high", "value")) if bounds.text("high", "value") else ""
            ),
            specimen=specimen,
            method=concept(whole.node("method")),
            site=concept(whole.node("bodySite")),
        ),
    )


def _number(node: Node) -> Measured:
    held = node.node("valueQuantity")
    if held.text("value"):
        return measured(held.text("comparator") + held.text("value"), held.text("code") or held.text("unit"))
    return measured(node.text("valueInteger") or node.text("valueString"), "") if not held else Measured()


def _says(part: str, whole: str) -> bool:
    """Tell whether a component's name says what it is a part of: ``Systolic Blood Pressure`` of ``Blood
    Pressure``.
    """
    return bool(part) and set(whole.casefold().split(" (")[0].split()) <= set(
        part.casefold().replace("(", " ").replace(")", " ").split()
    )


def _shown(node: Node, status: str, records: Records, within: Resource, language: str) -> str:
    if status == "cancelled":
        return ", ".join(filter(None, (message("record.cancelled", language), value(node, language))))
    reference = node.node("valueReference") if node.has("valueReference") else Node({})
    target = records.resolve(reference.text("reference"), within) if reference.text("reference") else None
    if target is not None and (text := reference.text("display") or concept(target.node.node("code"))):
        return text
    if text := value(node, language):
        return text
    missing = concept(node.node("dataAbsentReason"))
    return message("record.not_available", language, reason=missing) if missing else ""


def _reference(node: Node, language: str) -> str:
    """Return the reference ranges, each with what kind it is and whom it is for."""
    ranges = []
    for one in node.nodes("referenceRange"):
        given = limits(one, language)
        text = (
            given
            if one.text("text") in given
            else f"{given} ({one.text('text')})"
            if given
            else one.text("text")
        )
        kind = concept(one.node("type")) or concept(one.node("meaning"))
        whom = [*(concept(held) for held in one.nodes("appliesTo")), limits(one.node("age"), language)]
        extra = ", ".join(
            filter(None, (kind if kind.lower() not in ("normal range", "normal") else "", *whom))
        )
        ranges.append(f"{text} ({extra})" if extra else text)
    return " ; ".join(filter(None, ranges))


def _read_as(node: Node, status: str, language: str) -> str:
    found = [_interpretation(one, language) for one in node.nodes("interpretation")]
    return ", ".join(filter(None, [*found, word("status", status, language) if status not in _PLAIN else ""]))


def _interpretation(node: Node, language: str) -> str:
    code = next((one.text("code") for one in node.nodes("coding") if one.text("code")), "")
    known = word("interpretation", code, language)
    return known if known != code else concept(node)


def _without_empty_columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Leave out the columns under whose heading nothing stands."""
    kept = [column for column in range(len(rows[0])) if any(row[column] for row in rows[1:])]
    return [[row[column] for column in kept] for row in rows]
