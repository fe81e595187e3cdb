"""Allergies: what is documented, what is documented as absent, and what only was not mentioned.

An allergy to a class is one to each drug of it, and an allergy to a drug is one of its class (``kinds_of``).
Two documents that say otherwise of the same allergy are a contradiction, shown side by side; one that lifts
it later, word for word, is a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answer.from_facts.matching import Subject, keys, row_of, speaks_of, subjects
from rag.answer.from_facts.record import Record, in_time, moment, said_once, sure, written
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, not_found, quoted, statement
from rag.answer.from_facts.wording.phrases import doubt_of, label_of, on_date, say
from rag.clinical.concepts import kinds_of
from rag.core.facts import Fact
from rag.understand.cues import fillers, words_of
from rag.understand.values import Named, QuestionPart

_ABSENT = "documented_absent"
_ANY = frozenset({"allergy", "drug_allergy", "allergies"})
"""Concepts of an allergy to nothing in particular."""


def answer_allergy(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say what allergies the record documents, or whether it documents this one."""
    facts = [fact for fact in record.facts if fact.kind == "allergy" and fact.assertion != "family"]
    named = [one for one in part.named if one.concept not in _ANY]
    if not named and not part.words:
        return _all(facts, part, language)
    answers = [
        _one(subject, facts, part, language)
        for subject in subjects(part, record, {"allergy"})
        if subject.readings or part.words
    ]
    statements = tuple(line for answer in answers for line in answer.statements)
    if not statements:
        return not_found([fact for fact in said_once(facts) if not is_absent(fact)])
    status = (
        "contradictory" if any(answer.status == "contradictory" for answer in answers) else answers[0].status
    )
    return FactAnswer(status, statements)


def is_absent(fact: Fact) -> bool:
    """Tell whether a fact documents that there is no allergy."""
    return fact.status == _ABSENT or fact.assertion == "negated"


def is_general(fact: Fact) -> bool:
    """Tell whether a fact speaks of allergies as such, of none in particular."""
    return fact.concept in _ANY or all(word in fillers() for word in words_of(fact.concept.removeprefix("~")))


def _all(facts: Sequence[Fact], part: QuestionPart, language: str) -> FactAnswer:
    stated = _latest_each(fact for fact in facts if not is_absent(fact))
    absent = in_time(fact for fact in facts if is_absent(fact) and is_general(fact))
    lifted = [fact for fact in _latest_each(facts) if is_absent(fact) and not is_general(fact)]
    standing = [fact for fact in stated if not _is_lifted(fact, lifted)]
    denied = [fact for fact in standing if not absent or _is_meant(absent[-1], fact)]
    if standing and absent and not denied:  # no allergy to a drug, and one to latex: both hold
        lines = (_absent(absent[-1], language, ""), *(allergy_stated(fact, language) for fact in standing))
        return FactAnswer("answered", lines)
    if standing and absent and _is_denied_since(denied, absent[-1]):
        return FactAnswer("contradictory", (*_contradiction([*standing, absent[-1]], language),))
    if standing:
        yes = Fragment(say("yes", language), is_frame=True) if part.is_yes_no and sure(standing) else ""
        return FactAnswer(
            "answered",
            (
                allergy_stated(standing[0], language, yes),
                *(allergy_stated(fact, language) for fact in standing[1:]),
            ),
        )
    if absent or lifted:
        no = Fragment(say("no", language), is_frame=True) if part.is_yes_no else ""
        chosen = absent[-1:] or lifted
        return FactAnswer("answered", tuple(_absent(fact, language, no) for fact in chosen))
    return not_found(is_certain=not part.asks("family"))


def _is_meant(absent: Fact, fact: Fact) -> bool:
    """Tell whether "no allergy" denies this one: where it says "to drugs", only an allergy to a drug."""
    row = row_of(fact.concept)
    is_of_drugs = bool(keys(absent.label) & _OF_DRUGS)
    return not is_of_drugs or row is None or row.kind in ("drug", "drug_class")


_OF_DRUGS = keys("médicamenteuse médicament médicaments drug drugs medication medicine")


def _is_denied_since(standing: Sequence[Fact], absent: Fact) -> bool:
    """Tell whether "no known allergy" was written no earlier than an allergy that stands; an older one is
    superseded.
    """
    return any(written(absent) >= written(fact) for fact in standing)


def _latest_each(facts: Iterable[Fact]) -> list[Fact]:
    """Return for each allergy the fact that says most of it, of equals the earliest; refuted or confirmed
    later counts more.
    """
    best: dict[str, Fact] = {}
    for fact in in_time(facts):
        kept = best.get(fact.concept)
        changed = kept is not None and is_absent(kept) != is_absent(fact)
        if kept is None or changed or _detail(fact) > _detail(kept):
            best[fact.concept] = fact
    return in_time(best.values())


