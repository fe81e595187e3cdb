"""FHIR's data types in words: coded concepts, quantities, periods, dosages, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.clinical.folding import fold
from rag.core.types import Code
from rag.ingest.fhir.node import Malformed, Node
from rag.ingest.records.wording.labels import french_label
from rag.ingest.records.wording.units import number_in_words, unit_in_words
from rag.ingest.records.wording.when import from_iso, in_words, span_in_words
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
_VALUES = (
    "Quantity CodeableConcept String Boolean Integer Decimal Range Ratio Time DateTime Date Instant Period"
    " SampledData Reference Attachment Coding Uri Code Markdown Duration Age Money"
).split()
_TAG = re.compile(
    r" \((?:disorder|finding|procedure|situation|event|regime/therapy|observable"
    r" entity|substance|product|person|morphologic \w+)\)$"
)
"""The tag that names a concept's branch in SNOMED CT; it says nothing to a reader."""


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
    """Return a concept as its source words it, with the French label of its code behind it where that is
    known and other.
    """
    codings = node.nodes("coding")
    said = _TAG.sub(
        "", node.text("text") or next(filter(None, (coding.text("display") for coding in codings)), "")
    )
    french = next(
        filter(None, (french_label(system_name(one.text("system")), one.text("code")) for one in codings)), ""
    )
    if not said:
        return french or next((one.text("code") for one in codings if one.text("code")), "")
    ours, theirs = _folded(french), _folded(said)
    return said if not french or ours in theirs or theirs in ours else f"{said} ({french})"


def _folded(text: str) -> str:
    return fold(text)


def named(node: Node, name: str) -> str:
    """Return a concept that R4 writes as such and R5 as a reference or a concept within: ``medication``,
    ``reason``.
    """
    inner = node.node(name)
    return (
        concept(inner)
        or concept(inner.node("concept"))
        or inner.text("display")
        or inner.text("reference", "display")
    )


def word(table: str, code: str, language: str) -> str:
    """Return the word for a code of FHIR's own lists, else the code."""
    return catalogue(language).get(f"{table}.{code}", code)


def quantity(node: Node) -> str:
    """Return ``< 5 mg/L``."""
    unit = node.text("unit") or node.text("code")
    parts = (node.text("comparator"), number_in_words(node.text("value")), unit_in_words(unit))
    return " ".join(filter(None, parts)) if node.text("value") else ""


def ratio(node: Node) -> str:
    """Return ``1000 UI/h``, ``4 g / 24 h``."""
    above, below = node.node("numerator"), node.node("denominator")
    if not above.text("value"):
        return ""
    under = quantity(below)
    if below.text("value") in ("1", "1.0") and (below.text("unit") or below.text("code")):
        return f"{quantity(above)}/{quantity(below).split(' ', 1)[1]}"
    return f"{quantity(above)} / {under}" if under else quantity(above)


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
        Malformed: it has a value of a kind that cannot be shown; leaving it out would change what the
        observation says.
    """
    held = [name for name in node.names() if name.startswith("value") and name[5:6].isupper()]
    for name in held:
        if name[5:] not in _VALUES:
            raise Malformed(f"{node.path}.{name}")
        return _value(node, name, language)
    return ""


def _value(node: Node, name: str, language: str) -> str:
    inner = name[5:]
    if inner in ("String", "Integer", "Decimal", "Time", "Uri", "Code", "Markdown"):
        return node.text(name)
    if inner == "Boolean":
        return message("record.yes" if node.text(name) == "true" else "record.no", language)
    if inner in ("DateTime", "Date", "Instant"):
        return in_words(from_iso(node.text(name)), language, clock=True) or node.text(name)
    found = node.node(name)
    if inner in ("Quantity", "Duration", "Age"):
        return quantity(found)
    if inner == "Coding":
        return concept(Node({"coding": [found.data]}, found.path))
    if inner == "Reference":
        return (
            found.text("display")
            or found.text("identifier", "value")
            or found.text("reference").rpartition("/")[2]
        )
    if inner == "Attachment":
        return found.text("title")
    if inner == "Money":
        return " ".join(filter(None, (found.text("value"), found.text("currency"))))
    if inner == "CodeableConcept":
        return concept(found)
    if inner == "Range":
        return limits(found, language)
    if inner == "Period":
        return period(found, language)
    if inner == "Ratio":
        return _titre(found) or ratio(found)
    return found.text("data")


def _titre(node: Node) -> str:
    """Return a ratio of two bare numbers as it is written, ``1:128``."""
    above, below = node.node("numerator"), node.node("denominator")
    bare = not any(one.text("unit") or one.text("code") for one in (above, below))
    return (
        f"{quantity(above)} / {quantity(below)}"
        if bare and above.text("value") and below.text("value")
        else ""
    )


def time_of(node: Node, *names: str) -> str | None:
    """Return the start of the first of these elements that holds a time, instant or period."""
    for name in names:
        held = node.data.get(name)
        text = (
            node.text(name)
            if isinstance(held, str)
            else node.text(name, "start") or node.text(name, "end")
            if node.has(name)
            else ""
        )
        if text and (iso := from_iso(text)):
            return iso
    return None


def period(node: Node, language: str, *, clock: bool = False) -> str:
    """Return a period in words."""
    return span_in_words(from_iso(node.text("start")), from_iso(node.text("end")), language, clock=clock)


def notes(node: Node) -> list[str]:
    """Return the texts of its notes, of comments too, as older versions call them."""
    plain = [text for name in ("note", "notes", "comment", "comments") for text in _plain_texts(node, name)]
    return [*plain, *(text for note in _objects(node, "note") if (text := note.text("text")))]


def _plain_texts(node: Node, name: str) -> list[str]:
    held = node.data.get(name)
    return [
        item.strip()
        for item in (held if isinstance(held, list) else [held])
        if isinstance(item, str) and item.strip()
    ]


def _objects(node: Node, name: str) -> tuple[Node, ...]:
    held = node.data.get(name)
    return () if isinstance(held, str) else node.nodes(name)


def reasons(node: Node, *names: str) -> list[str]:
    """Return why something was done, of concepts and of what references are called."""
    found = [
        concept(one) or _TAG.sub("", one.text("display")) or concept(one.node("concept"))
        for name in names
        if isinstance(node.data.get(name), dict | list)
        for one in node.nodes(name)
    ]
    return list(dict.fromkeys(filter(None, found)))


def counted(unit: str, count: str, language: str) -> str:
    """Return a unit of time in the singular or the plural that a count asks for."""
    one, _, many = word("duration", unit, language).partition("|")
    return one if count in ("0", "1") or not many else many
