"""Observations as tables: what was measured, its value with unit, the reference range, how it is to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rag.core.types import Code
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.owners import Records
from rag.ingest.fhir.words import codes, concept, limits, notes, time_of, value, word
from rag.ingest.records.when import in_words
from rag.ingest.records.writing import Writer
from rag.messages import message

Row = tuple[str, str, str, str]
_PLAIN = ("final", "amended", "corrected", "")


def write_results(writer: Writer, observations: Sequence[Resource], records: Records, language: str) -> None:
    """Write observations as one table, panels before their members, with their notes under it; a column of dates where they differ."""
    ordered = list(_with_members(observations, records))
    rows = [(_time(one), row) for one in ordered for row in _rows(one, language)]
    if rows:
        several = len({(when or "")[:10] for when, _ in rows}) > 1
        head = [message(f"record.{key}", language) for key in ("test", "result", "reference", "interpretation")]
        dates = [message("record.date", language), *(in_words(when, language) for when, _ in rows)]
        cells = [head, *(list(row) for _, row in rows)]
        writer.table([[*row, date] for row, date in zip(cells, dates, strict=True)] if several else _without_empty_columns(cells))
    writer.lines(f"{_label(one)}{message('record.colon', language)} {text}" for one in ordered for text in notes(one.node))


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
        one.name: [target for reference in members(one) if (target := records.resolve(reference)) is not None] for one in observations
    }
    parts = {target.name for targets in inside.values() for target in targets}
    waiting = [one for one in observations if one.name not in parts] + [one for one in observations if one.name in parts]
    seen: set[str] = set()
    while waiting:
        one = waiting.pop(0)
        if one.name not in seen:
            seen.add(one.name)
            yield one
            waiting[:0] = [target for target in inside[one.name] if target.name in ours]


def members(observation: Resource) -> list[str]:
    """Return the references of a panel to its members."""
    return [reference for member in observation.node.nodes("hasMember") if (reference := member.text("reference"))]


def _label(observation: Resource) -> str:
    site = concept(observation.node.node("bodySite"))
    return f"{concept(observation.node.node('code'))}{f', {site}' if site else ''}"


def _rows(observation: Resource, language: str) -> Iterator[Row]:
    node, label, status = observation.node, _label(observation), observation.status
    components = node.nodes("component")
    shown = _shown(node, status, language)
    if shown or (not components and not node.has("hasMember")):
        yield label, shown or message("record.no_value", language), _reference(node, language), _read_as(node, status, language)
    for component in components:
        part = concept(component.node("code"))
        text = _shown(component, status, language) or message("record.no_value", language)
        yield (
            part if _says(part, label) else f"{label}, {part}",
            text,
            _reference(component, language),
            _read_as(component, status, language),
        )


def _says(part: str, whole: str) -> bool:
    """Tell whether a component's name says what it is a part of: ``Systolic Blood Pressure`` of ``Blood Pressure``."""
    return bool(part) and set(whole.casefold().split(" (")[0].split()) <= set(part.casefold().replace("(", " ").replace(")", " ").split())


def _shown(node: Node, status: str, language: str) -> str:
    if status == "cancelled":
        return message("record.cancelled", language)
    if text := value(node, language):
        return text
    missing = concept(node.node("dataAbsentReason"))
    return message("record.not_available", language, reason=missing) if missing else ""


def _reference(node: Node, language: str) -> str:
    ranges = []
    for one in node.nodes("referenceRange"):
        text = limits(one, language) or one.text("text")
        kind = concept(one.node("type"))
        ranges.append(f"{text} ({kind})" if kind and kind.lower() not in ("normal range", "normal") else text)
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
