"""Numbers as a sheet shows them: a cell holds 0.072 and shows ``7,2 %``, holds 64 and shows ``0000064``.

Formats are those of ECMA-376 18.8.30: sections for positive, negative, zero and text, placeholders, literals,
percent, exponents. Dates are written as ISO with as much of the time as the format shows, for 03/04 means two
days.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from functools import cache

_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_(.)|\*(.)|\[([^\]\[]*)\]|(General)|(E[+-])|([0#?]+)|(.)', re.IGNORECASE | re.DOTALL
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_GENERAL_DIGITS = 11
"""What a cell without a format has room for; beyond it a sum of decimals shows the noise of binary fractions.
"""


@dataclass(frozen=True, slots=True)
class _FormatSection:
    """A section of a format: its tokens as (kind, text), and the condition that chooses it."""

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, Decimal] | None = None

    def has(self, kind: str) -> bool:
        return any(found == kind for found, _ in self.tokens)


def shown(value: object, number_format: str, point: str) -> str:
    """Return a value as its cell shows it, ``point`` between whole and decimal digits; empty where the format
    shows nothing.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return {",": ("FAUX", "VRAI")}.get(point, ("FALSE", "TRUE"))[value]
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        return _moment(value, number_format)
    if isinstance(value, int | float):
        return _number(value, number_format or "General", point)
    return str(value)


def _moment(value: dt.datetime | dt.date | dt.time | dt.timedelta, number_format: str) -> str:
    plain = re.sub(r'"[^"]*"|\\.|\[\$[^\]\[]*\]', "", number_format).lower()
    seconds = "seconds" if "s" in plain else "minutes"
    if isinstance(value, dt.timedelta):
        minutes, rest = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if "s" in plain else "")
    if isinstance(value, dt.time):
        return value.isoformat(timespec=seconds)
    if isinstance(value, dt.datetime):
        has_day, has_time = "d" in plain or "y" in plain or not plain, "h" in plain or "s" in plain
        if has_time and not has_day:
            return value.time().isoformat(timespec=seconds)
        if has_time or (not plain and value.time() != dt.time()):
            return value.isoformat(timespec=seconds, sep=" ")
        value = value.date()
    return value.isoformat()[: 7 if "y" in plain and "m" in plain and "d" not in plain else 10]


