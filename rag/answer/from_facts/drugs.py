"""Treatments: what is taken now, how a dose went, why something was stopped. What a record says is no proof
of what is taken.

The state of a drug is what the latest statement makes of it: a stop of September outweighs an earlier
``continued``, whichever was written last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from rag.answer.from_facts.allergies import allergy_stated, is_absent
from rag.answer.from_facts.matching import Subject, row_of, subjects
from rag.answer.from_facts.record import Record, day_of, in_time, moment, said_once, sure, time_of, written
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, not_found, quoted, statement
from rag.answer.from_facts.wording.periods import event_days, fitting, limits_of
from rag.answer.from_facts.wording.phrases import (
    doubt_of,
    label_of,
    on_date,
    reason_of,
    regimen_of,
    say,
    when_of,
    written_number,
)
from rag.clinical.concepts import kinds_of
from rag.clinical.measures.numbers import number_value
from rag.core.facts import Fact
from rag.core.times import bounds, is_clinical_time
from rag.understand.values import QuestionPart

State = Literal["taken", "stopped", "planned", "refused", "given", "ended"]
_TAKEN = frozenset({"", "started", "continued", "changed", "present"})
_MOST_DRUGS = 24
DRUGS = frozenset({"drug", "drug_class"})
"""Sorts of concepts that a question of a treatment names."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a record says of one drug, in time."""

    facts: tuple[Fact, ...]

    def state(self, record: Record) -> tuple[State, Fact]:
        """Return what became of the drug, and the fact that says so."""
        firm = [fact for fact in self.facts if fact.status != "planned"] or list(self.facts)
        firm = [
            fact for fact in firm if fact.assertion != "history"
        ] or firm  # "he was on" says nothing against what is told since
        last = max(firm, key=_weight)
        if last.status == "stopped":
            last = _first_said(sorted(firm, key=_weight))
        if last.status in ("stopped", "not_to_give", "planned", "given"):
            return _STATES[last.status], last
        return ("ended" if _has_ended(last, record) else "taken"), last

    def dosed(self) -> list[Fact]:
        """Return the facts that give a dose."""
        return [fact for fact in self.facts if regimen_of(fact, "en")]


def _first_said(facts: Sequence[Fact]) -> Fact:
    """Return the stop that began the last run of stops: a letter that tells it again gives its own day for
    it.
    """
    first = facts[-1]
    for fact in reversed(facts):
        if fact.status != "stopped":
            break
        first = fact
    return first


_STATES: dict[str, State] = {
    "stopped": "stopped",
    "not_to_give": "refused",
    "planned": "planned",
    "given": "given",
}
_KEYS: dict[State, str] = {
    "stopped": "drug_stopped",
    "refused": "drug_not_to_give",
    "planned": "drug_planned",
    "given": "drug_given",
    "ended": "drug_ended",
}


def _weight(fact: Fact) -> tuple[object, ...]:
    """What counts of several statements: the latest day, then the latest document, a stop, a dose, and what
    is written further down.
    """
    return day_of(fact), written(fact), fact.status == "stopped", bool(regimen_of(fact, "en")), fact.spans


def courses_of(facts: Iterable[Fact]) -> list[Course]:
    """Return the course of each drug that the patient takes, took or must not take; what is only supposed or
    denied is left out.
    """
    grouped: dict[str, list[Fact]] = {}
    for fact in facts:
        if (
            fact.kind == "drug"
            and fact.assertion in ("present", "history", "negated")
            and _says_something(fact)
        ):
            grouped.setdefault(fact.concept, []).append(fact)
    return [Course(tuple(in_time(group))) for group in grouped.values()]


def _says_something(fact: Fact) -> bool:
    return fact.assertion != "negated" or fact.status in ("stopped", "not_to_give")


def _has_ended(fact: Fact, record: Record) -> bool:
    """Tell whether a treatment of limited time was over when the record was last written."""
    end, last = _end_of(fact, record), record.last_date()
    return bool(end and last) and bounds(end or "")[1] < bounds(last or "")[0]