def _detail(fact: Fact) -> tuple[bool, bool, int]:
    return fact.confidence >= 0.5, fact.status != "unconfirmed", len(fact.details) + bool(fact.reason)


def _is_lifted(fact: Fact, lifted: Sequence[Fact]) -> bool:
    return any(other.concept == fact.concept and moment(other) > moment(fact) for other in lifted)


def _one(subject: Subject, facts: Sequence[Fact], part: QuestionPart, language: str) -> FactAnswer:
    """Answer of one allergen: stated, stated of a class that includes it, of one of its kind, or denied."""
    specific = [fact for fact in facts if not is_general(fact)]
    bearing = (
        [fact for fact in specific if _bears(fact, subject.readings)]
        if subject.readings
        else list(subject.facts)
    )
    present = [fact for fact in _latest_each(bearing) if not is_absent(fact)]
    denied = in_time(fact for fact in bearing if is_absent(fact))
    general = in_time(fact for fact in facts if is_absent(fact) and is_general(fact))
    denials = denied or general
    if not denied and general and present and not _is_denied_since(present, general[-1]):
        denials = []
    if present and denials and not all(_is_lifted(fact, denied) for fact in present):
        return FactAnswer("contradictory", _contradiction([*present, denials[-1]], language))
    if present and not denials:
        yes = (
            Fragment(say("yes", language), is_frame=True)
            if part.is_yes_no and _entails(present, subject.readings)
            else ""
        )
        return FactAnswer(
            "answered",
            (
                allergy_stated(present[0], language, yes, subject),
                *(allergy_stated(fact, language) for fact in present[1:]),
            ),
        )
    if not denials:
        return not_found()
    others = [] if denied else [fact for fact in _latest_each(specific) if not is_absent(fact)]
    no = Fragment(say("no", language), is_frame=True) if part.is_yes_no and not others else ""
    return FactAnswer(
        "answered", (_absent(denials[-1], language, no), *(allergy_stated(fact, language) for fact in others))
    )


def _bears(fact: Fact, readings: Sequence[Named]) -> bool:
    """Tell whether an allergy is of the thing asked, of a kind of it, or of a class that it belongs to."""
    return speaks_of(fact, readings) or any(fact.concept in kinds_of(one.concept) for one in readings)


def _entails(present: Sequence[Fact], readings: Sequence[Named]) -> bool:
    """An unconfirmed allergy, or one that is not sure, is no yes."""
    return any(
        fact.confidence >= 0.5 and fact.status != "unconfirmed" and fact.assertion == "present"
        for fact in present
    )


def _contradiction(facts: Sequence[Fact], language: str) -> tuple[FactStatement, ...]:
    head = Fragment(say("contradiction", language), is_frame=True)
    lines = [_absent(fact, language) if is_absent(fact) else allergy_stated(fact, language) for fact in facts]
    return (statement(lines[0].facts, head, *lines[0].pieces), *lines[1:])


def allergy_stated(
    fact: Fact, language: str, before: Fragment | str = "", subject: Subject | None = None
) -> FactStatement:
    """State an allergy, with the drug asked about where it is to a class of it."""
    label = allergen(fact, language)
    key = (
        "allergy_unconfirmed"
        if fact.status == "unconfirmed" or fact.assertion == "hypothesis"
        else "allergy_present"
    )
    head = say(key, language, label=label)
    asked = _class_asked(fact, subject)
    if asked and key == "allergy_present":
        head = say("allergy_class", language, label=label, asked=asked)
    details = [
        say(name, language, **{name: fact.details[name]})
        for name in ("reaction", "severity")
        if fact.details.get(name)
    ]
    return statement(
        [fact],
        before,
        head,
        *details,
        on_date(fact.recorded_at, language, "document", fact.recorded_at),
        doubt_of(fact, language),
        ".",
    )


def _class_asked(fact: Fact, subject: Subject | None) -> str:
    """Return the drug asked about where the allergy is to a class that it belongs to."""
    if subject is None or any(one.concept == fact.concept for one in subject.readings):
        return ""
    return subject.name if any(fact.concept in kinds_of(one.concept) for one in subject.readings) else ""


def allergen(fact: Fact, language: str) -> str:
    """Return what the allergy is to: the document's words, or the concept where these are no name."""
    row = row_of(fact.concept)
    return fact.label.strip() or (row.label(language) if row else fact.concept.lstrip("~"))


def _absent(fact: Fact, language: str, before: Fragment | str = "") -> FactStatement:
    if is_general(fact) and keys(fact.label) & _OF_DRUGS:
        return quoted(fact, before)  # of drugs alone: the document says of which
    head = (
        say("allergy_absent", language)
        if is_general(fact)
        else say("allergy_absent_of", language, label=label_of(fact, language))
    )
    return statement(
        [fact],
        before,
        Fragment(head, is_frame=is_general(fact)),
        on_date(fact.recorded_at, language, "document", fact.recorded_at),
        ".",
    )
