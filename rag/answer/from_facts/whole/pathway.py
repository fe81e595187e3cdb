"""The course of events: a line a stay or a day, the most important of them, in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer.from_facts.matching import row_of, subjects
from rag.answer.from_facts.operations import is_done, is_surgery, is_therapy, operations, surgeries
from rag.answer.from_facts.record import Record, day_of, in_time, sure
from rag.answer.from_facts.values import FactAnswer, FactStatement, listing, not_found, statement
from rag.answer.from_facts.whole.problems import StandingIllness, has_own_day, name_of, problems_of
from rag.answer.from_facts.whole.stays import HospitalStay, hospital_stays
from rag.answer.from_facts.wording.periods import fitting
from rag.answer.from_facts.wording.phrases import (
    label_of,
    reason_of,
    regimen_of,
    say,
    sided,
    value_of,
    when_of,
)
from rag.clinical.concepts import kinds_of
from rag.core.facts import Fact
from rag.understand.values import QuestionPart

_MOST_LINES = 12
_MOST_EACH = 6
_STAY, _OPERATION, _ILLNESS, _TURN, _LOOK = 6, 5, 4, 2, 1
"""What a stay, an operation, a new illness, a turn of a treatment and an examination weigh: the lines that
weigh most are shown. Set by hand.
"""
_TURNS = frozenset({"started", "stopped", "changed"})


@dataclass(frozen=True, slots=True)
class _PathwayEvent:
    """One event with its weight; ``day`` is its first day."""

    fact: Fact
    weight: int
    name: str = ""

    @property
    def day(self) -> str:
        """Return the day of the event."""
        return day_of(self.fact)


def answer_timeline(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Tell what happened: stays, operations, new illnesses, turns of treatment, results far out of range."""
    told = _told(record, language)
    within = _since_act([one.fact for one in told], part, record)
    if within is None:
        within = fitting([one.fact for one in told], part.when, record)
    if within is None:
        return not_found()
    kept = {fact.fact_id for fact in within}
    stays = hospital_stays(record)
    lines: dict[str, list[_PathwayEvent]] = {}
    during: dict[str, HospitalStay] = {}
    for one in told:
        if one.fact.fact_id not in kept or not one.day:
            continue
        stay = next((stay for stay in stays if stay.holds(one.day)), None)
        key = stay.start if stay else one.day
        lines.setdefault(key, []).append(one)
        if stay:
            during[key] = stay
    best = sorted(lines, key=lambda key: (-_weight(lines[key], during.get(key)), key))[:_MOST_LINES]
    found = [_line(lines[key], during.get(key), language) for key in sorted(best)]
    return FactAnswer("answered", tuple(found)) if found else not_found()


def _since_act(facts: Sequence[Fact], part: QuestionPart, record: Record) -> list[Fact] | None:
    """Return what came since the act that a question names (``depuis la chimiothérapie``); None where it
    names none that the record dates.
    """
    if part.when.is_limited or not any(one.kind == "procedure" for one in part.named):
        return None
    acts = [
        fact for subject in subjects(part, record, {"procedure"}, {"procedure"}) for fact in subject.facts
    ]
    done = in_time(fact for fact in acts if is_done(fact) and fact.at is not None and sure([fact]))
    done = done or surgeries(record.facts)
    if not done:
        return None
    first = day_of(done[0])
    return [fact for fact in facts if day_of(fact) >= first]


def _weight(events: Sequence[_PathwayEvent], stay: HospitalStay | None) -> int:
    return sum(sorted((one.weight for one in events), reverse=True)[:_MOST_EACH]) + _STAY * (stay is not None)


def _line(events: Sequence[_PathwayEvent], stay: HospitalStay | None, language: str) -> FactStatement:
    chosen = sorted(sorted(events, key=lambda one: -one.weight)[:_MOST_EACH], key=lambda one: one.day)
    items = [stay.stated(language)] if stay else []
    items += [_item(one, stay, language) for one in chosen if one.fact.kind != "encounter" or stay is None]
    return listing("", items, language)


def _item(one: _PathwayEvent, stay: HospitalStay | None, language: str) -> FactStatement:
    told = statement([one.fact], *_words(one, language), when_of(one.fact, language))
    return replace(told, is_dated=stay is None)


