"""How many times something was done or happened, each time with its day."""

from __future__ import annotations

from rag.answer.from_facts.matching import subjects
from rag.answer.from_facts.operations import is_surgery, operations
from rag.answer.from_facts.record import Record, day_of, in_time, said_once, sure
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, listing, not_found, statement
from rag.answer.from_facts.whole.stays import hospital_stays
from rag.answer.from_facts.wording.periods import fitting
from rag.answer.from_facts.wording.phrases import label_of, say, sided, when_of
from rag.core.facts import Fact
from rag.understand.values import QuestionPart

_MOST = 12
_ACTS = frozenset({"procedure", "device"})


def answer_count(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Count what was done or happened: each operation, stay or episode once, with what is counted."""
    if "encounter" in part.kinds and not part.named:
        return _stays(part, record, language)
    if not (part.named or part.kinds):
        return not_found()
    facts = [
        fact
        for subject in subjects(part, record)
        for fact in subject.facts
        if fact.assertion in ("present", "history")
    ]
    within = [
        fact
        for fact in fitting(facts, part.when, record) or []
        if sure([fact]) and fact.status not in ("planned", "cancelled", "not_to_give")
    ]
    if not within:
        return not_found(facts)
    if not part.named and all(fact.kind in _ACTS for fact in within):
        within = [fact for fact in within if is_surgery(fact)] or within
    counted = in_time(operations(within)) if all(fact.kind in _ACTS for fact in within) else _each_day(within)
    key = "count_operation" if all(map(is_surgery, counted)) else "count_mention"
    items = [_counted(fact, language) for fact in counted[:_MOST]]
    # "two falls this year" may be told in words alone: the sentences may say more than the days do
    is_told = all(fact.kind in _ACTS for fact in counted)
    head = Fragment(say(key, language, count=len(counted)), is_frame=True)
    return FactAnswer("answered" if is_told else "partial", (listing(head, items, language),))


def _each_day(facts: list[Fact]) -> list[Fact]:
    """Return one fact for each thing and day: a letter that tells it again without a day of its own tells
    the same.
    """
    own = [fact for fact in facts if fact.at is not None and day_of(fact) != (fact.recorded_at or "")[:10]]
    days: dict[tuple[str, str], Fact] = {}
    for fact in said_once(own or facts):
        days.setdefault((fact.concept, day_of(fact)), fact)
    return in_time(days.values())


def _stays(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    stays = hospital_stays(record)
    kept = [stay for stay in stays if fitting(stay.facts, part.when, record)]
    if not kept:
        return not_found([fact for stay in stays for fact in stay.facts])
    head = Fragment(say("count_stay", language, count=len(kept)), is_frame=True)
    return FactAnswer("answered", (listing(head, [stay.stated(language) for stay in kept], language),))


def _counted(fact: Fact, language: str) -> FactStatement:
    return statement([fact], sided(label_of(fact, language), fact.side, language), when_of(fact, language))
