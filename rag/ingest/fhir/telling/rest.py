"""What a resource says beside what is told of it already: every text, whatever its element, with the name of
the element.

Resources are walked by the shapes of FHIR's data types, so that a type nobody wrote a sentence for loses
nothing either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rag.ingest.fhir.node import Malformed, Node
from rag.ingest.fhir.telling.dosage import dosage, timing
from rag.ingest.fhir.telling.words import concept, limits, period, quantity, ratio
from rag.ingest.parsing.xml_tree import parse_fragment
from rag.ingest.records.narrative import flat
from rag.ingest.records.wording.when import from_iso, in_words
from rag.messages import catalogue, message

Kind = Literal["text", "code", "time", "number", "yes", "narrative"]


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a resource: the element that holds it, the text, and what kind it is."""

    name: str
    text: str
    kind: Kind = "text"


_UNSAID = frozenset(
    (
        "resourceType id meta implicitRules language identifier subject patient beneficiary url fullUrl"
        " system userSelected reference data hash size contentType instantiatesCanonical instantiatesUri"
        " questionnaire masterIdentifier uid basedOn groupIdentifier div definition definitionUri"
        " definitionCanonical"
    ).split()
)
"""Elements that identify, address or file a resource; they are no words of its own."""
_CODES = frozenset(
    (
        "status intent priority use type kind mode gender criticality category severity lifecycleStatus"
        " docStatus linkType periodUnit durationUnit dayOfWeek when comparator code contentType"
        " participantStatus required linkId format taken clinicalStatus verificationStatus achievementStatus"
    ).split()
)
"""Elements that, where they are plain values, are codes of FHIR's own lists."""
_FILED = frozenset(
    "clinicalStatus verificationStatus interpretation achievementStatus lifecycleStatus class".split()
)
"""Elements whose codes lines say in words of their own."""
_OWN_LISTS = (
    "http://terminology.hl7.org/",
    "http://hl7.org/fhir/",
    "http://hl7.org/fhir-",
    "urn:iso:std:iso:3166",
)
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?)?)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_CHOICE = re.compile(
    r"(value|onset|abatement|deceased|effective|occurrence|performed|scheduled|timing|product|reported|asNeeded|detail|due|start|born|age|"
    r"medication|content|reason|serviced|allowed|multipleBirth|defaultValue|answer|collected|item|indication|statusReason|dose|rate)"
    r"(?=[A-Z])(?:Quantity|CodeableConcept|String|Boolean|Integer|Range|Ratio|Time|DateTime|Date|Period|SampledData|Age|Reference|Markdown|"
    r"Decimal|Uri|Code|Coding|Annotation|Duration|Money|Attachment|Timing|Instant|PositiveInt|UnsignedInt|Identifier)"
)
_WORDS = ("text", "narrative")
_LIMITS = frozenset(
    "maxDosePerPeriod maxDosePerAdministration maxDosePerLifetime boundsDuration boundsRange".split()
)
"""Amounts of a dosage, which its sentence says in words."""
_TIMES = frozenset("s min h d wk mo a".split())
_TRANSPARENT = ("note", "comment")
_QUANTITY = frozenset("value unit system code comparator extension id".split())
_PERIOD = frozenset("start end extension id".split())
_RANGE = frozenset("low high extension id".split())
_RATIO = frozenset("numerator denominator extension id".split())
_WITH_PARTS = frozenset(
    "repeat event timing route site method doseAndRate asNeededCodeableConcept patientInstruction".split()
)
"""Elements of a dosage or a timing: what they say beside the words for the whole is told too."""
_CODING = frozenset("system version code display userSelected extension id".split())
_REFERENCE = frozenset("reference type identifier display extension id".split())
_CONCEPT = frozenset("coding text extension id".split())


def rest_of(node: Node, told: str, language: str, *, with_narrative: bool = False) -> Iterator[str]:
    """Yield the texts of a resource that are not told yet, each with the name of its element: ``Voie d'abord
    : antérieure``.

    A narrative that was generated from the elements says nothing more than they do; it is told where asked
    for.
    """
    said = _folded(told)
    colon = message("record.colon", language)
    narrative = _narrative(node, even_generated=with_narrative)
    for one in (*texts(node.data, node.path, language), *narrative):
        text = _folded(one.text)
        if one.name in _LIMITS and _is_told(text, said):
            continue
        if one.kind in _WORDS and text and text.rstrip(" :?.") not in said:
            said += f" {text}"
            yield f"{label(one.name, language)}{colon} {one.text}"


def _is_told(amount: str, said: str) -> bool:
    """Tell whether a text says the numbers and units of an amount; units of time stand there as words."""
    words = said.split()
    wanted = [part for part in amount.split() if part not in _TIMES and any(map(str.isalnum, part))]
    return all(any(word.startswith(part) for word in words) for part in wanted)


def whole(node: Node, told: str, language: str) -> Iterator[str]:
    """Yield all that a resource says, its codes, times, numbers and yes and no too, for a type without
    sentences of its own.
    """
    said, colon = _folded(told), message("record.colon", language)
    for one in texts(node.data, node.path, language):
        shown = catalogue(language).get(f"status.{one.text}", one.text) if one.kind == "code" else one.text
        line = f"{label(one.name, language)}{colon} {shown}"
        if one.text and not (one.kind == "text" and _folded(one.text) in said) and _folded(line) not in said:
            said += f"\n{_folded(line)}"
            yield line


def label(name: str, language: str) -> str:
    """Return the name of an element in words; one that is not known by its own name, in small letters."""
    found = catalogue(language).get(f"fhir_element.{name}", "")
    return found or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().capitalize()


