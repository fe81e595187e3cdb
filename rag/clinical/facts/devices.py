"""Devices in and out: put in, in place, removed, planned, or said not to be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.clinical.concepts import concept
from rag.clinical.facts.acts import acts_in, status_of
from rag.clinical.facts.conditions import ids_of, when_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, NamedConcept, Note
from rag.clinical.facts.sides import side_of
from rag.clinical.phrases import Phrase, phrases_in
from rag.core.facts import Fact, FactStatus


def devices(note: Note) -> Iterator[Fact]:
    """Yield the devices of a note."""
    things = [named for named in note.of_kind("device") if named.concept not in ids_of("procedure")]
    for number, named in enumerate(things):
        stand = note.stand((named.start, named.end))
        if stand.assertion == "family" or note.rooms.role(named.start) == "directives":
            continue
        sentence = note.sentence_at(named.start)
        limit = min(sentence.end, things[number + 1].start if number + 1 < len(things) else sentence.end)
        turn = _turn(note, named, limit)
        own = turn.start if turn is not None else limit
        table, cue = status_of(note, named, own, ("planned", "cancelled", "removed", "in_place"))
        future = any(
            named.end <= when.start < own and (when.is_future or when.sort == "ahead") for when in note.whens
        )
        status: FactStatus = table or "in_place"  # type: ignore[assignment]
        if future and status in ("removed", "in_place"):
            status = "planned"
        negated = stand.assertion == "negated"
        dated = when_of(note, (named.start, named.end), own)
        side, side_end = side_of(note, (named.start, named.end))
        doubtful = bool(named.others) or note.foreign.holds(named.start)
        start = (
            min(named.start, cue.start) if cue is not None and named.start - cue.start < 60 else named.start
        )
        end = max(
            named.end, side_end if side else 0, cue.end if cue is not None and cue.start >= named.end else 0
        )
        fact = Fact(
            kind="device",
            concept=named.concept,
            label=note.quote(named.start, named.end),
            spans=((start, end),),
            status="unconfirmed" if doubtful else "" if negated else status,
            assertion="negated" if negated else stand.assertion,
            side=side,
            at=dated.at,
            recorded_at=note.authored_at,
            confidence=DOUBTFUL if doubtful else SURE if cue else LIKELY,
            codes=concept(named.concept).codes,
        )
        yield fact
        if turn is not None and fact.status in ("in_place", "") and not negated:
            yield _taken_out(note, fact, turn, limit)


def _turn(note: Note, named: NamedConcept, limit: int) -> Phrase | None:
    """Return the cue by which a device is said to be taken out later in its own entry: ``posée le 3, retirée
    le 9``.
    """
    after = [cue for cue in acts_in(note, named, limit)[1] if named.end <= cue.start]
    after += [
        cue
        for cue in phrases_in(note.tokens, note.language, "acts", *note.tokens_in(named.end, limit))
        if cue.name == "removed.before"
    ]
    out = next((cue for cue in sorted(after, key=_start) if cue.name.startswith("removed.")), None)
    if out is None:
        return None
    between = note.plain[named.end : out.start]
    stated = any(cue.end <= out.start and cue.name.startswith("in_place.") for cue in after)
    dated = any(named.end <= when.start < out.start for when in note.whens)
    return out if (stated and dated) or (_PARTED.search(between) and (stated or dated)) else None


def _start(cue: Phrase) -> int:
    return cue.start


def _taken_out(note: Note, fact: Fact, cue: Phrase, limit: int) -> Fact:
    """Return the second thing that an entry says of a device: that it was, or will be, taken out."""
    when = next((when for when in note.whens if cue.end <= when.start < limit), None)
    ahead = when is not None and (when.is_future or when.sort == "ahead")
    planned = ahead or _PLANNED.match(note.plain, cue.end) is not None
    return replace(
        fact,
        spans=((fact.spans[0][0], max(cue.end, when.end if when is not None else 0)),),
        status="planned" if planned else "removed",
        at=when.period if when is not None else None,
        details={"planned": "removal"} if planned else {},
        confidence=SURE,
    )


_PARTED = re.compile(r",|\b(?:puis|then|et|and)\b")
_PLANNED = re.compile(r"\s*(?:est |is )?(?:prevue?|programmee?|planned|scheduled|a prevoir)")
