"""Drugs: what was started, continued, changed, stopped, planned, given or ruled out, at what dose, since when
and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.clinical.concepts import concept
from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.dating import time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, UNSURE, NamedConcept, Note, Sentence
from rag.clinical.facts.treatments.doses import Dose, dose_after, dose_before
from rag.clinical.facts.treatments.reasons import bracketed_reason, reason_after, reason_beside
from rag.clinical.facts.treatments.standing import standing_of
from rag.clinical.facts.treatments.turns import DrugTurn, turns_of
from rag.clinical.times.periods import When
from rag.core.facts import Fact, FactStatus, Period
from rag.core.text import Span

_ALLERGY = re.compile(
    r"\b(?:allerg\w+|intoleran\w+|anaphyla\w+|hypersensib\w+|hypersensitiv\w+|reaction|tolere\w*|tolerat\w+|nkda)\b"
)
_NOT_DRUG = re.compile(
    r"\s*(?:\+|plasmatique|serique|levels?|dosage|residuel\w*|trough|blood"
    r" level|[:|=]?\s?\d+(?:[.,]\d+)?\s?(?:(?:[munpµ]?mol|[munpµ]?c?g|u?i)/d?l|[nupµ]c?g/ml)\b"
    r"|[:n°]*\s?\d{6,}|\s*[:n°]+\s*[a-z]{0,3}[ -]?\d{2,}(?![\d.,]|\s?(?:mg|g|ug|µg|ui|cp|ml)\b))"
)
_THEN_DOSED = re.compile(
    r"[^.;\n]{0,50}[:,]\s(?:dose )?"
    r"(?:diminu|augment|redui|major|baiss|passe|porte|increas|decreas|reduc)\w*\s(?:a|to)\s\d"
)
"""A level that is followed by what was made of the dose: ``tacrolimus résiduel 11,8 : diminué à 3 mg/j``."""
_DAY = 10
"""Characters of a day in ISO 8601."""
_AFTERWARDS = re.compile(r"\b(?:puis|then|relais|followed by|suivi de|ensuite)\b")
_RECEPTOR = re.compile(
    r"\b(?:recepteurs?|receptors?|anticorps|antibod\w+)\s(?:a la |a l'|aux? |des |de la |de l'|d'|for )?$"
)
_STEP = re.compile(r"[,;]?\s\b(?:puis|then)\s+(?:[a-z]{4,12}\s+){0,2}(?:a\s+|to\s+)?(?=\d)")
"""Where an entry goes on to its next dose."""
_PURPOSE = re.compile(r"\b(?:antibio-?)?prophyla\w+|\bpremedicat\w+|\bpremedication\b")
_NEAR_PURPOSE = 60
"""Characters before a drug in which a purpose is its own."""


def drugs(note: Note) -> Iterator[Fact]:
    """Yield the drugs of a note, those of its allergies left out."""
    things = [
        named
        for named in note.of_kind("drug", "drug_class")
        if not _is_no_drug(note, named)
        and named.concept not in ids_of("vaccine")
        and note.rooms.role(named.start) not in ("allergies", "directives")
        and not _is_allergen(note, named, note.sentence_at(named.start))
    ]
    for number, named in enumerate(things):
        sentence = note.sentence_at(named.start)
        following = things[number + 1] if number + 1 < len(things) else None
        earlier = things[number - 1] if number else None
        if following is not None and following.start == named.start:
            following = None
        yield from _drug(note, named, earlier, following, sentence)


def _is_no_drug(note: Note, named: NamedConcept) -> bool:
    """Tell whether the words are a test of the drug, a part of another name, or a thing measured too
    (``potassium 4,2 mmol/L``).
    """
    if note.text[named.start : named.end] == "ASA" and re.match(
        r"\s?[:=]?\s?(?:[1-5]|[IV]+)\b(?!\d)(?!\s?mg)", note.text[named.end : named.end + 8]
    ):
        return True  # the score of fitness for anaesthesia
    return (
        _NOT_DRUG.match(note.plain, named.end) is not None and not _THEN_DOSED.match(note.plain, named.end)
    ) or _RECEPTOR.search(note.plain[max(0, named.start - 24) : named.start]) is not None


def _is_allergen(note: Note, named: NamedConcept, sentence: Sentence) -> bool:
    start = max(sentence.start, note.plain.rfind(";", sentence.start, named.start) + 1, named.start - 60)
    end = min(sentence.end, named.end + 25)
    return (
        _ALLERGY.search(note.plain, start, named.start) is not None
        or re.search(r"^[^(\d]*\ballerg(?:y|ie)\b", note.plain[named.end : end]) is not None
    )


def _drug(
    note: Note,
    named: NamedConcept,
    earlier: NamedConcept | None,
    following: NamedConcept | None,
    sentence: Sentence,
) -> Iterator[Fact]:
    limit = min(
        _end_of_entry(note, named, sentence), following.start if following is not None else len(note.text)
    )
    limit = max(limit, named.end)
    turns = turns_of(note, named, limit, sentence, following)
    begin = named.end
    turns, steps = _with_steps(note, turns, named.end, limit)
    for number, turn in enumerate(turns):
        later = turns[number + 1] if number + 1 < len(turns) else None
        end = steps[number] if number < len(steps) else later.cue.start if later is not None else limit
        yield _one(
            note, named, turn, (begin, end), sentence, earlier.end if earlier is not None else sentence.start
        )
        begin = end


def _with_steps(
    note: Note, turns: Sequence[DrugTurn | None], start: int, limit: int
) -> tuple[tuple[DrugTurn | None, ...], tuple[int, ...]]:
    """Return the turns with those of an entry that goes on over dated doses, and where each ends: ``diminué à
    20 mg le 22/07 puis 10 mg ce jour``.
    """
    if len(turns) != 1 or turns[0] is None or turns[0].status not in ("changed", "started"):
        return tuple(turns), ()
    first, ends = turns[0], []
    for step in _STEP.finditer(note.plain, start, limit):
        stop = _STEP.search(note.plain, step.end(), limit)
        last = stop.start() if stop else limit
        if any(step.end() <= when.start < last and when.sort == "at" for when in note.whens):
            ends.append(step.start())
    changed = replace(first, status="changed")
    return (first, *(changed for _ in ends)), tuple(ends)


def _one(
    note: Note, named: NamedConcept, turn: DrugTurn | None, entry: Span, sentence: Sentence, floor: int
) -> Fact:
    """Return one thing that an entry says of a drug; ``floor`` is where the drug before it ends."""
    start, limit = entry
    dose = dose_after(note, start, limit)
    if not dose.text and start == named.end:
        ahead = dose_before(note, max(sentence.start, floor), named.start)
        dose = (
            Dose(ahead.value, ahead.unit, ahead.text, dose.end, {**dose.details, **ahead.details})
            if ahead.text
            else dose
        )
    stand = note.stand((named.start, named.end))
    status, assertion = standing_of(note, named, turn, stand, dose)
    details = dict(dose.details)
    if (role := note.rooms.role(named.start)) in ("home", "discharge"):
        details["list"] = role
    when = _when(note, entry, status)
    if not status and assertion == "present" and when is not None and when.end not in (None, when.start):
        status = "given" if _is_dated_range(note, entry) else status
    reason = reason_after(note, start, limit) or bracketed_reason(note, turn, limit)
    if not reason and turn is None and status in ("stopped", "changed"):
        reason = reason_beside(note, max(named.end, dose.end))
    if purpose := _PURPOSE.search(note.plain, max(sentence.start, floor, named.start - _NEAR_PURPOSE), limit):
        details["purpose"] = note.quote(*purpose.span())
    foreign = note.foreign.holds(named.start) or stand.is_other_person
    sure = SURE if turn is not None else LIKELY if status else UNSURE
    first = min(
        [
            named.start,
            *(
                [turn.cue.start]
                if turn is not None and turn.cue.start < named.start and named.start - turn.cue.start < 60
                else []
            ),
        ]
    )
    if (
        dose.text
        and (place := note.text.rfind(dose.text, max(sentence.start, named.start - 26), named.start)) >= 0
        and dose.end <= named.end
    ):
        first = min(first, place)
    last = max(
        named.end, dose.end, turn.cue.end if turn is not None and named.end <= turn.cue.start <= limit else 0
    )
    return Fact(
        kind="drug",
        concept=named.concept,
        label=note.quote(named.start, named.end),
        spans=((first, min(last, max(limit, named.end))),),
        status="unconfirmed" if foreign or named.others else status,
        assertion=assertion,
        value=dose.value,
        unit=dose.unit,
        value_text=dose.text,
        at=when,
        recorded_at=note.authored_at,
        reason=reason,
        confidence=DOUBTFUL if foreign or named.others else sure,
        codes=concept(named.concept).codes,
        details=details,
    )


def _end_of_entry(note: Note, named: NamedConcept, sentence: Sentence) -> int:
    """Return where what is said of a drug ends: its sentence, or its line with the lines indented under
    it.
    """
    end = sentence.end
    line = note.line_at(named.start)
    if sentence.end <= line.end and sentence.end == line.end:
        for below in note.lines:
            if below.start <= line.start:
                continue
            head = note.text[below.start : below.start + 3]
            if (
                below.start == end + 1
                and head.startswith("  ")
                and not any(below.start <= other.start < below.end for other in note.of_kind("drug"))
            ):
                end = below.end
            elif below.start > end + 1:
                break
    return end


def _when(note: Note, entry: Span, status: FactStatus) -> Period | None:
    """Return since when, or when: the time in the drug's own entry, else that of its part of the note; none
    after a *then*.
    """
    inside = [
        when
        for when in note.whens
        if entry[0] <= when.start < entry[1] and when.event != "birth" and when.sort != "lasting"
    ]
    if chosen := _chosen(inside):
        if chosen.period is None or (
            chosen.is_future and status not in ("planned", "not_to_give", "continued", "stopped")
        ):
            return None
        return chosen.period
    line = note.line_at(entry[0])
    earlier = [when for when in note.whens if line.start <= when.start < entry[0]]
    if earlier and _AFTERWARDS.search(note.plain[earlier[-1].end : entry[0]]):
        return None
    dated = time_of(note, entry, entry[1])
    if (
        not dated.is_named
        and note.rooms.role(entry[0]) in ("discharge", "plan")
        and len(note.authored_at or "") >= _DAY
    ):
        return Period(
            (note.authored_at or "")[:_DAY], (note.authored_at or "")[:_DAY], "day"
        )  # what is taken home is so on the letter's day, not throughout the stay
    return dated.at


def _is_dated_range(note: Note, entry: Span) -> bool:
    """Tell whether an entry itself says from when to when: ``méropénem du 9 au 13/02``."""
    return any(
        entry[0] <= when.start < entry[1]
        and when.sort == "at"
        and when.period is not None
        and when.period.end not in (None, when.period.start)
        for when in note.whens
    )


def _chosen(inside: Sequence[When]) -> When | None:
    since = next((when for when in inside if when.sort == "since"), None)
    return (
        since
        or next((when for when in inside if when.sort in ("at", "ahead")), None)
        or next(iter(inside), None)
    )
