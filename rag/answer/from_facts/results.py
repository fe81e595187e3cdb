"""Results and vital signs: the last value, the value at a time, the course, two dates compared. A value
belongs to its own day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answer.from_facts.matching import Subject, subjects
from rag.answer.from_facts.measures import Series, comparable, disagree, earliest, latest, series_of, size
from rag.answer.from_facts.record import Record, day_of, moment, sure, time_of
from rag.answer.from_facts.values import (
    FactAnswer,
    FactStatement,
    Fragment,
    PartStatus,
    not_found,
    statement,
    worst,
)
from rag.answer.from_facts.wording.periods import Limits, each_limits, fitting, limits_of, nearest
from rag.answer.from_facts.wording.phrases import (
    doubt_of,
    label_of,
    on_date,
    reason_of,
    say,
    value_of,
    when_of,
)
from rag.core.facts import Fact, FactKind
from rag.understand.values import QuestionPart

_STEADY = 0.02
"""Share of the first value below which a change is called neither a rise nor a fall. Set by hand: within what
one analyser repeats.
"""
_MOST_VALUES = 8
_KINDS: frozenset[FactKind] = frozenset({"lab", "vital"})


def answer_result(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Answer a question of a measured value."""
    statements: list[FactStatement] = []
    near: list[Fact] = []
    statuses: list[PartStatus] = []
    is_certain = False
    for subject in subjects(part, record, part.kinds & _KINDS or _KINDS, _KINDS):
        found = _of_subject(subject, part, record, language)
        statements.extend(found.statements)
        near.extend(found.near_misses)
        statuses.append(found.status)
        is_certain = is_certain or found.is_certain
    if not statements:
        return not_found(near, is_certain=is_certain)
    return FactAnswer(worst(statuses), tuple(statements), tuple(near))


def _of_subject(subject: Subject, part: QuestionPart, record: Record, language: str) -> FactAnswer:
    if not subject.readings:
        return not_found()
    subject = _as_pressure(subject)
    answers = [
        _of_series(series, part, record, language)
        for series in _asked(series_of(subject.facts), subject, part)
    ]
    kept = [answer for answer in answers if answer.statements]
    if not kept:
        near = [fact for answer in answers for fact in answer.near_misses]
        return not_found(near, is_certain=any(answer.is_certain for answer in answers))
    status = next((answer.status for answer in kept if answer.status == "contradictory"), kept[0].status)
    return FactAnswer(status, tuple(statement for answer in kept for statement in answer.statements))


def _as_pressure(subject: Subject) -> Subject:
    """Return a blood pressure as one thing: the systolic value stands for the pair that is written."""
    if not any(one.concept == _PRESSURE for one in subject.readings):
        return subject
    pairs = (
        replace(fact, concept=_PRESSURE, label="") if fact.concept == "systolic_pressure" else fact
        for fact in subject.facts
        if fact.concept != "diastolic_pressure"
    )
    return replace(subject, facts=tuple(pairs))


_PRESSURE = "blood_pressure"


def _asked(found: Sequence[Series], subject: Subject, part: QuestionPart) -> list[Series]:
    """Return the series that are meant: of the very thing named before its kinds, one specimen unless the
    question names it.
    """
    named = {one.concept for one in subject.readings}
    exact = [
        series for series in found if any(fact.concept in named for fact in (*series.facts, *series.unusable))
    ]
    by_concept: dict[str, Series] = {}
    for series in exact or found:
        concept = (*series.facts, *series.unusable)[0].concept
        by_concept.setdefault(concept, series)
    return list(by_concept.values()) if not part.words else list(exact or found)


def _of_series(series: Series, part: QuestionPart, record: Record, language: str) -> FactAnswer:
    within = fitting(series.facts, part.when, record)
    if within is None:
        return not_found(nearest(series.facts, None))
    if not sure(within) and (spoilt := _spoilt(series, part, record, language)):
        return spoilt
    if not sure(within):
        near = nearest([*series.facts, *series.unusable], limits_of(part.when, record))
        return not_found(near, is_certain=part.when.is_limited and bool(series.facts))
    is_of_two = part.when.mode != "between" and len(each_limits(part.when, record)) >= _TWO
    if part.when.mode == "around":
        return _around(within, series, part, record, language)
    if part.intent in ("trend", "comparison") and is_of_two:
        return _compared(series, part, record, language)
    if part.intent in ("trend", "comparison"):
        return _course(within, part, language)
    if part.intent == "count":
        return _counted(within, language)
    return _valued(within, series, part, language)


