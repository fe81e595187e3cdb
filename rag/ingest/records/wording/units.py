"""Units and numbers as clinicians write them. UCUM's marks for machines become the usual signs; a unit that
is unknown stays as it came.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_SIGNS = {
    "Cel": "°C",
    "[degF]": "°F",
    "mm[Hg]": "mmHg",
    "cm[H2O]": "cmH2O",
    "kg/m2": "kg/m²",
    "10*3/uL": "10³/µL",
    "10*6/uL": "10⁶/µL",
    "10*9/L": "G/L",
    "10*12/L": "T/L",
    "{score}": "",
    "{nominal}": "",
    "{#}": "",
    "1": "",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "a": "an(s)",
}
_ANNOTATION = re.compile(r"\{([^{}]*)\}")
_MOST_DIGITS = 7


def unit_in_words(unit: str) -> str:
    """Return a unit as it is usually written."""
    unit = unit.strip()
    if unit in _SIGNS:
        return _SIGNS[unit]
    unit = (
        unit.replace("[IU]", "IU")
        .replace("[iU]", "IU")
        .replace("m[IU]", "mIU")
        .replace("mm[Hg]", "mmHg")
        .replace("uL", "µL")
    )
    unit = re.sub(r"(?<![A-Za-z])u(?=(?:g|mol|L|m|U|IU|kat)\b)", "µ", unit)
    return _ANNOTATION.sub(r"\1", unit)


_UCUM = {
    "°C": "Cel",
    "°F": "[degF]",
    "mmHg": "mm[Hg]",
    "cmH2O": "cm[H2O]",
    "kg/m²": "kg/m2",
    "kPa": "kPa",
    "G/L": "10*9/L",
    "T/L": "10*12/L",
    "/mm³": "/mm3",
    "bpm": "/min",
    "UI": "[iU]",
    "IU": "[iU]",
    "U": "U",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "in": "[in_i]",
    "heure": "h",
    "heures": "h",
    "jour": "d",
    "jours": "d",
    "an": "a",
    "ans": "a",
    "an(s)": "a",
    "semaine": "wk",
    "semaines": "wk",
}
_POWER = re.compile(r"(?:[x×*]\s*)?10(?:[*^+]|\*\*)?(\d{1,2}|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)(?=/)")
_FIGURES = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def ucum(unit: str) -> str:
    """Return a unit in UCUM's own writing; one that is not known to be written otherwise stays as it came."""
    unit = unit.strip()
    if unit in _UCUM:
        return _UCUM[unit]
    unit = _POWER.sub(lambda power: f"10*{power[1].translate(_FIGURES)}", unit)
    unit = unit.replace("µ", "u").replace("μ", "u").replace("mcg", "ug").replace("²", "2").replace("³", "3")
    unit = re.sub(r"(?<![\w\[])(m|µ|u|k)?(?:UI|IU)(?![\w\]])", lambda found: f"{found[1] or ''}[iU]", unit)
    return re.sub(r"(?<=\d)l\b|(?<=[/dcmu])l\b|^l\b", "L", unit)


def number_in_words(number: str) -> str:
    """Return a number as it was written; one that a machine computed to more than six digits is rounded to
    two decimals.

    A number below 1 keeps three digits that count, so that nothing becomes 0.
    """
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    digits = value.as_tuple()
    exponent = digits.exponent
    if not isinstance(exponent, int) or exponent >= -2 or len(digits.digits) < _MOST_DIGITS:
        return number
    places = 2 if abs(value) >= 1 else 3 - value.adjusted() - 1
    return format(value.quantize(Decimal(1).scaleb(-places)).normalize(), "f")
