"""Every number of a text as a typed quantity: value, unit, limit, range, ratio, date, time of day, day after
surgery, code.

A quantity keeps each value its digits may mean (``4,000``), so that two quantities agree where one reading of
each does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from rag.clinical.measures.frequencies import frequencies_in
from rag.clinical.measures.numbers import DIGITS, NUMBER, ONE, WORD_NUMBER, number_values
from rag.clinical.measures.units import NO_UNIT, Unit, unit_at
from rag.clinical.times.dates import DateParts, clocks_in, dates_in
from rag.core.text import Span

Bound = Literal["", "low", "high", "until"]
Kind = Literal["number", "range", "ratio", "date", "clock", "day", "stage", "code", "frequency", "ordinal"]
Reading = tuple[Fraction | int | str | None, ...]

_DAY_CODE = re.compile(
    r"(?<![\w.,])(?:J|D|POD)\s?\+?\s?(\d{1,3})(?![\w.,]\d|\w)|\b(?:jour|day|postoperative"
    r" day)\s(\d{1,3})(?!\d|[.,]\d)"
)
_STAGE_WORD = (
    r"stades?|stages?|grades?|classes?|class|types?|NYHA|ASA|Killip|Child|Gustilo|Garden|Forrest|Fitzpatrick|segments?|phases?|facteurs?|factors?|zones?|niveaux?|levels?"
    r"|BI-?RADS|PI-?RADS|ECOG|OMS|WHO|Mallampati|degré|stade\sT|score|Kellgren|Gleason|Bosniak|Fontaine|CEAP"
)
_STAGE = re.compile(
    rf"\b(?i:{_STAGE_WORD})[\s:-]{{1,3}}(?P<n>[IVX]{{1,5}}|\d{{1,2}})\s?(?P<letter>[a-dA-D](?![^\W_]))?(?![\w/%]|[.,]\d)"
)
_ROMAN = {
    roman: number
    for number, roman in enumerate(
        ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"], 1
    )
}
_CODE = re.compile(
    r"(?<!\w)(?<![^\W\d_]-)(?:[A-Z]\d{1,2}(?:[A-Za-z]\d?)*|p?T\d[a-d]?N\d[a-c]?(?:M[\dx])?)(?![\w%]|[.,]\d)"
)
_NAMED = re.compile(r"\bcovid[\s-]?19\b|\bsars[\s-]?cov[\s-]?2\b", re.IGNORECASE)
_QUARTER = re.compile(r"\bQ([1-4])(?!\w)")
_RATIO = re.compile(rf"({DIGITS})\s?(?:/|sur|out of)\s?(\d+(?:[.,]\d+)?)(?![\w/]|[.,]\d)")
_ORDINAL = re.compile(
    r"(?<![\w.,])(\d{1,3})(?:er|re|ère|ème|eme|e|nd|nde|st|rd|th)(?!\w)"
    r"|\b(premi(?:er|ère)|deuxième|second|seconde|troisième|quatrième|cinquième|sixième|first|third|fourth|fifth|sixth)s?\b",
    re.IGNORECASE,
)
_ORDINAL_WORDS = {
    "pre": 1,
    "fir": 1,
    "deu": 2,
    "sec": 2,
    "tro": 3,
    "thi": 3,
    "qua": 4,
    "fou": 4,
    "cin": 5,
    "fif": 5,
    "six": 6,
}
_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_JOIN = re.compile(r"\s?(?:-|–|—|à|to|et|and)\s?(?=[\d]|[a-z])", re.IGNORECASE)
_TIMES_SIGN = re.compile(r"\s?[x×]\s?")
_CHANGE = re.compile(r"(?:\b(?:de|from)\s+)$", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:entre|between)\s+$", re.IGNORECASE)
_LOW = re.compile(
    r"(?:[>≥]=?\s?|\b(?:plus de|au moins|sup[ée]rieure?s? (?:ou [ée]gale?s? )?[àa]|au-del[àa] de|au-dessus"
    r" de|d[ée]passe|minimum(?: de)?"
    r"|more than|over|above|at least|greater than(?: or equal to)?|exceed(?:s|ed|ing)?|no less than|not less"
    r" than|higher than)\s+)$",
    re.IGNORECASE,
)
_HIGH = re.compile(
    r"(?:[<≤]=?\s?|\b(?:moins de|au plus|inf[ée]rieure?s? (?:ou [ée]gale?s? )?[àa]|en dessous de|au-dessous"
    r" de|(?:sans|ne pas) d[ée]passer"
    r"|under|below|less than|lower than|at most|no more than|not more than|not exceeding|maximum(?: de|"
    r" of)?)\s+)$",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"\b(?:jusqu['’]?[àa]|up to|within|dans les|until)\s+$", re.IGNORECASE)
_LOW_AFTER = re.compile(
    r"\s?(?:\+(?!\d)|ou plus|et plus|or more|or above|or older|or over|and over|and above|au moins|at"
    r" least)(?!\w)",
    re.IGNORECASE,
)
_HIGH_AFTER = re.compile(
    r"\s?(?:ou moins|or less|or lower|or below|or under|au plus|au maximum|at most|maximum|max)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text. ``readings`` are the values as written; times ``factor`` they are in the base unit
    of ``dimension``.
    """

    kind: Kind
    readings: frozenset[Reading]
    start: int
    end: int
    dimension: str = ""
    factor: Fraction = Fraction(1)
    bound: Bound = ""
    required: bool = True
    """False for an article that may be a count (``une injection``) and for ordinal words: they can disagree,
    but need not be found.
    """

    is_small_word: bool = False
    """True for "two" and "three" in words: a writer may count what the other only lists."""

    @property
    def values(self) -> frozenset[Fraction]:
        """Return the values in the base unit (those of both ends, for a range)."""
        return frozenset(
            value * self.factor
            for reading in self.readings
            for value in reading
            if isinstance(value, Fraction)
        )