def _valued(within: Sequence[Fact], series: Series, part: QuestionPart, language: str) -> FactAnswer:
    """The value of the time asked about; the last where none is."""
    chosen, key = _chosen(within, part)
    values = [_value(facts, part, language, key) for facts in _by_day(chosen)]
    status: PartStatus = "contradictory" if any(disagree(facts) for facts in _by_day(chosen)) else "answered"
    later = [
        fact
        for fact in series.unusable
        if moment(fact) >= moment(chosen[-1]) or day_of(fact) == day_of(chosen[-1])
    ]
    notes = (
        [_unusable(fact, language) for fact in later[-1:]]
        if not part.when.is_limited and part.when.mode != "first"
        else []
    )
    return FactAnswer(status, (*values, *notes))


def _chosen(within: Sequence[Fact], part: QuestionPart) -> tuple[list[Fact], str]:
    numbers = comparable(within)
    if part.asks("extremum_high") and numbers:
        return [max(numbers, key=size)], "highest"
    if part.asks("extremum_low") and numbers:
        return [min(numbers, key=size)], "lowest"
    if part.when.mode == "first":
        return earliest(within), "first_value"
    if part.when.mode == "before" and part.when.is_limited:
        return latest(within), "value"
    if part.when.mode == "before":
        days = _by_day(within)
        return (days[-2] if len(days) > 1 else days[-1]), "value"
    if part.when.is_limited and part.when.mode != "latest":
        return list(within)[:_MOST_VALUES], "value"
    return latest(within), "last_value" if part.when.mode == "latest" else "value"


def _by_day(facts: Sequence[Fact]) -> list[list[Fact]]:
    days: dict[str, list[Fact]] = {}
    for fact in facts:
        days.setdefault(day_of(fact), []).append(fact)
    return list(days.values())


def _value(facts: Sequence[Fact], part: QuestionPart, language: str, key: str) -> FactStatement:
    """State the values of one day: one, or each that the record gives for it."""
    first = facts[0]
    values = list(dict.fromkeys(value_of(fact, language) for fact in facts))
    joined = (
        say("or_value", language).join(values)
        if disagree(facts)
        else say("then_value", language).join(values)
    )
    label = Fragment(say(key, language, label=label_of(first, language)))
    more = [_range(first, language)] if part.asks("reference") else []
    preliminary = (
        Fragment(say("preliminary", language), is_frame=True) if first.status == "preliminary" else ""
    )
    return statement(
        facts, label, joined, when_of(first, language), preliminary, doubt_of(first, language), *more, "."
    )


def _range(fact: Fact, language: str) -> Fragment | str:
    low, high = fact.details.get("reference_low", ""), fact.details.get("reference_high", "")
    if low and high:
        return say("reference_range", language, low=low, high=high)
    return (
        say("reference_above", language, low=low)
        if low
        else say("reference_below", language, high=high)
        if high
        else ""
    )


def _unusable(fact: Fact, language: str) -> FactStatement:
    label = say("value", language, label=label_of(fact, language))
    frame = Fragment(say("unusable", language), is_frame=True)
    return statement(
        [fact],
        label,
        value_of(fact, language),
        when_of(fact, language),
        frame,
        reason_of(fact, language),
        ".",
    )


def _course(within: Sequence[Fact], part: QuestionPart, language: str) -> FactAnswer:
    """Say how a value went: from the first to the last, with those between, and the extremes where they lie
    between.
    """
    numbers = comparable(within)
    if len(numbers) < 2:
        return FactAnswer("partial", (_alone(latest(within), language),))
    first, last = numbers[0], numbers[-1]
    direction = direction_of(first, last)
    judged = _verdict(part, direction, language)
    course = statement(
        [first, last],
        judged,
        say(direction, language, label=label_of(last, language)),
        value_of(first, language),
        on_date(time_of(first), language, filed=first.recorded_at),
        say("to_value", language),
        value_of(last, language),
        on_date(time_of(last), language, filed=last.recorded_at),
        ".",
    )
    return FactAnswer("answered", (course, *_between(numbers, language)))


