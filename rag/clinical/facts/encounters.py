"""Stays and appointments: when a patient came in and left, and when they are to come back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, UNSURE, Note
from rag.clinical.phrases import phrases_in
from rag.clinical.times.periods import When
from rag.core.facts import Fact, Period

_STAY = re.compile(
    r"\b(?:hospitalis\w+|sejour\w*|admis\w*|entree?|admitted|admission|stay|hospitali[sz]ed)\b"
)
_PAST = re.compile(
    r"\s*(?:\w+\s){0,2}(?:etait|a montre|montrait|retrouvait|a retrouve|objectivait|a"
    r" ete|was|were|showed|revealed|had)\b"
)
_TO = re.compile(r"\s*(?:au|to|jusqu'au|until|-|–|→)\s*(?:le )?$")


def encounters(note: Note) -> Iterator[Fact]:
    """Yield the stay that a note tells of: admission and discharge, as far as they are named."""
    admission = next(
        (
            when
            for when in note.whens
            if when.event == "admission" and when.period is not None and not when.is_future
        ),
        None,
    )
    discharge = next(
        (when for when in note.whens if when.event == "discharge" and when.period is not None), None
    )
    if admission is not None and discharge is None:
        discharge = _end_of_stay(note, admission)
    named = [when for when in (admission, discharge) if when is not None]
    if not named:
        return
    first = named[0]
    start = note.plain.rfind("\n", 0, first.start) + 1
    found = list(_STAY.finditer(note.plain, start, first.start))
    begin = found[-1].start() if found else first.start
    spans = [(begin, first.end)] + ([(_lead(note, named[1]), named[1].end)] if len(named) > 1 else [])
    if note.stand((begin, first.end)).assertion == "family":
        return
    details = {}
    if admission is not None and admission.period is not None:
        details["admission"] = (admission.period.start or "")[:10]
    if discharge is not None and discharge.period is not None:
        details["discharge"] = (discharge.period.end or discharge.period.start or "")[:10]
    period = Period(
        details.get("admission") or None,
        details.get("discharge")
        or (
            details.get("admission")
            if admission and admission.period and admission.period.end != admission.period.start
            else None
        ),
        "day",
    )
    if (
        admission is not None
        and admission.period is not None
        and admission.period.end not in (None, admission.period.start)
    ):
        period = Period(details["admission"], admission.period.end, "day")
        details["discharge"] = admission.period.end or ""
    doubtful = note.foreign.holds(begin)
    yield Fact(
        kind="encounter",
        concept="hospitalization",
        label=note.quote(begin, first.end),
        spans=tuple(spans),
        status="unconfirmed" if doubtful else "done",
        at=period,
        recorded_at=note.authored_at,
        confidence=DOUBTFUL if doubtful else SURE,
        value_text=note.quote(begin, first.end),
        details=details,
    )


def _lead(note: Note, when: When) -> int:
    start = max(note.plain.rfind("\n", 0, when.start) + 1, when.start - 30)
    found = re.search(
        r"\b(?:sortie?|sortante?|date de sortie|discharged?|date of"
        r" discharge|retour|transfere\w*|transferred)\b.*$",
        note.plain[start : when.start],
    )
    return start + found.start() if found else when.start


def _end_of_stay(note: Note, admission: When) -> When | None:
    """Return the second date of ``hospitalisé du 10/03/2026 au 16/03/2026``."""
    following = next((when for when in note.whens if when.start >= admission.end), None)
    return (
        following
        if following is not None
        and following.period
        and _TO.fullmatch(note.plain, admission.end, following.start)
        else None
    )


def appointments(note: Note) -> Iterator[Fact]:
    """Yield the visits to come: a word of appointment with a day ahead of the note in its sentence."""
    for sentence in note.sentences:
        cue = next(
            (
                phrase
                for phrase in phrases_in(note.tokens, note.language, "living", sentence.first, sentence.last)
                if phrase.name == "appointment.cue"
            ),
            None,
        )
        if cue is None or note.foreign.holds(cue.start):
            continue
        when = next(
            (
                when
                for when in note.whens
                if cue.start <= when.start < sentence.end and (when.is_future or when.sort == "ahead")
            ),
            None,
        )
        stand = note.stand((cue.start, cue.end))
        if when is None or stand.assertion in ("negated", "family") or _PAST.match(note.plain, when.end):
            continue
        label = note.quote(cue.start, cue.end)
        yield Fact(
            kind="appointment",
            concept="appointment",
            label=label,
            spans=((cue.start, max(when.end, cue.end)),),
            status="planned",
            at=when.period,
            recorded_at=note.authored_at,
            value_text=note.quote(cue.start, max(when.end, cue.end)),
            confidence=(SURE if when.sort != "ahead" else LIKELY) if when.period else UNSURE,
        )