def quantities_in(text: str) -> list[Quantity]:
    """Return the quantities of a text in order; no two overlap, except for the two ends of a written
    period.
    """
    found: list[Quantity] = []
    for reader in (_dates, _clocks, _stages, _days, _frequencies, _codes, _ratios, _ordinals):
        found.extend([new for new in reader(text) if _is_free(found, (new.start, new.end))])
    found.extend(_numbers(text, found))
    return sorted(found, key=lambda quantity: (quantity.start, quantity.end))


def _is_free(found: list[Quantity], span: Span) -> bool:
    return all(span[1] <= other.start or other.end <= span[0] for other in found)


def _dates(text: str) -> Iterator[Quantity]:
    for date in dates_in(text):
        readings: frozenset[DateParts] = date.readings
        yield Quantity("date", frozenset(readings), date.start, date.end)


def _clocks(text: str) -> Iterator[Quantity]:
    for clock in clocks_in(text):
        yield Quantity("clock", frozenset({(clock.hour, clock.minute)}), clock.start, clock.end)


def _frequencies(text: str) -> Iterator[Quantity]:
    for frequency in frequencies_in(text):
        yield Quantity(
            "frequency",
            frozenset({(frequency.per_day,)}),
            frequency.start,
            frequency.end,
            required=frequency.counted,
        )


def _days(text: str) -> Iterator[Quantity]:
    for match in _DAY_CODE.finditer(text):
        yield Quantity("day", frozenset({(Fraction(match[1] or match[2]),)}), match.start(), match.end())


def _stages(text: str) -> Iterator[Quantity]:
    for match in _STAGE.finditer(text):
        number = _ROMAN.get(match["n"]) or (int(match["n"]) if match["n"].isdigit() else None)
        if number is not None:
            yield Quantity(
                "stage",
                frozenset({(Fraction(number), (match["letter"] or "").lower())}),
                match.start("n"),
                match.end(),
            )


def _codes(text: str) -> Iterator[Quantity]:
    for match in _NAMED.finditer(text):
        yield Quantity(
            "code",
            frozenset({(re.sub(r"\W", "", match[0].lower()),)}),
            match.start(),
            match.end(),
            required=False,
        )
    for match in _QUARTER.finditer(text):
        yield Quantity("ordinal", frozenset({(Fraction(match[1]),)}), match.start(), match.end())
    for match in _CODE.finditer(text):
        yield Quantity("code", frozenset({(match[0].lower().lstrip("p"),)}), match.start(), match.end())


