"""What is said of the patient's relatives: which illness, whose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.clinical.concepts import concept
from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, Note
from rag.core.facts import Fact

_AGE = re.compile(r"\b(?:a|at|age|aged|a l'age de|at age)\s(?P<age>\d{1,3})\s?(?:ans|an|years?|yo|y\b)?")


def family(note: Note) -> Iterator[Fact]:
    """Yield the illnesses of relatives that a note tells of, denied ones with the status ``refuted``."""
    for named in note.of_kind("condition", "symptom"):
        stand = note.stand((named.start, named.end))
        if stand.assertion != "family" or stand.is_other_person or named.concept in ids_of("no_condition"):
            continue
        sentence = note.sentence_at(named.start)
        start = (
            stand.cue[0]
            if stand.cue is not None and sentence.start <= stand.cue[0] < named.start
            else named.start
        )
        end = (
            stand.cue[1] if stand.cue is not None and named.end <= stand.cue[0] < sentence.end else named.end
        )
        age = _AGE.search(note.plain, named.end, min(sentence.end, named.end + 40))
        details = {"relation": stand.relation} | (
            {"age": age["age"]} if age and int(age["age"]) < 120 else {}
        )
        doubtful = bool(named.others) or note.foreign.holds(named.start)
        yield Fact(
            kind="family",
            concept=named.concept,
            label=note.quote(named.start, named.end),
            spans=((start, max(end, age.end() if age else 0)),),
            status="unconfirmed" if doubtful else "refuted" if stand.is_denied else "confirmed",
            assertion="family",
            recorded_at=note.authored_at,
            confidence=DOUBTFUL if doubtful else SURE if stand.relation else LIKELY,
            codes=concept(named.concept).codes,
            details={name: value for name, value in details.items() if value},
        )
