"""Vaccines: which one, when, given, planned or refused; a list after its heading gives one fact an item."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.dating import time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, NamedConcept, Note
from rag.core.facts import Fact, FactStatus, Period
from rag.core.text import Span

_OPENS = re.compile(r"s?\s*(?:\*\*)?\s*[:=]\s*(?:\*\*)?")
_ITEM_END = re.compile(r"[,;|\n](?![^(]*\))|\.(?=\s|$)")
_AGAINST = re.compile(
    r"\s*\(?\s?(?:contre|anti-?|against|for)\s?(?:la |le |l'|les |the )?[a-z0-9' -]{2,40}?"
    r"(?=[.,;:()\n]|$|\s(?:le|en|on|in|faite?|given|du|was|a ete)\b)"
)
_TO_COME = re.compile(
    r"\ba (?:prevoir|faire|programmer|realiser|discuter|proposer)|\bprevue?s?\b|\brecommandee?s?\b"
    r"|\b(?:due|planned|scheduled|recommended)\b|\bto be given\b"
)
_REFUSED = re.compile(
    r"\brefus\w*|\bdeclin\w*|\bnon (?:fait|faite|a jour|vaccine)|\bnot (?:given|done|up to date)"
    r"|\bpas (?:de |d'|a jour)"
)
_YEAR = re.compile(r"\s*\(?(?P<year>(?:19|20)\d\d)\)?\s*$")
_FATE = re.compile(rf"{_TO_COME.pattern}|{_REFUSED.pattern}")
_TRAILING = re.compile(
    r"[\s(]*(?:\b(?:le|en|du|on|in|fait|faite|recu|recue|given|done|received|rappel le)\b[\s:]*)+$|[\s(:–-]+$"
)
_AHEAD = re.compile(r"(?:[\w-]+\s){0,2}$")


def vaccines(note: Note) -> Iterator[Fact]:
    """Yield the vaccines that a note tells of."""
    reached = -1
    for named in note.named:
        if named.concept not in ids_of("vaccine") or named.start < reached:
            continue
        stand = note.stand((named.start, named.end))
        if stand.assertion == "family" or stand.is_other_person or _is_heading(note, named):
            continue
        opened = _OPENS.match(note.plain, named.end)
        if opened is None:
            yield _fact(note, *_single(note, named), named)
            continue
        end = note.sentence_at(opened.end()).end
        for span in _items(note, opened.end(), end):
            yield _fact(note, span, span, named)
        reached = end


def _is_heading(note: Note, named: NamedConcept) -> bool:
    part = note.rooms.at(named.start)
    line = note.line_at(named.start)
    heads = part is not None and part.heading[0] <= named.start < part.heading[1]
    return heads and part is not None and part.heading[1] >= line.end - 2


def _items(note: Note, start: int, end: int) -> Iterator[Span]:
    while start < end:
        found = _ITEM_END.search(note.plain, start, end)
        stop = found.start() if found else end
        words = note.text[start:stop]
        if any(char.isalpha() for char in words):
            yield start + len(words) - len(words.lstrip(" \t:-*")), start + len(words.rstrip())
        start = found.end() if found else end


def _single(note: Note, named: NamedConcept) -> tuple[Span, Span]:
    """Return the words that name a vaccine, and those that its time and its fate stand in."""
    sentence = note.sentence_at(named.start)
    against = _AGAINST.match(note.plain, named.end, sentence.end)
    start = named.start
    if note.language == "en" and (ahead := _AHEAD.search(note.text, max(sentence.start, start - 30), start)):
        start = ahead.start()
    stop = _ITEM_END.search(note.plain, named.end, sentence.end)
    fate = _FATE.search(note.plain, max(sentence.start, named.start - 30), named.start)
    if fate is not None:
        return (named.start, against.end() if against else named.end), (
            fate.start(),
            stop.start() if stop else sentence.end,
        )
    return (start, against.end() if against else named.end), (start, stop.start() if stop else sentence.end)


def _fact(note: Note, name: Span, said: Span, named: NamedConcept) -> Fact:
    words = note.plain[slice(*said)]
    when = next((when for when in note.whens if said[0] <= when.start < said[1]), None)
    status: FactStatus = "done"
    if _TO_COME.search(words) or (when is not None and (when.is_future or when.sort == "ahead")):
        status = "planned"
    denied = _REFUSED.search(words) is not None or note.stand((named.start, named.end)).assertion == "negated"
    end = min(name[1], when.start) if when is not None and when.start > name[0] else name[1]
    year = _YEAR.search(note.plain, name[0], end) if when is None else None
    if fate := _FATE.search(note.plain, name[0] + 1, end):
        end = fate.start()
    label = _TRAILING.sub("", note.quote(name[0], year.start() if year else end)).strip()
    label = label or note.quote(named.start, named.end)
    at: Period | None = when.period if when is not None else None
    if year is not None:
        at = Period(year["year"], year["year"], "year")
    elif when is None and said != name:
        at = None if status == "planned" else time_of(note, name, said[1]).at
    doubtful = note.foreign.holds(said[0])
    return Fact(
        kind="procedure",
        concept="vaccine",
        label=label,
        spans=((min(said[0], named.start), max(name[1], when.end if when is not None else 0)),),
        status="unconfirmed" if doubtful else "" if denied else status,
        assertion="negated" if denied else "present",
        at=at,
        recorded_at=note.authored_at,
        value_text=label,
        confidence=DOUBTFUL if doubtful else SURE if when is not None else LIKELY,
        details={"vaccine": label},
    )