def _number(value: float, number_format: str, point: str) -> str:
    try:
        number = Decimal(repr(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite():
        return str(value)
    sections = _sections(number_format)
    section, is_negative_part = _chosen(sections, number)
    if section is None:
        return ""
    if not section.tokens:
        return "" if len(sections) > 1 or number_format == "" else _general(number, point)
    amount = abs(number) if is_negative_part else number
    text = _rendered(section, amount, point)
    says_less = any(sign in text for sign in "-−(") or not any(char.isdigit() for char in text)
    return f"-{text}" if is_negative_part and number < 0 and not says_less else text


def _chosen(sections: tuple[_FormatSection, ...], number: Decimal) -> tuple[_FormatSection | None, bool]:
    """Return the section that shows a number, and whether it stands for negative numbers without their
    sign.
    """
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None or _holds(section.condition, number):
                return section, False
        return None, False
    if number < 0 and len(sections) > 1:
        return sections[1], True
    if number == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], False


def _holds(condition: tuple[str, Decimal], number: Decimal) -> bool:
    sign, limit = condition
    return {
        "<": number < limit,
        ">": number > limit,
        "=": number == limit,
        "<=": number <= limit,
        ">=": number >= limit,
        "<>": number != limit,
    }[sign]


@cache
def _sections(number_format: str) -> tuple[_FormatSection, ...]:
    sections: list[_FormatSection] = []
    tokens: list[tuple[str, str]] = []
    condition: tuple[str, Decimal] | None = None
    for found in _TOKEN.finditer(number_format):
        quoted, escaped, space, _filler, bracket, general, exponent, places, other = found.groups()
        if other == ";":
            sections.append(_FormatSection(tuple(tokens), condition))
            tokens, condition = [], None
        elif bracket is not None:
            held = _CONDITION.fullmatch(bracket.strip())
            condition = (held[1], Decimal(held[2])) if held else condition
            if bracket.startswith("$") and (sign := bracket[1:].partition("-")[0]):
                tokens.append(("literal", sign))
        elif quoted is not None or escaped is not None:
            tokens.append(("literal", quoted if quoted is not None else escaped or ""))
        elif space is not None:
            tokens.append(("literal", " "))
        elif general:
            tokens.append(("general", ""))
        elif exponent:
            tokens.append(("exponent", exponent))
        elif places:
            tokens.append(("places", places))
        elif other:
            tokens.append(
                (
                    {".": "point", ",": "comma", "%": "percent", "/": "stroke", "@": "general"}.get(
                        other, "literal"
                    ),
                    other,
                )
            )
    sections.append(_FormatSection(tuple(tokens), condition))
    return tuple(sections)


def _rendered(section: _FormatSection, number: Decimal, point: str) -> str:
    if section.has("percent"):
        number *= 100
        section = _spaced(section) if point == "," else section
    if section.has("general"):
        return "".join(
            _general(number, point) if kind == "general" else text
            for kind, text in section.tokens
            if kind != "comma"
        ).strip()
    if not section.has("places"):
        return "".join(text for _, text in section.tokens).strip()
    if section.has("exponent"):
        return _scientific(section, number, point)
    if section.has("stroke"):
        return _fraction(section, number)
    return _fixed(section, number, point)


def _spaced(section: _FormatSection) -> _FormatSection:
    """Return a section with the space that French writes before a percent sign."""
    tokens = list(section.tokens)
    at = next(place for place, (kind, _) in enumerate(tokens) if kind == "percent")
    if at and not tokens[at - 1][1].endswith((" ", "\u00a0", "\u202f")):
        tokens.insert(at, ("literal", " "))
    return _FormatSection(tuple(tokens), section.condition)


def _fixed(section: _FormatSection, number: Decimal, point: str) -> str:
    kinds = [kind for kind, _ in section.tokens]
    at = kinds.index("point") if "point" in kinds else len(kinds)
    decimals = "".join(text for kind, text in section.tokens[at:] if kind == "places")
    last = max(place for place, kind in enumerate(kinds) if kind == "places")
    number /= Decimal(1000) ** sum(kind == "comma" for kind in kinds[last + 1 :])
    rounded = number.quantize(Decimal(1).scaleb(-len(decimals)), rounding=ROUND_HALF_UP)
    whole, _, part = f"{abs(rounded):f}".partition(".")
    part = _trimmed(part, decimals)
    before = _whole(section.tokens[:at], "" if whole == "0" else whole)
    after = ""
    for kind, text in section.tokens[at:]:
        if kind == "places":
            after += part[: len(text)]
            part = part[len(text) :]
        elif kind == "point":
            after += point
        elif kind != "comma":
            after += text
    text = f"{before}{after.removeprefix(point) if after == point else after}"
    return (f"-{text.lstrip()}" if rounded < 0 else text).strip()


def _trimmed(part: str, decimals: str) -> str:
    """Return decimal digits without the zeros that ``#`` does not show."""
    kept = len(part)
    while kept and part[kept - 1] == "0" and decimals[kept - 1] != "0":
        kept -= 1
    return part[:kept]


def _whole(tokens: tuple[tuple[str, str], ...], digits: str) -> str:
    """Return whole digits laid into their places from the right, with the literals that stand between
    them.
    """
    written: list[str] = []
    left = digits
    groups = [place for place, (kind, _) in enumerate(tokens) if kind == "places"]
    for place in range(len(tokens) - 1, -1, -1):
        kind, text = tokens[place]
        if kind == "places":
            taken = left if groups and place == groups[0] else left[-len(text) :]
            left = left[: len(left) - len(taken)] if taken else left
            zeros = "".join("0" for sign in text[: max(0, len(text) - len(taken))] if sign == "0")
            written.append(zeros + taken)
        elif kind != "comma":
            written.append(text)
    return "".join(reversed(written))


def _scientific(section: _FormatSection, number: Decimal, point: str) -> str:
    kinds = [kind for kind, _ in section.tokens]
    mantissa = section.tokens[: kinds.index("exponent")]
    decimals = (
        sum(len(text) for kind, text in mantissa[mantissa.index(("point", ".")) :] if kind == "places")
        if "point" in kinds
        else 0
    )
    digits, _, power = f"{number:.{decimals}E}".partition("E")
    return f"{digits.replace('.', point)}E{int(power):+03d}"


def _fraction(section: _FormatSection, number: Decimal) -> str:
    places = [text for kind, text in section.tokens if kind == "places"]
    whole = int(number) if len(places) > 2 else 0
    part = Fraction(abs(number - whole)).limit_denominator(10 ** len(places[-1]) - 1)
    said = f"{part.numerator}/{part.denominator}" if part else ""
    return " ".join(filter(None, [str(whole) if whole or not said else "", said]))


def _general(number: Decimal, point: str) -> str:
    number = (
        Decimal(f"{number:.{_GENERAL_DIGITS}g}")
        if len(number.as_tuple().digits) > _GENERAL_DIGITS
        else number
    )
    whole = number == number.to_integral_value() and abs(number) < Decimal(10) ** 15
    return f"{number.to_integral_value():f}" if whole else f"{number.normalize():f}".replace(".", point)