def _alone(facts: Sequence[Fact], language: str) -> FactStatement:
    label = say("value", language, label=label_of(facts[0], language))
    alone = Fragment(say("only_value", language), is_frame=True)
    return statement(facts, label, value_of(facts[0], language), when_of(facts[0], language), alone, ".")


def _between(numbers: Sequence[Fact], language: str) -> list[FactStatement]:
    """State the values between the first and the last; of many, the extremes alone."""
    inner = list(numbers[1:-1])
    if not inner:
        return []
    if len(inner) > _MOST_VALUES:
        highest, lowest = max(numbers, key=size), min(numbers, key=size)
        found = [(fact, key) for fact, key in ((highest, "highest"), (lowest, "lowest")) if fact in inner]
        return [
            statement(
                [fact],
                say(key, language, label=label_of(fact, language)),
                value_of(fact, language),
                when_of(fact, language),
                ".",
            )
            for fact, key in found
        ]
    pieces: list[Fragment | str] = [say("between_values", language)]
    for place, fact in enumerate(inner):
        pieces += [say("next", language) if place else "", value_of(fact, language), when_of(fact, language)]
    return [statement(inner, *pieces, ".")]


def direction_of(first: Fact, last: Fact) -> str:
    """Return ``rose``, ``fell`` or ``steady`` for two values that can be compared."""
    change = float(size(last) - size(first))
    if abs(change) <= _STEADY * abs(float(size(first))):
        return "steady"
    return "rose" if change > 0 else "fell"


def _verdict(part: QuestionPart, direction: str, language: str) -> Fragment | str:
    """Yes or no, where the question asks for a direction and the values tell it."""
    asked = [name for name in ("up", "down", "unchanged") if part.asks(name)]
    if not part.is_yes_no or len(asked) != 1:
        return ""
    told = {"rose": "up", "fell": "down", "steady": "unchanged"}[direction]
    return Fragment(say("yes" if asked[0] == told else "no", language), is_frame=True)


def _compared(series: Series, part: QuestionPart, record: Record, language: str) -> FactAnswer:
    found = [_of_limits(series.facts, limits) for limits in each_limits(part.when, record)[:_TWO]]
    if not all(found):
        near = [fact for facts in found for fact in facts] or nearest(
            series.facts, limits_of(part.when, record)
        )
        return not_found(near)
    return _course([found[0][-1], found[1][-1]], part, language)


def _spoilt(series: Series, part: QuestionPart, record: Record, language: str) -> FactAnswer | None:
    """Say that the only result of the time asked about is declared unusable."""
    told = fitting(series.unusable, part.when, record) if part.when.is_limited else None
    return FactAnswer("answered", tuple(_unusable(fact, language) for fact in told[-1:])) if told else None


def _around(
    within: Sequence[Fact], series: Series, part: QuestionPart, record: Record, language: str
) -> FactAnswer:
    """Give the last value before an event and the first after it; where no event is named, the first of all
    and the last.
    """
    limits = each_limits(part.when, record)
    if len(limits) < _TWO:
        return _course(within, part, language)
    before, after = (_of_limits(series.facts, one) for one in limits[:_TWO])
    chosen = [*before[-1:], *after[:1]]
    if not chosen:
        return not_found(nearest(series.facts, None))
    values = [_value(facts, part, language, "value") for facts in _by_day(chosen)]
    return FactAnswer("answered" if before and after else "partial", tuple(values))


_TWO = 2


def _of_limits(facts: Sequence[Fact], limits: Limits) -> list[Fact]:
    return [fact for fact in facts if limits.holds(fact)]


def _counted(within: Sequence[Fact], language: str) -> FactAnswer:
    pieces: list[Fragment | str] = [
        Fragment(
            say("count_values", language, label=label_of(within[-1], language), count=len(within)),
            is_frame=True,
        )
    ]
    for place, fact in enumerate(within[:_MOST_VALUES]):
        pieces += [say("next", language) if place else "", value_of(fact, language), when_of(fact, language)]
    return FactAnswer("answered", (statement(within[:_MOST_VALUES], *pieces, "."),))
