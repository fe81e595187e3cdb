"""Whether something is, was, is suspected or was ruled out; and what the record lists of a sort of things.

Not mentioned is not absent: only a documented absence is answered with no. Relatives' diseases answer only
where the family is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from rag.answer.from_facts.habits import answer_habit, is_habit
from rag.answer.from_facts.matching import Subject, subjects
from rag.answer.from_facts.procedures import STATED_AS
from rag.answer.from_facts.record import Record, day_of, in_time, moment, said_once, sure, written
from rag.answer.from_facts.values import (
    FactAnswer,
    FactStatement,
    Fragment,
    PartStatus,
    not_found,
    quoted,
    statement,
    worst,
)
from rag.answer.from_facts.wording.periods import fitting, limits_of
from rag.answer.from_facts.wording.phrases import denied, doubt_of, label_of, say, sided, value_of, when_of
from rag.clinical.concepts import kinds_of
from rag.core.facts import Fact, FactKind
from rag.understand.values import QuestionPart

Stand = Literal["present", "confirmed", "suspected", "refuted", "negated", "resolved", "history", "family"]
_YES: frozenset[Stand] = frozenset({"present", "confirmed"})
_NO: frozenset[Stand] = frozenset({"refuted", "negated"})
_WAS: frozenset[Stand] = frozenset({"history", "resolved"})
_MOST = 20
_EACH: frozenset[FactKind] = frozenset({"encounter", "appointment"})
"""Sorts of facts of which each day is a thing of its own."""
_TOLD: frozenset[FactKind] = frozenset({"lifestyle", "directive", "appointment", "encounter", "family"})
"""Sorts of facts that are said in the document's own sentence: a table of concepts holds but a part of them.
"""
_LISTED: frozenset[FactKind] = frozenset(
    {"condition", "family", "lifestyle", "directive", "appointment", "encounter", "device"}
)


def stand_of(fact: Fact) -> Stand:
    """Return how a fact stands to its thing."""
    if fact.assertion == "family" or fact.kind == "family":
        return "family"
    if fact.status in ("refuted", "resolved", "suspected"):
        return (
            "refuted"
            if fact.status == "refuted"
            else "resolved"
            if fact.status == "resolved"
            else "suspected"
        )
    if fact.assertion == "negated" or fact.status in ("documented_absent", "removed"):
        return "negated"
    if fact.assertion == "hypothesis" or fact.status == "unconfirmed":
        return "suspected"
    if fact.assertion == "history":
        return "history"
    return "confirmed" if fact.status == "confirmed" else "present"


def answer_presence(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say how the record stands to the things named, or list a sort of things."""
    kinds = part.kinds & (_LISTED | {"procedure"}) or _LISTED
    found = subjects(part, record, kinds | {"condition"} if "family" in kinds else kinds)
    if not any(subject.readings for subject in found):
        return _listing(found[0], part, record, language)
    found = list(_of_illness(found))
    statements: list[FactStatement] = []
    near: list[Fact] = []
    statuses: list[PartStatus] = []
    certain: list[bool] = []
    for subject in found:
        answer = _standing(subject, part, record, language)
        certain.append(answer.is_certain)
        statements.extend(answer.statements)
        near.extend(answer.near_misses)
        statuses.append(answer.status)
    if not statements:
        return not_found(near, is_certain=all(certain))
    return FactAnswer(worst(statuses), tuple(statements), tuple(near))


def _of_illness(found: list[Subject]) -> list[Subject]:
    """Of a disease asked about on an examination (``a bleed on the CT?``), keep the disease: that there was a
    CT is no answer.
    """
    ill = [one for one in found if _sorts_of(one) & _ILL]
    return [one for one in found if one in ill or "imaging" not in _sorts_of(one)] if ill else found


def _sorts_of(subject: Subject) -> frozenset[str]:
    return frozenset(reading.kind for reading in subject.readings)


_ILL = frozenset({"condition", "symptom"})


def of_person_asked(facts: Sequence[Fact], part: QuestionPart) -> list[Fact]:
    """Return the facts of the patient, or those of relatives where they are asked about."""
    wants_family = part.asks("family")
    wants_own = part.asks("personal") or not wants_family
    return [
        fact
        for fact in facts
        if (stand_of(fact) == "family" and wants_family) or (stand_of(fact) != "family" and wants_own)
    ]


