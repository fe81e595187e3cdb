"""How often: ``deux fois par jour`` = ``x 2/j`` = ``matin et soir`` = ``toutes les 12 h`` = ``twice daily`` =
``bid`` are two a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from rag.clinical.measures.numbers import NUMBER, number_value

_PERIODS = {
    "hour": Fraction(1, 24),
    "day": Fraction(1),
    "week": Fraction(7),
    "month": Fraction(30),
    "year": Fraction(365),
}
_PERIOD = (
    r"(?:(?P<day>jours?|journée|j|days?|daily|d|nuits?|nights?|24\s?h(?:eures?|ours?)?)|(?P<week>semaines?|sem|weeks?|weekly|wks?)|(?P<month>mois|months?|monthly)|(?P<year>ans?|année|years?)"
    r"|(?P<hour>h|heures?|hours?|hrs?))(?![^\W_])"
)
_TIMES = tuple(
    re.compile(pattern + _PERIOD, re.IGNORECASE)
    for pattern in (
        rf"(?P<n>{NUMBER})\s*(?:fois|times|x|prises?|injections?|administrations?|doses?)\s*(?:(?:par|/|per|a|an|each|every|chaque)\s*)?",
        r"\b(?P<n>once|twice|thrice)\s*(?:(?:a|per|each|every|in)\s+)?",
        r"[x×]\s?(?P<n>\d+)\s?(?:/|par)\s?",
        r"(?<![\d.,/])(?P<n>\d)\s?/\s?",
    )
)
_EVERY = re.compile(
    rf"(?:(?:toutes\s+les|tous\s+les|every|chaque|each|/|par)\s?(?P<n>{NUMBER})\s?|\bq\.?\s?(?P<q>\d+)\s?){_PERIOD}"
    r"|(?P<alternate>every\s+other\s+day|un\s+jour\s+sur\s+deux|one\s+day\s+in\s+two|alternate\s+days|1\s?j(?:our)?\s?/\s?2)",
    re.IGNORECASE,
)
_WORDS: tuple[tuple[re.Pattern[str], Fraction], ...] = tuple(
    (re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE), value)
    for pattern, value in (
        (
            r"matin,?\s*midi\s*(?:,|et)\s*(?:le\s+)?soir|morning,?\s*noon\s*(?:,\s*)?and\s*(?:evening|night)|t\.?i\.?d\.?|t\.?d\.?s\.?",
            Fraction(3),
        ),
        (
            r"(?:le\s+)?matin\s*(?:et|,|/|\+)\s*(?:le\s+)?soir|morning\s+and\s+(?:evening|night)|b\.?i\.?d\.?|biquotidien(?:ne)?s?",
            Fraction(2),
        ),
        (r"q\.?i\.?d\.?|q\.?d\.?s\.?", Fraction(4)),
    )
)
_EACH = r"(?:\bpar|/|\bper|\ba|\bchaque|\beach|\bevery|\btou(?:te)?s les)\s?"
_PLAIN: tuple[tuple[re.Pattern[str], Fraction], ...] = tuple(
    (re.compile(rf"(?:{words}|{_EACH}(?:{period}))(?!\w)", re.IGNORECASE), value)
    for words, period, value in (
        (
            r"\bquotidien(?:ne)?s?|\bquotidiennement|\bjournali(?:er|ère)s?|\bdaily|\bo\.?d\.",
            "jours?|j|days?",
            Fraction(1),
        ),
        (r"\bhebdomadaires?|\bweekly", "semaines?|sem|weeks?", Fraction(1, 7)),
        (r"\bmensuel(?:le)?s?|\bmonthly", "mois|months?", Fraction(1, 30)),
        (r"\bannuel(?:le)?s?|\bannually|\byearly", "ans?|years?", Fraction(1, 365)),
    )
)


@dataclass(frozen=True, slots=True)
class FoundFrequency:
    """A frequency: times a day, and whether the count is written (``once a day``) or only the period
    (``daily``).
    """

    start: int
    end: int
    per_day: Fraction
    counted: bool


def frequencies_in(text: str) -> list[FoundFrequency]:
    """Return the frequencies of a text in order; the longest expression wins."""
    found: list[FoundFrequency] = []
    for frequency in (*_counted(text), *_spelled(text), *_plain(text)):
        if all(frequency.end <= other.start or other.end <= frequency.start for other in found):
            found.append(frequency)
    return sorted(found, key=lambda frequency: frequency.start)


def _counted(text: str) -> Iterator[FoundFrequency]:
    for match in (match for pattern in _TIMES for match in pattern.finditer(text)):
        if count := number_value(match["n"]):
            yield FoundFrequency(match.start(), match.end(), count / _period(match.groupdict()), True)
    for match in _EVERY.finditer(text):
        if match["alternate"]:
            yield FoundFrequency(match.start(), match.end(), Fraction(1, 2), True)
        elif count := number_value(match["n"]) if match["n"] else Fraction(match["q"]):
            yield FoundFrequency(match.start(), match.end(), 1 / (count * _period(match.groupdict())), True)


def _period(groups: dict[str, str | None]) -> Fraction:
    return next(length for name, length in _PERIODS.items() if groups[name])


def _spelled(text: str) -> Iterator[FoundFrequency]:
    for pattern, value in _WORDS:
        for match in pattern.finditer(text):
            yield FoundFrequency(match.start(), match.end(), value, True)


def _plain(text: str) -> Iterator[FoundFrequency]:
    for pattern, value in _PLAIN:
        for match in pattern.finditer(text):
            yield FoundFrequency(match.start(), match.end(), value, False)
