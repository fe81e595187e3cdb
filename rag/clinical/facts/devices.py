"""Devices in and out: put in, in place, removed, planned, or said not to be there."""

from __future__ import annotations

from collections.abc import Iterator

from rag.clinical.concepts import concept
from rag.clinical.facts.acts import status_of
from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.dating import time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, Note
from rag.clinical.facts.sides import side_of
from rag.core.facts import Fact, FactStatus


def devices(note: Note) -> Iterator[Fact]:
    """Yield the devices of a note."""
    things = [named for named in note.of_kind("device") if named.concept not in ids_of("procedure")]
    for number, named in enumerate(things):
        stand = note.stand((named.start, named.end))
        if stand.assertion == "family":
            continue
        sentence = note.sentence_at(named.start)
        limit = min(sentence.end, things[number + 1].start if number + 1 < len(things) else sentence.end)
        table, cue = status_of(note, named, limit, ("planned", "cancelled", "removed", "in_place"))
        future = any(
            named.end <= when.start < limit and (when.is_future or when.sort == "ahead")
            for when in note.whens
        )
        status: FactStatus = table or "in_place"  # type: ignore[assignment]
        if future and status in ("removed", "in_place"):
            status = "planned"
        negated = stand.assertion == "negated"
        dated = time_of(note, (named.start, named.end), limit)
        side, side_end = side_of(note, (named.start, named.end))
        doubtful = bool(named.others) or note.foreign.holds(named.start)
        start = (
            min(named.start, cue.start) if cue is not None and named.start - cue.start < 60 else named.start
        )
        end = max(
            named.end, side_end if side else 0, cue.end if cue is not None and cue.start >= named.end else 0
        )
        yield Fact(
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
