"""FHIR's data types in words: coded concepts, quantities, periods, dosages, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.clinical.folding import fold
from rag.core.types import Code
from rag.ingest.fhir.node import Malformed, Node
from rag.ingest.records.labels import french_label
from rag.ingest.records.units import number_in_words, unit_in_words
from rag.ingest.records.when import from_iso, in_words, span_in_words
from rag.messages import catalogue, message

_SYSTEMS = {
    "http://loinc.org": "loinc",
    "http://snomed.info/sct": "snomed",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "http://hl7.org/fhir/sid/cvx": "cvx",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "https://smt.esante.gouv.fr/terminologie-cim-10": "icd10",
    "http://www.whocc.no/atc": "atc",
    "https://smt.esante.gouv.fr/terminologie-ccam": "ccam",
    "urn:oid:1.2.250.1.213.2.5": "ccam",
    "http://terminology.hl7.org/CodeSystem/v3-RoleCode": "role",
}
_VALUES = ("Quantity", "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio", "Time", "DateTime", "Period", "SampledData")
_TAG = re.compile(
    r" \((?:disorder|finding|procedure|situation|event|regime/therapy|observable entity|substance|product|person|morphologic \w+)\)$"
)
"""The tag that names a concept's branch in SNOMED CT; it says nothing to a reader."""
_UNITS_OF_TIME = ("s", "min", "h", "d", "wk", "mo", "a")


def system_name(address: str) -> str:
    """Return the short name of a code system, else its address."""
    return _SYSTEMS.get(address, address)


def codes(concept: Node) -> Iterator[Code]:
    """Yield the codes of a concept; the label is the file's, else the French one."""
    for coding in concept.nodes("coding"):
        system, code = system_name(coding.text("system")), coding.text("code")
        if system and code:
            yield Code(system, code, coding.text("display") or french_label(system, code))


def concept(node: Node) -> str:
    """Return a concept as its source words it, with the French label of its code behind it where that is known and other."""
    codings = node.nodes("coding")
    said = _TAG.sub("", node.text("text") or next(filter(None, (coding.text("display") for coding in codings)), ""))
    french = next(filter(None, (french_label(system_name(one.text("system")), one.text("code")) for one in codings)), "")
    if not said:
        return french or next((one.text("code") for one in codings if one.text("code")), "")
    ours, theirs = _folded(french), _folded(said)
    return said if not french or ours in theirs or theirs in ours else f"{said} ({french})"


def _folded(text: str) -> str:
    return fold(text)


def named(node: Node, name: str) -> str:
    """Return a concept that R4 writes as such and R5 as a reference or a concept within: ``medication``, ``reason``."""
    inner = node.node(name)
    return concept(inner) or concept(inner.node("concept")) or inner.text("display") or inner.text("reference", "display")


def word(table: str, code: str, language: str) -> str:
    """Return the word for a code of FHIR's own lists, else the code."""
    return catalogue(language).get(f"{table}.{code}", code)


def quantity(node: Node) -> str:
    """Return ``< 5 mg/L``."""
    unit = node.text("unit") or node.text("code")
    parts = (node.text("comparator"), number_in_words(node.text("value")), unit_in_words(unit))
    return " ".join(filter(None, parts)) if node.text("value") else ""


def limits(node: Node, language: str) -> str:
    """Return a range: ``3.5 à 5 mmol/L``, or one limit."""
    low, high = node.node("low"), node.node("high")
    if low.text("value") and high.text("value"):
        same = low.text("unit") == high.text("unit")
        start = number_in_words(low.text("value")) if same else quantity(low)
        return message("record.given_range", language, low=start, high=quantity(high))
    if low.text("value"):
        return message("record.more_than", language, value=quantity(low))
    return message("record.less_than", language, value=quantity(high)) if high.text("value") else ""


def value(node: Node, language: str) -> str:
    """Return the value of an observation or a component in words, empty where it has none.

    Raises:
        Malformed: it has a value of a kind that cannot be shown; leaving it out would change what the observation says.
    """
    held = [name for name in node.names() if name.startswith("value") and name[5:6].isupper()]
    for name in held:
        if name[5:] not in _VALUES:
            raise Malformed(f"{node.path}.{name}")
        return _value(node, name, language)
    return ""


