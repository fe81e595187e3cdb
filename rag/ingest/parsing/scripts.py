"""Raised and lowered figures as plain text that keeps its meaning: ``10⁹/L`` is not 109/L, and ``13,4`` with
a call of a note is not 13,41.

One place for every format that can raise letters (CDA, HTML, DOCX): an exponent of ten or of a unit becomes a
raised figure, a call of a note stands in brackets behind what it is called from, ordinals and ions are
written in line.
"""

from __future__ import annotations

import re

_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_LOWERED = str.maketrans("0123456789+-−–", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TEN = re.compile(r"(?:(?P<times>[×x*·.]\s*)|(?<![\w.,]))10$")
_UNIT = re.compile(r"(?:^|[\s\d/·.(])(?:[kcdmµμn]?m|s|sec|min|h|[dcmµμ]?[lL]|[kmµμ]?g|mol|cmH2O)$")
_VALUE = re.compile(
    r"\d\s?(?:[kcdmµμn]?g|[kcdmµμn]?[lL]|[mµμn]?mol|[kcmµμn]m|UI|IU|mmHg|h|min)(?:/\w{1,5})?$"
)
_EXPONENT = re.compile(r"[+\-−–]?\d{1,2}")
_OF_A_UNIT = re.compile(r"[23]|[\-−–][1-3]")
_COUNTED = re.compile(r"\s*(?:/|UFC|CFU|UI\b|IU\b|U\b|copies|cellules|cells|éléments|germes|[lL]\b|m[lL]\b)")
_NOTE = re.compile(r"\(?(?:\d{1,2}(?:\s*[,;–-]\s*\d{1,2})*|[a-z]|[*†‡§#]+)\)?", re.IGNORECASE)
_ORDINAL = re.compile(r"e|è?re?|er|[eè]me|nde?|st|th|rd|o|º", re.IGNORECASE)
ENOUGH = 40
"""Characters before a raised text that can tell what it is."""
_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")


def raised(text: str, before: str, after: str = "") -> str:
    """Return what a raised text reads as in line, between what stands before and after it on its line."""
    mark = text.strip()
    if not mark:
        return text
    base = before.rstrip()[-ENOUGH:]
    if _EXPONENT.fullmatch(mark) and _is_exponent(mark, base, after):
        return mark.translate(_RAISED)
    if not base or not _NOTE.fullmatch(mark) or (base[-1:].isdigit() and _is_ordinal(mark, base)):
        return text
    if mark.isalpha() and not (
        base[-1:].isdigit() or base.endswith((")", ".", ",", "%")) or calls_a_note(mark, base)
    ):
        return text
    return f" ({mark.strip('()')})"


def calls_a_note(mark: str, before: str) -> bool:
    """Tell whether a raised letter behind a value with its unit (``5 mg`` and ``a``) calls a note."""
    return len(mark) == 1 and mark.isalpha() and bool(_VALUE.search(before.rstrip()[-ENOUGH:]))


def lowered(text: str, before: str) -> str:
    """Return what a lowered text reads as in line: ``H2O`` as it is, a figure under a figure as a lowered
    one.
    """
    mark = text.strip()
    return mark.translate(_LOWERED) if mark[:1].isdigit() and before[-1:].isdigit() else text


def parted(text: str) -> str:
    """Return a text whose raised figures, written as such, are no longer read into the number before them."""
    return _RUN.sub(
        lambda run: raised(
            run[0].translate(_PLAIN),
            text[max(0, run.start() - ENOUGH) : run.start()],
            text[run.end() : run.end() + ENOUGH],
        ),
        text,
    )


def _is_exponent(mark: str, base: str, after: str) -> bool:
    ten = _TEN.search(base)
    if ten is not None:
        size = int(re.sub(r"\D", "", mark))
        return size > 2 or not mark[0].isdigit() or bool(ten["times"]) or bool(_COUNTED.match(after))
    return bool(_UNIT.search(base) and _OF_A_UNIT.fullmatch(mark))


def _is_ordinal(mark: str, base: str) -> bool:
    return bool(_ORDINAL.fullmatch(mark)) and not re.search(r"\d[.,]\d+$", base)