def _ratios(text: str) -> Iterator[Quantity]:
    for match in _RATIO.finditer(text):
        unit = unit_at(text, match.end())
        readings = frozenset(
            (first, second) for first in number_values(match[1]) for second in number_values(match[2])
        )
        yield Quantity(
            "ratio", readings, match.start(), max(match.end(), unit.end), unit.dimension, unit.factor
        )


def _ordinals(text: str) -> Iterator[Quantity]:
    for match in _ORDINAL.finditer(text):
        number = int(match[1]) if match[1] else _ORDINAL_WORDS[match[2][:3].lower()]
        yield Quantity(
            "ordinal", frozenset({(Fraction(number),)}), match.start(), match.end(), required=bool(match[1])
        )


def _numbers(text: str, taken: list[Quantity]) -> Iterator[Quantity]:
    position = 0
    while match := _NUMBER.search(text, position):
        position = match.end()
        if not _is_free(taken, match.span()):
            continue
        quantity = _range_at(text, match, taken) or _number_at(text, match)
        if quantity is not None:
            position = max(position, quantity.end)
            yield quantity


def _number_at(text: str, match: re.Match[str]) -> Quantity | None:
    unit = _unit_after(text, match.end())
    single = re.fullmatch(ONE, match[0], re.IGNORECASE) is not None
    if single and unit is NO_UNIT and match[0].lower() in ("un", "une", "one"):
        return None
    if single and (
        unit.dimension in ("times", "area", "length", "mass")
        or text[match.end() : unit.end].strip().lower() in ("jour", "day", "nuit", "night")
    ):
        return None
    end = max(match.end(), unit.end)
    values = number_values(match[0])
    is_small_word = match[0].isalpha() and max(values, default=Fraction(9)) <= 3
    bound = _bound(text, match.start(), end)
    return (
        Quantity(
            "number",
            frozenset((value,) for value in values),
            match.start(),
            end,
            unit.dimension,
            unit.factor,
            bound,
            not single,
            is_small_word,
        )
        if values
        else None
    )


def _unit_after(text: str, end: int) -> Unit:
    """Return the unit of a number, also where it stands at the end of ``9 x 4 x 3,5 cm``."""
    unit = unit_at(text, end)
    while (
        unit is NO_UNIT
        and (sign := _TIMES_SIGN.match(text, end))
        and (following := re.compile(DIGITS.removeprefix(r"(?<![\w.,])")).match(text, sign.end()))
    ):
        end = following.end()
        unit = unit_at(text, end)
        if unit is not NO_UNIT:
            return Unit(unit.dimension, unit.factor, 0)
    return unit


def _range_at(text: str, first: re.Match[str], taken: list[Quantity]) -> Quantity | None:
    """Return the range that starts with this number: ``5 à 7 jours``, ``entre 2 g et 3 g``. A change (``from
    9 to 11``) is no range.
    """
    first_unit = unit_at(text, first.end())
    join = _JOIN.match(text, max(first.end(), first_unit.end))
    second = _NUMBER.match(text, join.end()) if join else None
    if join is None or second is None or not _is_free(taken, second.span()):
        return None
    before = text[max(0, first.start() - 12) : first.start()]
    if join[0].strip().lower() in ("et", "and") and not _BETWEEN.search(before):
        return None
    unit = unit_at(text, second.end())
    low, high = number_values(first[0]), number_values(second[0])
    readings = frozenset((a, b) for a in low for b in high if a < b)
    if (
        not readings
        or _CHANGE.search(before)
        or (first_unit is not NO_UNIT and first_unit.dimension != unit.dimension)
    ):
        return None
    return Quantity(
        "range", readings, first.start(), max(second.end(), unit.end), unit.dimension, unit.factor
    )


def _bound(text: str, start: int, end: int) -> Bound:
    before = text[max(0, start - 32) : start]
    if _LOW.search(before) or _LOW_AFTER.match(text, end):
        return "low"
    if _HIGH.search(before) or _HIGH_AFTER.match(text, end):
        return "high"
    return "until" if _UNTIL.search(before) else ""


__all__ = ["WORD_NUMBER", "Bound", "Quantity", "quantities_in"]