def _standing(subject: Subject, part: QuestionPart, record: Record, language: str) -> FactAnswer:
    told = [
        fact for fact in subject.facts if fact.status or fact.assertion != "hypothesis"
    ]  # "return if bleeding" tells of none
    own = [
        fact for fact in of_person_asked(told, part) if not part.side or fact.side in ("", part.side, "both")
    ]
    within = _until_then(own, part, record)
    if within and is_habit(within) and (habit := answer_habit(within, part, language)):
        return habit
    if hot := _measured_fever(subject, part, record):
        return FactAnswer("answered", tuple(_hot(fact, part, language) for fact in hot))
    if not within or not sure(within):
        only_family = bool(subject.facts) and (not own or not told)
        return not_found(in_time(subject.facts), is_certain=only_family and not part.side)
    latest = _last_word(within)
    day = [fact for fact in within if day_of(fact) == day_of(latest)]
    is_back = _came_back(within, latest)
    if is_back and kinds_of(latest.concept).isdisjoint(_PUT_IN_ONCE):
        return FactAnswer("answered", tuple(_line(fact, language) for fact in _one_each(within)))
    if _contradict(day) or is_back:
        head = Fragment(say("contradiction", language), is_frame=True)
        lines = [_line(fact, language) for fact in _one_each(within if is_back else day)]
        return FactAnswer("contradictory", (statement(lines[0].facts, head, *lines[0].pieces), *lines[1:]))
    if latest.kind != "device" and _is_said_both_ways(within):
        return FactAnswer(
            "answered", tuple(quoted(fact) for fact in _one_each(fact for fact in within if sure([fact])))
        )
    before = _earlier(within, latest)
    answer = _verdict(within, latest, part, language)
    return FactAnswer(
        "answered", (_told(latest, language, answer), *(_line(fact, language) for fact in before))
    )


_FEVER, _FROM = "fever", 38.0
"""Degrees Celsius from which a temperature is a fever."""


def _measured_fever(subject: Subject, part: QuestionPart, record: Record) -> list[Fact]:
    """Return the temperatures of the time asked about that are a fever: a note of another day that denies it
    says nothing against them.
    """
    if not any(one.concept == _FEVER for one in subject.readings):
        return []
    measured = [fact for fact in record.facts if fact.concept == "temperature" and sure([fact])]
    within = fitting(measured, part.when, record) or []
    hot = in_time(
        said_once(fact for fact in within if fact.value is not None and _FROM <= fact.value < _HOTTEST)
    )
    is_of_now = not part.when.is_limited and part.when.mode in ("latest", "current")
    is_over = bool(hot) and day_of(hot[-1]) != (record.last_date() or "")[:10]
    return [] if is_of_now and is_over else hot[:_MOST_HOT]


_HOTTEST, _MOST_HOT = 44.0, 6


def _hot(fact: Fact, part: QuestionPart, language: str) -> FactStatement:
    yes = Fragment(say("yes", language), is_frame=True) if part.is_yes_no else ""
    label = say("value", language, label=label_of(fact, language))
    return statement([fact], yes, label, value_of(fact, language), when_of(fact, language), ".")


def _told(fact: Fact, language: str, before: Fragment | str) -> FactStatement:
    """State an illness that is there with the document's own sentence: where it is and how grave stands
    there.
    """
    line = _line(fact, language, before)
    if line.is_quoted or fact.kind != "condition" or stand_of(fact) not in _YES | {"suspected"}:
        return line
    return quoted(fact, *line.pieces, " ")


def _until_then(facts: Sequence[Fact], part: QuestionPart, record: Record) -> list[Fact] | None:
    """Return the facts of the time asked about; of a device, all until then: what was removed the day before
    is not there.
    """
    limits = limits_of(part.when, record) if part.when.is_limited and part.when.mode == "at" else None
    if limits is not None and facts and all(fact.kind == "device" for fact in facts):
        return [fact for fact in facts if moment(fact) <= limits.end]
    return fitting(facts, part.when, record)


def _last_word(facts: Sequence[Fact]) -> Fact:
    """Return the latest statement, of one day the one that settles most: confirmed or ruled out before
    suspected.
    """
    return max(facts, key=_settling)


def _settling(fact: Fact) -> tuple[float, bool, float, bool, float, bool]:
    return (
        moment(fact) // 86_400,
        fact.status == "removed",
        written(fact),
        stand_of(fact) != "suspected",
        fact.confidence,
        fact.status != "",
    )


def _earlier(facts: Sequence[Fact], latest: Fact) -> list[Fact]:
    """Return what was said otherwise before, the last of each: suspected, then ruled out."""
    told = _side_of(stand_of(latest))
    before = [fact for fact in facts if _side_of(stand_of(fact)) != told and moment(fact) <= moment(latest)]
    return in_time({stand_of(fact): fact for fact in before}.values())[-2:]