def _words(one: _PathwayEvent, language: str) -> list[str]:
    fact = one.fact
    if fact.kind == "lab":
        return [f"{label_of(fact, language)} {value_of(fact, language)}"]
    if fact.kind == "drug":
        key = {"stopped": "drug_stopped", "started": "drug_started", "changed": "drug_changed"}[fact.status]
        head = say(key, language, drug=label_of(fact, language))
        dose = regimen_of(fact, language) if fact.status != "stopped" else ""
        return [head, f", {dose}" if dose else "", reason_of(fact, language)]
    if fact.kind == "device" and fact.status == "removed":
        return [say("device_removed", language, label=sided(label_of(fact, language), fact.side, language))]
    name = one.name or name_of(fact, language)
    return [sided(name, fact.side, language)]


def _told(record: Record, language: str) -> list[_PathwayEvent]:
    """Return the events of a record in time, each once."""
    facts = [fact for fact in record.facts if sure([fact]) and fact.assertion in ("present", "history")]
    done = [
        fact
        for fact in facts
        if fact.kind in ("procedure", "device") and is_done(fact) and _is_dated(fact) and _is_named(fact)
    ]
    events = [_PathwayEvent(fact, _act_weight(fact)) for fact in _narrow(operations(done))]
    events += [
        _PathwayEvent(one.first, _ILLNESS + min(one.weight, _ILLNESS), name_of(one.fact, language))
        for one in problems_of(record)
        if _is_news(one)
    ]
    events += [_PathwayEvent(fact, _TURN) for fact in _turns(facts)]
    events += [
        _PathwayEvent(fact, _TURN)
        for fact in facts
        if fact.kind == "lab" and fact.details.get("interpretation", "") in ("HH", "LL")
    ]
    events += [_PathwayEvent(fact, _LOOK) for fact in facts if fact.kind == "encounter"]
    order = {fact.fact_id: place for place, fact in enumerate(in_time(one.fact for one in events))}
    return sorted(events, key=lambda one: order[one.fact.fact_id])


def _narrow(acts: Sequence[Fact]) -> list[Fact]:
    """Leave out an act of one day that another of that day names more closely: a scan beside a CT."""
    return [
        fact
        for fact in acts
        if not any(
            other.concept != fact.concept
            and fact.concept in kinds_of(other.concept)
            and day_of(other) == day_of(fact)
            for other in acts
        )
    ]


def _is_dated(fact: Fact) -> bool:
    return fact.at is not None or fact.assertion != "history"


def _is_named(fact: Fact) -> bool:
    """Tell whether a fact names an event a reader would tell: a device has its own only where it was put in
    or taken out.
    """
    if fact.kind == "device":
        return fact.status == "removed" or bool(fact.details.get("implant"))
    row = row_of(fact.concept)
    return is_surgery(fact) or is_therapy(fact) or row is None or row.kind == "imaging"


def _act_weight(fact: Fact) -> int:
    if not is_surgery(fact):
        return _TURN if is_therapy(fact) else _LOOK
    return _OPERATION + bool(fact.side) + bool(fact.details.get("operator"))


def _is_news(problem: StandingIllness) -> bool:
    """Tell whether an illness came in the time of the record: one of the antecedents only where it is
    dated.
    """
    return not problem.is_old or has_own_day(problem.first)


def _turns(facts: Sequence[Fact]) -> list[Fact]:
    """Return the turns of treatments: of one day each drug's once, by the fact that gives a dose; the same
    turn that a later letter tells again is left out.
    """
    days: dict[tuple[str, str, str], Fact] = {}
    for fact in in_time(fact for fact in facts if fact.kind == "drug" and fact.status in _TURNS):
        key = (fact.concept, fact.status, day_of(fact))
        if key not in days or (_dose(fact) and not _dose(days[key])):
            days[key] = fact
    last: dict[str, tuple[str, str]] = {}
    found = []
    for fact in in_time(days.values()):
        turn = (fact.status, _dose(fact))
        if last.get(fact.concept) != turn and "as_needed" not in fact.details:
            found.append(fact)
        last[fact.concept] = turn
    return found


def _dose(fact: Fact) -> str:
    return fact.value_text or fact.details.get("dose", "")