def texts(data: Mapping[str, object], path: str, language: str) -> Iterator[Said]:
    """Yield the texts of an object, in the order of its elements."""
    for name, value in data.items():
        if name.startswith("_"):
            yield from _extensions(value, name[1:], path, language)
        elif name in ("extension", "modifierExtension"):
            yield from _extensions({name: value}, "", path, language)
        elif name not in _UNSAID and not (name == "text" and isinstance(value, Mapping) and "div" in value):
            for item in value if isinstance(value, list) else [value]:
                yield from _one(_base(name), item, f"{path}.{name}", language)


def _narrative(node: Node, *, even_generated: bool) -> list[Said]:
    held = node.data.get("text")
    if not isinstance(held, Mapping) or not isinstance(held.get("div"), str):
        return []
    if held.get("status") in ("generated", "extensions", "empty") and not even_generated:
        return []
    return [Said("text", flat(parse_fragment(str(held["div"]))), "narrative")]


def _base(name: str) -> str:
    found = _CHOICE.fullmatch(name)
    return found[1] if found else name


def _one(name: str, value: object, path: str, language: str) -> Iterator[Said]:
    if isinstance(value, Mapping):
        yield from _object(name, value, path, language)
    elif isinstance(value, bool):
        yield Said(name, message("record.yes" if value else "record.no", language), "yes")
    elif isinstance(value, str) and value.strip():
        yield _plain(name, value.strip(), language)


def _plain(name: str, value: str, language: str) -> Said:
    if _DATE.fullmatch(value) and (iso := from_iso(value)):
        return Said(name, in_words(iso, language, clock=True), "time")
    if _NUMBER.fullmatch(value):
        return Said(name, value, "number")
    if value in ("true", "false"):
        return Said(name, message("record.yes" if value == "true" else "record.no", language), "yes")
    return Said(name, value, "code" if name in _CODES else "text")


def _object(name: str, value: Mapping[str, object], path: str, language: str) -> Iterator[Said]:
    """Yield what an object says: as the data type that it has the shape of, else element by element."""
    node, names = Node(value, path), frozenset(value)
    try:
        found = _typed(name, node, names, language)
    except Malformed:
        found = None
    if found is not None:
        yield from (one for one in found if one.text)
        yield from _extensions(value, name, path, language)
        if names & _WITH_PARTS:
            yield from (one for one in texts(value, path, language) if one.kind == "text")
        return
    named = {"text", "concept", "reference"} if name in _TRANSPARENT or names & {"concept"} else set()
    yield from texts({(name if key in named else key): held for key, held in value.items()}, path, language)


def _typed(name: str, node: Node, names: frozenset[str], language: str) -> list[Said] | None:
    """Return what a data type of FHIR says, None for an object that is none."""
    if names <= _CONCEPT and names & {"coding", "text"}:
        is_word = node.text("text") or not (_is_own(node) or (name in _FILED and _is_known(node, language)))
        return [Said(name, concept(node), "text" if is_word else "code")]
    if names <= _PERIOD and names & {"start", "end"}:
        return [Said(name, period(node, language, clock=True), "time")]
    if names <= _RANGE and names & {"low", "high"}:
        return [Said(name, limits(node, language))]
    if names <= _RATIO and "numerator" in names:
        return [Said(name, ratio(node))]
    if names <= _REFERENCE and names & {"reference", "display"}:
        return [Said(name, node.text("display"))]
    if names <= _QUANTITY and "value" in names and (names & {"unit", "code"}):
        return [Said(name, quantity(node))]
    if names <= _CODING and names & {"code", "display"}:
        return [
            Said(
                name,
                concept(Node({"coding": [node.data]}, node.path)),
                "code" if _is_own(Node({"coding": [node.data]})) else "text",
            )
        ]
    if names & {"repeat", "event"} and names <= {"repeat", "event", "code", "id", "extension"}:
        return [Said(name, timing(node, language))]
    if name in ("dosage", "dosageInstruction") and not node.text("text"):
        return [Said(name, dosage(node, language))]
    return None


def _is_known(node: Node, language: str) -> bool:
    """Tell whether one of the codes of a status is said in words."""
    known = catalogue(language)
    return any(
        f"{table}.{one.text('code')}" in known
        for one in node.nodes("coding")
        for table in ("status", "interpretation", "setting")
    )


def _is_own(node: Node) -> bool:
    """Tell whether a concept is coded in FHIR's own lists alone, or a bare code: it says how the resource is
    filed.
    """
    codings = node.nodes("coding")
    return bool(codings) and all(
        one.text("system").startswith(_OWN_LISTS) or not one.text("display") for one in codings
    )


def _extensions(value: object, name: str, path: str, language: str) -> Iterator[Said]:
    """Yield the texts of extensions, of an element or of a plain value, under the last part of their
    address.
    """
    for holder in value if isinstance(value, list) else [value]:
        if not isinstance(holder, Mapping):
            continue
        for key in ("extension", "modifierExtension"):
            held = holder.get(key)
            for one in held if isinstance(held, list) else [held]:
                if isinstance(one, Mapping):
                    yield from _extension(one, name, path, language)


def _extension(one: Mapping[str, object], name: str, path: str, language: str) -> Iterator[Said]:
    address = one.get("url")
    tail = address.rpartition("/")[2] if isinstance(address, str) else ""
    for key, value in one.items():
        if key.startswith("value"):
            yield from _one(tail or name or "extension", value, f"{path}.{key}", language)
    yield from _extensions(one, tail or name, path, language)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