def _side_of(stand: Stand) -> str:
    return "yes" if stand in _YES else "no" if stand in _NO else stand


def _contradict(facts: Sequence[Fact]) -> bool:
    """Tell whether sure facts of one day, from different documents, say yes and no of one thing on one
    side.
    """
    firm = [fact for fact in facts if sure([fact]) and fact.kind != "device"]  # in and out is a course
    yes = [fact for fact in firm if stand_of(fact) in _YES]
    no = [fact for fact in firm if stand_of(fact) in _NO]
    return any(a.concept == b.concept and a.side == b.side and a.doc_id != b.doc_id for a in yes for b in no)


_PUT_IN_ONCE = frozenset({"drain"})
"""Devices that only an operation puts in: one noted in place after its removal is a contradiction, often a
note copied forward. A catheter, a line or a tube may have been put back: both statements are told, in time.
"""


def _came_back(facts: Sequence[Fact], latest: Fact) -> bool:
    """Tell whether a device is in place after it was removed, and nothing says that it was put back: often a
    note copied forward.
    """
    removed = [fact for fact in facts if fact.status == "removed" and moment(fact) <= moment(latest)]
    return latest.kind == "device" and latest.status == "in_place" and bool(removed)


def _is_said_both_ways(facts: Sequence[Fact]) -> bool:
    """Tell whether a record states a thing and denies it, on whatever days: then its own sentences are shown,
    and nothing is concluded.
    """
    stands = {_side_of(stand_of(fact)) for fact in facts if sure([fact])}
    return {"yes", "no"} <= stands


def _one_each(facts: Iterable[Fact]) -> list[Fact]:
    return in_time({_side_of(stand_of(fact)): fact for fact in facts}.values())


def _verdict(facts: Sequence[Fact], latest: Fact, part: QuestionPart, language: str) -> Fragment | str:
    """Yes or no, where what stands entails it; a suspicion does neither. A thing of the past is a yes to
    whether it was.
    """
    if not part.is_yes_no or not sure([latest]):
        return ""
    stand = stand_of(latest)
    if latest.status in ("planned", "cancelled"):
        return (
            Fragment(say("yes", language), is_frame=True)
            if part.asks("planned") and latest.status == "planned"
            else ""
        )
    if stand == "family" and latest.status == "refuted":
        return Fragment(say("no", language), is_frame=True)
    if stand in _YES or stand in _WAS or stand == "family":
        return Fragment(say("yes", language), is_frame=True) if stand != "resolved" else ""
    ever = any(stand_of(fact) in _YES for fact in facts if sure([fact]))
    return Fragment(say("no", language), is_frame=True) if stand in _NO and not ever else ""


def _line(fact: Fact, language: str, before: Fragment | str = "") -> FactStatement:
    stand = stand_of(fact)
    if fact.kind in _TOLD or stand == "family":
        return quoted(fact, before)
    label = sided(label_of(fact, language), fact.side, language)
    if stand in _NO and fact.kind in ("condition", "procedure"):
        label = denied(label, language)
    value = value_of(fact, language)
    is_state = fact.kind == "condition" or (fact.kind == "procedure" and fact.status not in STATED_AS)
    head = say(f"condition_{stand}", language, label=label) if is_state else _device(fact, label, language)
    said = f", {value}" if value and value.casefold() not in label.casefold() else ""
    return statement([fact], before, head, said, when_of(fact, language), doubt_of(fact, language), ".")


def _device(fact: Fact, label: str, language: str) -> str:
    if fact.status in STATED_AS:
        return say(STATED_AS[fact.status], language, label=label)
    return (
        say("condition_negated", language, label=label)
        if fact.assertion == "negated"
        else say("listed", language, label=label)
    )


def _listing(subject: Subject, part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """List the facts of a sort: the last word on each thing."""
    if not part.kinds & _LISTED:
        return not_found()
    within = fitting(of_person_asked(subject.facts, part), part.when, record)
    grouped: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in within or ():
        grouped.setdefault((fact.concept, fact.side, day_of(fact) if fact.kind in _EACH else ""), []).append(
            fact
        )
    last = [_last_word(facts) for facts in grouped.values() if sure(facts)]
    kept = (
        [fact for fact in last if part.asks("absence") == (stand_of(fact) in _NO)]
        if "condition" in part.kinds
        else last
    )
    if part.asks("planned") and "appointment" in part.kinds:
        kept = kept[-3:]
    if not kept:
        return not_found(subject.facts)
    return FactAnswer("answered", tuple(_line(fact, language) for fact in in_time(kept)[:_MOST]))