def _end_of(fact: Fact, record: Record) -> str | None:
    """Return the day until which a drug is to be taken; the days of a stay, or of a single dose, are no such
    limit.
    """
    if (end := _end_by_duration(fact)) is not None:
        return end
    at = fact.at
    if at is None or not at.end or at.start == at.end or not is_clinical_time(at.end):
        return None
    stays = {
        (stay.at.start, stay.at.end)
        for stay in record.facts
        if stay.kind == "encounter" and stay.at is not None
    }
    return None if (at.start, at.end) in stays else at.end


_LASTING = re.compile(
    r"(?P<count>\d{1,3}|\w+)\s?(?P<unit>jours?|j|days?|d|semaines?|sem|weeks?|wks?|mois|months?)\b", re.IGNORECASE
)
_DAYS = {"j": 1, "d": 1, "s": 7, "w": 7, "m": 30}


def _end_by_duration(fact: Fact) -> str | None:
    """Return the last day of a treatment whose length is told (``pendant 7 jours``), None where it is not."""
    found = _LASTING.search(fact.details.get("duration", ""))
    begun = time_of(fact)
    count = number_value(found["count"]) if found else None
    if found is None or count is None or not begun or len(begun) < _WHOLE_DAY:
        return None
    days = int(count) * _DAYS[found["unit"][0].lower()]
    return (date.fromisoformat(begun[:_WHOLE_DAY]) + timedelta(days=days)).isoformat()


_WHOLE_DAY = 10
"""Characters of a day in ISO 8601."""


