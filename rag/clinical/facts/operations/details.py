"""Who operated, by which way, under which anaesthesia, what was left in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from rag.clinical.concepts import concepts
from rag.clinical.facts.note import NamedConcept, Note
from rag.clinical.phrases import phrases_in
from rag.core.text import Span

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
_COMPLICATION = re.compile(
    r"\bcomplications?(?: per-?operatoires?| intraoperatives?)?\s*+[:=]\s*+(?P<told>[^\n.;]{3,60})"
    r"|(?P<none>\b(?:sans|pas de|aucune|no|without)\s(?:\w+\s)?complications?(?:\s(?:per|intra)-?operat\w+)?)"
)
_IN_BRACKETS = re.compile(r"\s*\((?P<implant>[^)\d\n]{4,60})\)")
_IMPLANT = re.compile(
    r"\b(?:implants?|prothese utilisee|materiel(?: implante)?|reference|ref|modele|model|lot|n° de serie"
    r"|serial)"
    r"\s*[:=]\s*(?P<implant>[^\n;]{3,150}?)(?=[\n;]|\.(?:\s|$)|$)"
)
_PUT_IN = re.compile(
    r"\b(?:mise en place|pose|implantation|impaction|placement|insertion)\s"
    r"(?:de la |du |des |d'une? |de l'|de |d'|of an? |of the |of )"
    r"(?P<implant>[^.;\n]{6,150})"
)
_MOST_BESIDE = 90


def details_of(
    note: Note, named: NamedConcept, reach: Span, limit: int, is_of_report: bool
) -> tuple[dict[str, str], tuple[Span, ...]]:
    """Return what is told of an act in its sentence, or in the whole report where it is the one reported, and
    where that is written; ``limit`` is where the next act begins.
    """
    found: dict[str, tuple[Span, Span]] = {}
    whole = (0, len(note.text)) if is_of_report else reach
    told = _APPROACH.search(note.plain) if is_of_report else None
    if told is not None and told["told"]:
        found["approach"] = told.span("told"), told.span()
    for name, words, place in _named(note, whole, reach, is_of_report):
        found.setdefault(name, (words, place))
    if told is not None:
        found.setdefault("approach", (told.span(), told.span()))
    if person := _beside(note, named, min(limit, reach[1])):
        found.setdefault("operator", (person, person))
    if anaesthesia := _ANESTHESIA.search(note.plain, *whole):
        name = "told" if anaesthesia["told"] else "under"
        found["anaesthesia"] = anaesthesia.span(name), anaesthesia.span()
    if is_of_report and (complication := _COMPLICATION.search(note.plain)):
        name = "told" if complication["told"] else "none"
        found["complication"] = complication.span(name), complication.span()
    if implant := _implant(note, named, whole, is_of_report):
        found["implant"] = implant
    return (
        {name: note.quote(*words).strip() for name, (words, _) in found.items()},
        tuple(sorted({_trimmed(note, place) for _, place in found.values()})),
    )


def _trimmed(note: Note, span: Span) -> Span:
    words = note.text[slice(*span)]
    return span[0] + len(words) - len(words.lstrip()), span[1] - len(words) + len(words.rstrip())


def _named(note: Note, whole: Span, reach: Span, is_of_report: bool) -> Iterator[tuple[str, Span, Span]]:
    for phrase in phrases_in(note.tokens, note.language, "acts", *note.tokens_in(*whole)):
        table, place = phrase.name.partition(".")[0], (phrase.start, phrase.end)
        if table == "approach":
            own = not is_of_report or reach[0] <= phrase.start < reach[1]
            if own or "voie" in note.plain[phrase.start : phrase.end]:
                yield "approach", place, place
        elif table in ("operator", "assistant"):
            person = _PERSON.match(note.text, phrase.end) or _UNTITLED.match(note.text, phrase.end)
            if person is not None:
                yield table, person.span("name"), (phrase.start, person.end("name"))


def _beside(note: Note, named: NamedConcept, limit: int) -> Span | None:
    """Return the surgeon named beside an act: ``PTH le 12/05/2019 (Dr Morel)``, ``by Dr Ruth Cole``."""
    end = min(limit, named.end + _MOST_BESIDE)
    found = _BESIDE.search(note.text, named.end, end) or _BY.search(note.text, named.end, end)
    return found.span("name") if found else None


def _implant(note: Note, named: NamedConcept, reach: Span, is_of_report: bool) -> tuple[Span, Span] | None:
    if implant := _IMPLANT.search(note.plain, *reach):
        return implant.span("implant"), implant.span()
    if not is_of_report:
        return None
    if named.concept in _implanting() and (bracket := _IN_BRACKETS.match(note.text, named.end)):
        return bracket.span("implant"), bracket.span()
    for found in _PUT_IN.finditer(note.plain, *reach):
        span = found.span("implant")
        measured = any(char.isdigit() for char in note.plain[slice(*span)])
        if measured or any(span[0] <= device.start < span[1] for device in note.of_kind("device")):
            return span, found.span()
    return None


@cache
def _implanting() -> frozenset[str]:
    """Return the operations that leave something in: their brackets name it."""
    return frozenset(row.id for row in concepts("procedure") if "arthroplasty" in row.id)
