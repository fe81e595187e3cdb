"""The coded entries of a CDA section: their codes, and what must never be lost of them, that something is absent or was not done.

The narrative is what its author signed; entries are added to the text where the narrative is missing, and where an entry is negated.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.types import Code
from rag.ingest.cda.header import system_name
from rag.ingest.records.denial import denied
from rag.ingest.records.units import unit_in_words
from rag.ingest.records.when import from_stamp, in_words
from rag.ingest.records.xml import Element, child, children, local, text_at, value_at
from rag.messages import message

_STATEMENTS = frozenset("act observation procedure encounter substanceAdministration supply".split())
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_TRUE = ("true", "1")
_CODED = ("code", "value", "translation")


def statements(section: Element) -> Iterator[Element]:
    """Yield the statements of a section's own entries, outermost first, not those of sections inside it."""
    for entry in children(section, "entry"):
        for found in entry.iter():
            if local(found) in _STATEMENTS:
                yield found


def codes_of(section: Element) -> Iterator[Code]:
    """Yield the codes of a section's own entries, each once and with a label."""
    seen: set[tuple[str, str]] = set()
    for entry in children(section, "entry"):
        for found in _of_the_patient(entry):
            code, label = found.get("code"), found.get("displayName")
            if code and label and local(found) in _CODED and (key := (found.get("codeSystem") or "", code)) not in seen:
                seen.add(key)
                yield Code(system_name(key[0]), code, " ".join(label.split()))


def _of_the_patient(element: Element) -> Iterator[Element]:
    """Yield the elements below that state something of the patient: what is negated, and what a relative has, is not the patient's."""
    for found in element:
        if found.get("negationInd") not in _TRUE and child(found, "subject", "relatedSubject") is None:
            yield found
            yield from _of_the_patient(found)


def negated_lines(section: Element, language: str) -> list[str]:
    """Return a line for each entry of a section that is negated: an observation that is absent, an act that was not done."""
    lines = []
    for found in statements(section):
        if found.get("negationInd") in _TRUE and (what := _what(found)):
            done = local(found) in ("observation", "act")
            line = denied("absent", what, language) if done else message("record.not_done_coded", language, what=what)
            lines.append(f"{_relative(found, language)}{line}")
    return list(dict.fromkeys(lines))


def coded_lines(section: Element, language: str) -> list[str]:
    """Return a line for each entry of a section without narrative that says something: what, its value, its date."""
    lines = []
    for found in statements(section):
        if found.get("negationInd") in _TRUE or found.get("nullFlavor"):
            continue
        what, value = value_at(found, "displayName", "code") or _original(child(found, "code")), _value(child(found, "value"))
        product = _product(found)
        words = f"{what}{message('record.colon', language)} {value}" if what and value else what or value
        words = ", ".join(filter(None, (words, product)))
        words = f"{_relative(found, language)}{words}" if words else ""
        stamp = value_at(found, "value", "effectiveTime") or value_at(found, "value", "effectiveTime", "low")
        if words and (value or product or local(found) in ("procedure", "encounter")):
            date = in_words(from_stamp(stamp), language)
            lines.append(f"- {words} ({date})" if date else f"- {words}")
    return list(dict.fromkeys(lines))


def _relative(statement: Element, language: str) -> str:
    """Return of whom a statement speaks, ``Père : ``, where that is not the patient."""
    above = statement
    while above is not None and local(above) != "entry":
        subject = child(above, "subject", "relatedSubject")
        if subject is not None:
            who = value_at(subject, "displayName", "code") or _original(child(subject, "code")) or message("record.a_relative", language)
            return f"{who}{message('record.colon', language)} "
        above = above.getparent()
    return ""


def _what(statement: Element) -> str:
    """Return what a statement is about: its value (the problem), its participant (of an allergy) and its product, else its code."""
    named = [_value(child(statement, "value")), *_participants(statement), _product(statement)]
    code = value_at(statement, "displayName", "code") or _original(child(statement, "code"))
    return ", ".join(dict.fromkeys(filter(None, named))) or code


def _participants(statement: Element) -> list[str]:
    found = []
    for participant in children(statement, "participant"):
        entity = child(participant, "participantRole", "playingEntity")
        found.append(value_at(entity, "displayName", "code") or text_at(entity, "name") or _original(child(entity, "code")))
    return found


def _product(statement: Element) -> str:
    for name in ("manufacturedMaterial", "manufacturedLabeledDrug"):
        for found in statement.iter():
            if local(found) == name:
                return value_at(found, "displayName", "code") or text_at(found, "name") or _original(child(found, "code"))
    return ""


def _original(code: Element | None) -> str:
    return text_at(code, "originalText")


def _value(value: Element | None) -> str:
    if value is None or (value.get("nullFlavor") and not value.get("displayName")):
        return ""
    kind = (value.get(_TYPE) or "").rpartition(":")[2]
    if kind == "PQ" or value.get("unit"):
        return f"{value.get('value') or ''} {unit_in_words(value.get('unit') or '')}".strip()
    if kind == "IVL_PQ":
        ends = [f"{end.get('value') or ''} {unit_in_words(end.get('unit') or '')}".strip() for end in children(value, "low", "high")]
        return " – ".join(filter(None, ends))
    if kind == "BL":
        return value.get("value") or ""
    return value.get("displayName") or _original(value) or value.get("value") or " ".join("".join(value.itertext()).split())