def answer_treatment(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say what is taken: of the drugs named, or of all."""
    if part.named or part.words:
        return _named(part, record, language)
    chosen = _listed(part, record)
    if chosen is None or not chosen:
        return not_found()
    head = Fragment(say("treatment_head", language), is_frame=True)
    lines = [_line(fact, language) for fact in chosen[:_MOST_DRUGS]]
    return FactAnswer("answered", (statement(lines[0].facts, head, *lines[0].pieces), *lines[1:]))


def _listed(part: QuestionPart, record: Record) -> list[Fact] | None:
    """Return one fact for each drug taken at the time asked about."""
    facts = [fact for fact in record.facts if fact.kind == "drug"]
    if part.when.anchor in ("admission", "discharge"):
        return _at_event(part, record, facts)
    if part.when.is_limited:
        limits = limits_of(part.when, record)
        if limits is None:
            return None
        facts = [fact for fact in facts if moment(fact) <= limits.end]
    states = [course.state(record) for course in courses_of(facts)]
    taken = [fact for state, fact in states if state == "taken" and sure([fact]) and _is_listed(fact)]
    return sorted(taken, key=lambda fact: (-written(fact), fact.spans))


def _is_listed(fact: Fact) -> bool:
    """Tell whether a fact belongs in a list of treatments: a class of drugs without a dose names none, nor
    does a drug only mentioned.
    """
    row = row_of(fact.concept)
    if regimen_of(fact, "en"):
        return True
    return (row is None or row.kind != "drug_class") and fact.status != "" and fact.assertion != "history"


def _at_event(part: QuestionPart, record: Record, facts: Sequence[Fact]) -> list[Fact] | None:
    """The treatment on admission or at discharge is that of the documents of that day."""
    days = {day.isoformat() for day in event_days(part.when, record)}
    kinds = _OF_DISCHARGE if part.when.anchor == "discharge" else _OF_ADMISSION
    wanted = {
        doc_id
        for doc_id, doc in record.documents.items()
        if doc.kind in kinds and (doc.authored_at or "")[:10] in days
    }
    stated = [fact for fact in facts if fact.doc_id in wanted and "list" not in fact.details]
    listed = "discharge" if part.when.anchor == "discharge" else "home"
    told = [fact for fact in facts if fact.details.get("list") == listed]
    if part.when.anchor == "admission" and told and any(_is_of_stay(fact, record) for fact in told):
        told = [fact for fact in told if _is_of_stay(fact, record)]
    stated = told or stated
    if not stated:
        return None
    last = max((fact.recorded_at or "")[:10] for fact in stated)
    of_day = [fact for fact in stated if (fact.recorded_at or "")[:10] == last]
    ends = "stopped" if part.when.anchor == "discharge" else "started"
    return [
        fact
        for course in courses_of(of_day)
        for fact in course.facts[-1:]
        if fact.status not in (ends, "not_to_give", "given")
    ]


def _is_of_stay(fact: Fact, record: Record) -> bool:
    """Tell whether a document tells of a stay: what it lists as the usual treatment is that on admission."""
    return any(other.kind == "encounter" and other.doc_id == fact.doc_id for other in record.facts)


_OF_DISCHARGE = frozenset({"discharge_letter", "discharge_summary", "prescription"})
_OF_ADMISSION = frozenset({"admission_note", "anaesthesia_report", "consultation"})


def _named(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    statements: list[FactStatement] = []
    near: list[Fact] = []
    missing = False
    for subject in subjects(part, record, {"drug"}, DRUGS):
        found = _of_subject(subject, part, record, language)
        statements.extend(found.statements)
        near.extend(found.near_misses)
        missing = missing or found.status != "answered"
    if not statements:
        return not_found(near)
    return FactAnswer("partial" if missing else "answered", tuple(statements), tuple(near))


def _of_subject(subject: Subject, part: QuestionPart, record: Record, language: str) -> FactAnswer:
    facts: Sequence[Fact] = subject.facts
    if part.when.is_limited:
        limits = limits_of(part.when, record)
        if limits is None:
            return not_found(facts)
        facts = fitting(facts, part.when, record) or [fact for fact in facts if moment(fact) <= limits.end]
    courses = _without_classes([course for course in courses_of(facts) if sure(course.facts)])
    if not courses:
        return not_found(subject.facts)
    found = [line for course in courses for line in _states_of(course, part, record, language)]
    is_whole = not part.asks("dose") or any(
        regimen_of(fact, language) for line in found for fact in line.facts
    )
    return FactAnswer("answered" if is_whole else "partial", tuple(found))


def _without_classes(courses: Sequence[Course]) -> list[Course]:
    """Leave out a class of drugs (``anticoagulation``) where a drug of it has a course of its own."""
    classes = frozenset().union(
        *(kinds_of(course.facts[0].concept) - {course.facts[0].concept} for course in courses)
    )
    return [course for course in courses if course.facts[0].concept not in classes]


def _states_of(course: Course, part: QuestionPart, record: Record, language: str) -> list[FactStatement]:
    """State what became of a drug; where its dose is asked and it was stopped, the last dose given too."""
    line = _state_of(course, part, record, language)
    dosed = course.dosed()
    if not part.asks("dose") or not dosed or any(fact.value_text or fact.details.get("dose") for fact in line.facts):
        return [line]
    return [line, _line(dosed[-1], language)]


def _state_of(course: Course, part: QuestionPart, record: Record, language: str) -> FactStatement:
    state, fact = course.state(record)
    if state == "taken":
        yes = Fragment(say("yes", language), is_frame=True) if part.is_yes_no else ""
        proof = Fragment(say("treatment_proof", language), is_frame=True)
        return statement(
            [_dosed(course, fact)], yes, *_line(_dosed(course, fact), language).pieces[:-1], proof, "."
        )
    no = (
        Fragment(say("no", language), is_frame=True)
        if part.is_yes_no and state in ("stopped", "refused")
        else ""
    )
    return _ending(state, fact, no, language)


def _dosed(course: Course, fact: Fact) -> Fact:
    """The last fact, or the last that gives a dose where that one only says that the drug goes on."""
    dosed = course.dosed()
    return fact if regimen_of(fact, "en") or not dosed or fact.status == "changed" else dosed[-1]


def _ending(state: State, fact: Fact, before: Fragment | str, language: str) -> FactStatement:
    date = (
        on_date(fact.at.end if fact.at else None, language) if state == "ended" else when_of(fact, language)
    )
    head = say(_KEYS[state], language, drug=label_of(fact, language))
    dose = (
        f", {regimen_of(fact, language)}"
        if state in ("given", "planned", "ended") and regimen_of(fact, language)
        else ""
    )
    return statement(
        [fact], before, head, dose, date, reason_of(fact, language), doubt_of(fact, language), "."
    )


def _line(fact: Fact, language: str) -> FactStatement:
    """State a drug with its dose and the date."""
    regimen = regimen_of(fact, language)
    drug = label_of(fact, language)
    said = (
        say("drug_dose", language, drug=drug, dose=regimen)
        if regimen
        else say("drug_named", language, drug=drug)
    )
    return statement([fact], said, _since(fact, language), doubt_of(fact, language), ".")


def _since(fact: Fact, language: str) -> Fragment | str:
    starts = fact.at is not None and fact.at.start and fact.status in ("started", "changed", "continued", "")
    key = "since" if starts and fact.at is not None and fact.at.end != fact.at.start else "document"
    if fact.at is not None and fact.status in ("started", "changed"):
        key = "since"
    day = time_of(fact) if key == "since" else (fact.recorded_at or time_of(fact))
    return on_date(day, language, key, fact.recorded_at)


def answer_dose(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say how doses went, with the reasons; only the reasons where only they are asked for."""
    facts = [fact for subject in subjects(part, record, {"drug"}, DRUGS) for fact in subject.facts]
    within = fitting(facts, part.when, record)
    if not within:
        return not_found(facts)
    only_why = part.asks("reason") and not part.asks("change", "dose", "previous")
    statements: list[FactStatement] = []
    for course in courses_of(within):
        if sure(course.facts):
            statements.extend(
                _reasons(course, language)
                if only_why or part.asks("reason")
                else _steps(course, part, language)
            )
    return FactAnswer("answered", tuple(statements)) if statements else not_found(within)


def _steps(course: Course, part: QuestionPart, language: str) -> list[FactStatement]:
    """State each dose once, in time, with what changed it; a drug whose dose never changed has its one
    line.
    """
    found: list[FactStatement] = []
    last = ""
    is_named = bool(part.named or part.words)
    for fact in course.facts:
        regimen = regimen_of(fact, language)
        is_new = bool(regimen) and regimen.casefold() != last.casefold()
        is_event = fact.status in ("changed", "started", "stopped") and (
            bool(regimen) or not _is_dosed_that_day(course, fact)
        )
        if (is_new and is_named) or is_event:
            found.append(_step(fact, language))
        last = regimen or last
    return found


def _is_dosed_that_day(course: Course, fact: Fact) -> bool:
    """Tell whether another statement of the same day gives the dose that this one changes to."""
    return fact.status == "changed" and any(day_of(other) == day_of(fact) for other in course.dosed())


def _step(fact: Fact, language: str) -> FactStatement:
    drug, new = label_of(fact, language), regimen_of(fact, language)
    old = written_number(fact.details.get("old_dose", ""), language)
    if fact.status == "stopped":
        said = say("drug_stopped", language, drug=drug)
    elif old and new:
        said = say("drug_changed_from", language, drug=drug, old=old, new=new)
    else:
        said = (
            say("drug_dose", language, drug=drug, dose=new) if new else say("drug_named", language, drug=drug)
        )
    return statement(
        [fact], said, when_of(fact, language), reason_of(fact, language), doubt_of(fact, language), "."
    )


def _reasons(course: Course, language: str) -> list[FactStatement]:
    told = [fact for fact in course.facts if fact.reason]
    lines = [
        _ending("refused", fact, "", language) if fact.status == "not_to_give" else _step(fact, language)
        for fact in told
    ]
    return [_told(line, language) for line in lines]


def _told(line: FactStatement, language: str) -> FactStatement:
    """Give the document's own sentence for a reason: it may say more than the part that was read as the
    reason.
    """
    reason = reason_of(line.facts[0], language)
    return quoted(line.facts[0], *(piece for piece in line.pieces if piece.text != reason), " ")


def answer_stop(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say when and why a drug was stopped or must not be given."""
    facts = [fact for subject in subjects(part, record, {"drug"}, DRUGS) for fact in subject.facts]
    within = fitting(facts, part.when, record)
    found: list[FactStatement] = []
    for course in courses_of(within or ()):
        ends = [fact for fact in course.facts if fact.status in ("stopped", "not_to_give") and sure([fact])]
        told = [fact for fact in ends if fact.reason] if part.asks("reason") else ends
        yes = (
            _stopped(course, part, record, language)
            if part.is_yes_no and part.asks("stop") and not part.asks("not_given")
            else ""
        )
        shown = {(day_of(fact), fact.reason): fact for fact in (told or ends)[-3:]}
        lines = [_ending(_STATES[fact.status], fact, yes, language) for fact in shown.values()]
        found += [
            _told(line, language) if part.asks("reason") and line.facts[0].reason else line for line in lines
        ]
    if not found:
        return _never_stopped(within or (), part, record, language)
    is_whole = not part.asks("reason") or any(fact.reason for line in found for fact in line.facts)
    related = (
        [] if is_whole else [allergy_stated(fact, language) for fact in _bearing_allergies(part, record)]
    )
    return FactAnswer("answered" if is_whole else "partial", (*found, *related))


def _never_stopped(
    facts: Sequence[Fact], part: QuestionPart, record: Record, language: str
) -> FactAnswer:
    """Say that no stop is documented of a drug that is taken; to why it was stopped there is no answer."""
    taken = [course for course in courses_of(facts) if course.state(record)[0] == "taken" and sure(course.facts)]
    if not taken or not part.asks("stop") or part.asks("not_given"):
        return not_found(facts)
    if part.asks("reason") and not part.is_yes_no:
        return not_found([course.state(record)[1] for course in taken], is_certain=True)
    lines = [_line(_dosed(course, course.state(record)[1]), language) for course in taken]
    head = Fragment(say("no_stop", language), is_frame=True)
    return FactAnswer("answered", (statement(lines[0].facts, head, *lines[0].pieces), *lines[1:]))


def _bearing_allergies(part: QuestionPart, record: Record) -> list[Fact]:
    """Return documented allergies of the class of a drug that is not to be given, where nothing says why:
    they are shown, not judged.
    """
    classes = (
        frozenset().union(*(kinds_of(one.concept) for one in part.named if one.kind in DRUGS))
        if part.named
        else frozenset()
    )
    allergies = [
        fact
        for fact in said_once(record.facts)
        if fact.kind == "allergy" and not is_absent(fact) and sure([fact])
    ]
    return [fact for fact in allergies if not classes.isdisjoint(kinds_of(fact.concept))]


def _stopped(course: Course, part: QuestionPart, record: Record, language: str) -> Fragment | str:
    return Fragment(say("yes", language), is_frame=True) if course.state(record)[0] == "stopped" else ""


def answer_when_taken(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say since when, until when or for how long a drug is taken."""
    facts = [fact for subject in subjects(part, record, {"drug"}, DRUGS) for fact in subject.facts]
    found: list[FactStatement] = []
    for course in courses_of(facts):
        found.extend(_times(course, part, record, language) if sure(course.facts) else [])
    return FactAnswer("answered", tuple(found)) if found else not_found(facts)


def _times(course: Course, part: QuestionPart, record: Record, language: str) -> list[FactStatement]:
    """Say when a drug began or ended, whichever is asked; both where the question only says when. A dose
    asked for is said too.
    """
    wants_end = part.asks("until", "stop")
    wants_start = part.asks("since", "start") or not wants_end
    found = [_line(_dosed(course, course.state(record)[1]), language)] if part.asks("dose") else []
    if wants_start:
        found += _starts(course, language)
    if wants_end or not part.asks("since", "start"):
        found += _ends(course, record, language)
    return list({line.text: line for line in found}.values())


def _ends(course: Course, record: Record, language: str) -> list[FactStatement]:
    found: list[FactStatement] = []
    for fact in reversed(course.facts):
        end = _end_of(fact, record)
        if fact.status == "stopped":
            return [_ending("stopped", fact, "", language)]
        if end or fact.details.get("duration"):
            regimen = regimen_of(fact, language)
            said = (
                say("drug_dose", language, drug=label_of(fact, language), dose=regimen)
                if regimen
                else label_of(fact, language)
            )
            return [statement([fact], said, on_date(end, language, "until"), ".")]
    return found


def _starts(course: Course, language: str) -> list[FactStatement]:
    """State when a drug began: what says so, else what holds from a day on; the days of a stay are no
    start.
    """
    started = [fact for fact in course.facts if fact.status == "started"] or [
        fact for fact in course.facts if _begins(fact)
    ]
    if not started:
        return []
    first = started[0]
    said = say("drug_started", language, drug=label_of(first, language))
    return [statement([first], said, when_of(first, language), reason_of(first, language), ".")]


def _begins(fact: Fact) -> bool:
    return fact.at is not None and bool(fact.at.start) and fact.at.end is None and fact.status != "stopped"
