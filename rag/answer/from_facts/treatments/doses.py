"""How a dose went and why, when and why a drug was stopped or must not be given, since when it is taken."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.from_facts.allergies import allergy_stated, is_absent
from rag.answer.from_facts.matching import subjects
from rag.answer.from_facts.record import Record, day_of, said_once, sure
from rag.answer.from_facts.treatments.courses import (
    DRUGS,
    Course,
    courses_of,
    dosed_fact,
    ending_of,
    line_of,
    stays_of,
    told_in_full,
)
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, not_found, statement
from rag.answer.from_facts.wording.periods import fitting
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
from rag.clinical.record.courses import end_of
from rag.core.facts import Fact
from rag.understand.values import QuestionPart


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
        ending_of("refused", fact, "", language) if fact.status == "not_to_give" else _step(fact, language)
        for fact in told
    ]
    return [told_in_full(line, language) for line in lines]


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
        lines = [
            ending_of("refused" if fact.status == "not_to_give" else "stopped", fact, yes, language)
            for fact in shown.values()
        ]
        found += [
            told_in_full(line, language) if part.asks("reason") and line.facts[0].reason else line
            for line in lines
        ]
    if not found:
        return _never_stopped(within or (), part, record, language)
    is_whole = not part.asks("reason") or any(fact.reason for line in found for fact in line.facts)
    related = (
        [] if is_whole else [allergy_stated(fact, language) for fact in _bearing_allergies(part, record)]
    )
    return FactAnswer("answered" if is_whole else "partial", (*found, *related))


def _never_stopped(facts: Sequence[Fact], part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say that no stop is documented of a drug that is taken; to why it was stopped there is no answer."""
    taken = [
        course for course in courses_of(facts) if course.state(record)[0] == "taken" and sure(course.facts)
    ]
    if not taken or not part.asks("stop") or part.asks("not_given"):
        return not_found(facts)
    if part.asks("reason") and not part.is_yes_no:
        return not_found([course.state(record)[1] for course in taken], is_certain=True)
    lines = [line_of(dosed_fact(course, course.state(record)[1]), language) for course in taken]
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
    found = [line_of(dosed_fact(course, course.state(record)[1]), language)] if part.asks("dose") else []
    if wants_start:
        found += _starts(course, language)
    if wants_end or not part.asks("since", "start"):
        found += _ends(course, record, language)
    return list({line.text: line for line in found}.values())


def _ends(course: Course, record: Record, language: str) -> list[FactStatement]:
    found: list[FactStatement] = []
    for fact in reversed(course.facts):
        end = end_of(fact, stays_of(record))
        if fact.status == "stopped":
            return [ending_of("stopped", fact, "", language)]
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
