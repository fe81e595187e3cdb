"""The coded entries of a CDA section: their codes, their lines, and what must never be lost of them, that
something is absent or not done.

The narrative is what its author signed. An entry that it does not tell is written below it, with every text
that entries carry themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.facts import Fact
from rag.core.types import Code
from rag.ingest.cda.facts import product_of, relative_of, statements, told_of
from rag.ingest.cda.header import system_name
from rag.ingest.cda.particulars import NOTHING_SAID, PARTICULARS, with_particulars
from rag.ingest.cda.places import NarrativePlaces
from rag.ingest.cda.problems import agents_of
from rag.ingest.cda.values import NarrativeIds, ids_of, is_negated, type_of
from rag.ingest.records.wording.denial import denied
from rag.ingest.records.writing import Writer
from rag.ingest.records.xml import Element, child, children, local, within
from rag.messages import message

_TRUE = ("true", "1")
_CODED = ("code", "value", "translation")
_TEXTS = frozenset("originalText text name desc title lotNumberText value".split())
_NAMED = frozenset("playingDevice manufacturedMaterial manufacturedLabeledDrug specimenPlayingEntity".split())


def codes_of(section: Element) -> Iterator[Code]:
    """Yield the codes of a section's own entries, each once and with a label."""
    seen: set[tuple[str, str]] = set()
    for entry in children(section, "entry"):
        for found in _of_the_patient(entry):
            code, label = found.get("code"), found.get("displayName")
            if (
                code
                and label
                and local(found) in _CODED
                and (key := (found.get("codeSystem") or "", code)) not in seen
            ):
                seen.add(key)
                yield Code(system_name(key[0]), code, " ".join(label.split()))


def _of_the_patient(element: Element) -> Iterator[Element]:
    """Yield the elements below that state something of the patient: what is negated, and what a relative has,
    is not the patient's.
    """
    for found in element:
        if found.get("negationInd") not in _TRUE and child(found, "subject", "relatedSubject") is None:
            yield found
            yield from _of_the_patient(found)


def write_entries(writer: Writer, section: Element, start: int, language: str) -> int:
    """State the facts of a section's entries where the text from ``start`` on tells them; write below it what
    it does not tell.

    Return how many particulars of entries that the narrative tells in its own words it does not tell.
    """
    if child(section, "entry") is None:
        return 0
    names = NarrativeIds(ids_of(section), language)
    places = NarrativePlaces.of(writer.text_from(start), start, names.by_id)
    pending: dict[str, list[Fact]] = {}
    for told in told_of(section, names):
        place = places.find(told)
        fact = told.fact
        if is_negated(told.statement) and (line := _negated(told.statement, names)):
            pending.setdefault(line, []).extend([fact] if fact is not None else [])
        elif place is not None and fact is not None:
            writer.state(fact, *place)
        elif place is None:
            line = with_particulars(told.line, told.statement, names)
            pending.setdefault(f"- {line}", []).extend([fact] if fact is not None else [])
    for line in _other_negations(section, names):
        pending.setdefault(line, [])
    writer.lines(list(pending), list(pending.values()))
    writer.lines(f"- {text}" for text in _further(section, names, writer.text_from(start)))
    return _unsaid(section, _folded(writer.text_from(start)))


def _unsaid(section: Element, said: str) -> int:
    coded = (
        found.get("displayName") or ""
        for entry in children(section, "entry")
        for found in within(entry, *PARTICULARS)
    )
    return sum(1 for text in set(coded) if text and _folded(text) not in said and text not in NOTHING_SAID)


def _other_negations(section: Element, names: NarrativeIds) -> Iterator[str]:
    for found in statements(section):
        if is_negated(found) and (line := _negated(found, names)):
            yield line


def _negated(found: Element, names: NarrativeIds) -> str:
    """Return the line of a negated statement: an observation that is absent, an act that was not done."""
    language = names.language
    said = [names.value(child(found, "value")), *agents_of(found, names), product_of(found, names)[0]]
    what = ", ".join(dict.fromkeys(filter(None, said))) or names.concept(child(found, "code"))
    if not what:
        return ""
    is_finding = local(found) in ("observation", "act")
    line = (
        denied("absent", what, language)
        if is_finding
        else message("record.not_done_coded", language, what=what)
    )
    relative = relative_of(found, names)
    return f"{relative}{message('record.colon', language)} {line}" if relative else line


def _further(section: Element, names: NarrativeIds, told: str) -> Iterator[str]:
    """Yield the texts that entries carry themselves and that are told nowhere, each once; why a value is
    missing too.
    """
    said = _folded(told)
    for entry in children(section, "entry"):
        for found in within(entry, *_TEXTS):
            text = _text(found, names)
            if text and _folded(text) not in said:
                said += f" {_folded(text)}"
                yield text


def _text(found: Element, names: NarrativeIds) -> str:
    name = local(found)
    if name not in _TEXTS or (name == "name" and not _is_of_a_thing(found)) or _is_within_media(found):
        return ""
    if name == "value" and (
        type_of(found) not in ("ST", "ED", "") or found.get("value") or found.get("representation") == "B64"
    ):
        return ""
    own = " ".join("".join(part for part in (found.text, *(one.tail for one in found)) if part).split())
    if name == "value" and not own:
        return ""
    inner = " ".join("".join(found.itertext()).split())
    return inner if name != "value" else own


def _is_of_a_thing(name: Element) -> bool:
    """Tell whether a name is of a medicine, a device, a specimen or an allergen, not of a person or a
    place.
    """
    above = name.getparent()
    if above is None or local(above) != "playingEntity":
        return above is not None and local(above) in _NAMED
    role = above.getparent()
    participant = role.getparent() if role is not None else None
    return participant is not None and participant.get("typeCode") == "CSM"


def _is_within_media(element: Element) -> bool:
    above = element.getparent()
    return above is not None and local(above) == "observationMedia"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