def _value(node: Node, name: str, language: str) -> str:
    inner = name[5:]
    if inner in ("String", "Integer", "Time"):
        return node.text(name)
    if inner == "Boolean":
        return message("record.yes" if node.text(name) == "true" else "record.no", language)
    if inner == "DateTime":
        return in_words(from_iso(node.text(name)), language, clock=True) or node.text(name)
    found = node.node(name)
    if inner == "Quantity":
        return quantity(found)
    if inner == "CodeableConcept":
        return concept(found)
    if inner == "Range":
        return limits(found, language)
    if inner == "Period":
        return period(found, language)
    if inner == "Ratio":
        return f"{quantity(found.node('numerator'))} / {quantity(found.node('denominator'))}"
    return found.text("data")


def time_of(node: Node, *names: str) -> str | None:
    """Return the start of the first of these elements that holds a time, instant or period."""
    for name in names:
        held = node.data.get(name)
        text = node.text(name) if isinstance(held, str) else node.text(name, "start") or node.text(name, "end") if node.has(name) else ""
        if text and (iso := from_iso(text)):
            return iso
    return None


def period(node: Node, language: str, *, clock: bool = False) -> str:
    """Return a period in words."""
    return span_in_words(from_iso(node.text("start")), from_iso(node.text("end")), language, clock=clock)


def notes(node: Node) -> list[str]:
    """Return the texts of its notes."""
    return [text for note in node.nodes("note") if (text := note.text("text"))]


def reasons(node: Node, *names: str) -> list[str]:
    """Return why something was done, of concepts and of what references are called."""
    found = [
        concept(one) or _TAG.sub("", one.text("display")) or concept(one.node("concept")) for name in names for one in node.nodes(name)
    ]
    return list(dict.fromkeys(filter(None, found)))


def dosage(node: Node, language: str) -> str:
    """Return one dosage: its own text, else what is coded of it."""
    if text := node.text("text"):
        return text
    parts = [_dose(node, language), _timing(node.node("timing"), language), concept(node.node("route")), concept(node.node("site"))]
    if node.text("asNeededBoolean") == "true" or node.text("asNeeded") == "true":
        parts.append(message("record.as_needed", language))
    if wanted := concept(node.node("asNeededCodeableConcept")):
        parts.append(f"{message('record.as_needed', language)} ({wanted})")
    parts.extend(concept(extra) for extra in node.nodes("additionalInstruction"))
    parts.append(node.text("patientInstruction"))
    return ", ".join(filter(None, parts))


def _dose(node: Node, language: str) -> str:
    for rate in (*node.nodes("doseAndRate"), node):
        for name in ("doseQuantity", "doseRange", "dose", "rateQuantity", "quantity"):
            inner = rate.node(name)
            if inner.text("value") and not (inner.text("unit") or inner.text("code")):
                return f"{inner.text('value')} {counted('dose', inner.text('value'), language)}"
            if text := quantity(inner) or limits(inner, language):
                return text
    return ""


def _timing(node: Node, language: str) -> str:
    if text := concept(node.node("code")):
        return text
    repeat = node.node("repeat")
    count, every, unit = repeat.text("frequency") or "1", repeat.text("period"), repeat.text("periodUnit")
    parts = []
    if every and unit in _UNITS_OF_TIME:
        each = counted(unit, "1", language) if every == "1" else f"{every} {counted(unit, every, language)}"
        parts.append(
            message("record.times_each" if every != "1" else "record.times_per", language, count=_times(count, language), period=each)
        )
    parts.extend(word("when", when.lower(), language) for when in repeat.texts("when"))
    parts.extend(repeat.texts("timeOfDay"))
    bounds = repeat.node("boundsDuration")
    if bounds.text("value"):
        parts.append(
            message(
                "record.during",
                language,
                time=f"{bounds.text('value')} {counted(bounds.text('code') or bounds.text('unit'), bounds.text('value'), language)}",
            )
        )
    elif repeat.has("boundsPeriod"):
        parts.append(period(repeat.node("boundsPeriod"), language))
    return ", ".join(parts)


def _times(count: str, language: str) -> str:
    return f"{count} {counted('times', count, language)}"


def counted(unit: str, count: str, language: str) -> str:
    """Return a unit of time in the singular or the plural that a count asks for."""
    one, _, many = word("duration", unit, language).partition("|")
    return one if count in ("0", "1") or not many else many
