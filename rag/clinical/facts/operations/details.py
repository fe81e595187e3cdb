"""Who operated, by which way, under which anaesthesia, what was left in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from rag.clinical.concepts import concepts
from rag.clinical.facts.note import NamedConcept, Note
from rag.clinical.phrases import phrases_in

_TITLED = (
    r"(?:[Dd]r|[Pp]r|[Dd]octeur|[Pp]rofesseur|DR|PR|Prof|Mr|Mrs|Ms|Miss|MR|MISS)\.?[ \t]+"
    r"(?:[A-ZÀ-Ý](?:\.[ \t-]?|[ \t]))*+[A-ZÀ-Ý][\w'’-]*(?: [A-ZÀ-Ý][\w'’-]+)?"
)
_PERSON = re.compile(rf"[\s:*]*(?:le |the )?(?P<name>{_TITLED})(?!\s?:)")
_UNTITLED = re.compile(
    r"[ \t]*(?:\*\*)?[:=](?:\*\*)?[ \t]*(?P<name>[A-ZÀ-Ý][\w'’-]+\.?(?: [A-ZÀ-Ý][\w'’.-]+){1,2})"
    r"(?=[ \t]*(?:[\n,;.(]|$))"
)
"""A name without a title, right after its label: ``Opérateur : MARTIN Lucie``."""
_BESIDE = re.compile(rf"\(\s?(?:(?:opérateur|chirurgien|surgeon)\s?:?\s?)?(?P<name>{_TITLED})\s?[,)]")
_BY = re.compile(rf"\b(?:par|by)\s+(?:le\s+|la\s+|the\s+)?(?P<name>{_TITLED})")
_APPROACH = re.compile(
    r"\b(?:voie d'abord|abord|approach)\s*+[:=]\s*+(?P<told>[^\n.;]{3,60})"
    r"|\b(?P<named>(?:(?!(?:the|a|an|via|by|using|through|with|was|our|this|of)\b)[a-z-]{3,20}+ ){1,3})"
    r"approach\b"
)
_ANESTHESIA = re.compile(
    r"\b(?:anesthesie|anaesthesia|anesthesia|anaesthetic|anesthetic)\s*+[:=]\s*+(?P<told>[^\n.;]{2,60})"
    r"|\b(?:sous|under|with)\s(?P<under>(?:(?:anesthesie|sedation|rachianesthesie|ag|alr)\b"
    r"|(?:general|spinal|local|regional|epidural)\sana?esthe\w+)"
    r"(?:\s(?:generale|locale|loco-?regionale|peridurale))?)"
)
_IN_BRACKETS = re.compile(r"\s*\((?P<implant>[^)\d\n]{4,60})\)")
_IMPLANT = re.compile(
    r"\b(?:implants?|prothese utilisee|materiel(?: implante)?|reference|ref|modele|model|lot|n° de serie"
    r"|serial)"
    r"\s*[:=]\s*(?P<implant>[^\n;]{3,90}?)(?=[\n;]|\.(?:\s|$)|$)"
)
_PUT_IN = re.compile(
    r"\b(?:mise en place|pose|implantation|impaction|placement|insertion)\s"
    r"(?:de la |du |des |d'une? |de l'|de |d'|of an? |of the |of )"
    r"(?P<implant>[^.;\n]{6,90})"
)
_MOST_BESIDE = 90


def details_of(
    note: Note, named: NamedConcept, reach: tuple[int, int], limit: int, is_of_report: bool
) -> dict[str, str]:
    """Return what is told of an act in its sentence, or in the whole report where it is the one reported;
    ``limit`` is where the next act begins.
    """
    details: dict[str, str] = {}
    start, end = (0, len(note.text)) if is_of_report else reach
    if is_of_report and (told := _APPROACH.search(note.plain)) and told["told"]:
        details["approach"] = note.quote(*told.span("told")).strip()
    for name, words in _named(note, (start, end), reach, is_of_report):
        details.setdefault(name, words)
    if is_of_report and "approach" not in details and (approach := _APPROACH.search(note.plain)):
        details["approach"] = note.quote(*approach.span()).strip()
    if "operator" not in details and (person := _beside(note, named, min(limit, reach[1]))):
        details["operator"] = person
    if found := _ANESTHESIA.search(note.plain, start, end):
        details["anesthesia"] = note.quote(*found.span("told" if found["told"] else "under")).strip()
    if implant := _implant(note, named, (start, end), is_of_report):
        details["implant"] = implant
    return details


def _named(
    note: Note, whole: tuple[int, int], reach: tuple[int, int], is_of_report: bool
) -> Iterator[tuple[str, str]]:
    for phrase in phrases_in(note.tokens, note.language, "acts", *note.tokens_in(*whole)):
        table = phrase.name.partition(".")[0]
        if table == "approach":
            own = not is_of_report or reach[0] <= phrase.start < reach[1]
            if own or "voie" in note.plain[phrase.start : phrase.end]:
                yield "approach", note.quote(phrase.start, phrase.end)
        elif table in ("operator", "assistant"):
            person = _PERSON.match(note.text, phrase.end) or _UNTITLED.match(note.text, phrase.end)
            if person is not None:
                yield table, person["name"]


def _beside(note: Note, named: NamedConcept, limit: int) -> str:
    """Return the surgeon named beside an act: ``PTH le 12/05/2019 (Dr Morel)``, ``by Dr Ruth Cole``."""
    end = min(limit, named.end + _MOST_BESIDE)
    for pattern in (_BESIDE, _BY):
        if found := pattern.search(note.text, named.end, end):
            return found["name"]
    return ""


def _implant(note: Note, named: NamedConcept, reach: tuple[int, int], is_of_report: bool) -> str:
    if implant := _IMPLANT.search(note.plain, *reach):
        return note.quote(*implant.span("implant")).strip()
    if not is_of_report:
        return ""
    if named.concept in _implanting() and (bracket := _IN_BRACKETS.match(note.text, named.end)):
        return bracket["implant"].strip()
    for found in _PUT_IN.finditer(note.plain, *reach):
        span = found.span("implant")
        measured = any(char.isdigit() for char in note.plain[slice(*span)])
        if measured or any(span[0] <= device.start < span[1] for device in note.of_kind("device")):
            return note.quote(*span).strip()
    return ""


@cache
def _implanting() -> frozenset[str]:
    """Return the operations that leave something in: their brackets name it."""
    return frozenset(row.id for row in concepts("procedure") if "arthroplasty" in row.id)
