"""Where a text has what reaches or numbers a person: addresses, telephones, mails, identifiers.

Everything is linear in the length of the text: each pattern begins at a fixed sign and has bounded repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from rag.clinical.deidentification.words import listed
from rag.clinical.folding import flat

Place = tuple[int, int]
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64} ?@ ?[\w-]{1,63}(?: ?\. ?[\w-]{1,63}){0,5}")
_WEB = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s)\]]{3,200}")
_NUMBER = re.compile(r"(?<!\d)\d{7,20}(?!\d)")
_TELEPHONE = re.compile(
    r"(?<![\w,])(?:\(?\+?\d{2,3}\)?[ .-]{0,3})?(?:\(0\)[ ]?)?[0oO][1-9](?:[ ./-]?[\doO]{2}){4}(?!\d)"
    r"|(?<![\w,])\(?\+\d{2}\)?(?:[ .-]?\d{1,4}){3,6}(?!\d)"
    r"|(?<![\w,])\(\d{2,3}\)[ .-]{0,2}\d{1,3}(?:[ .-]\d{2,4}){2,5}(?!\d)"
    r"|(?<![\w,])0\d[ .-]\d{2,4}(?:[ .-]?\d{2,4}){1,3}(?!\d)"
)
_UNIT = r"(?:/|[gGuU]/|[mµu]?g\b|ml|UI|ui|mm|cell|copies|élé|plaq|leuco|x\b|pas\b)"
_ZIP = re.compile(rf"(?<![\w,./])(?:0[1-9]|[1-8]\d|9[0-578])\d{{3}}(?![\w%]|[.,/]\d| ?{_UNIT})")
_MIXED = re.compile(
    r"(?<![\w-])(?=[A-Za-z]{0,10}\d)(?=\d{0,12}[A-Za-z])(?=[A-Za-z]{0,6}\d{0,6}[A-Za-z]{0,6}\d{4})"
    r"[A-Za-z\d]{8,20}(?![\w-])"
)
_SPACED = re.compile(r"(?<!\d)[1-8] ?\d{2}(?: ?\d{2,4}){2,6}(?!\d)")
_SINGLE = re.compile(r"(?<![\d,.])\d(?: \d){6,60}(?!\d)")


def numbers(text: str) -> Iterator[Place]:
    """Yield the places of numbers and addresses, in no order; they may overlap."""
    for pattern in (_MAIL, _WEB, _NUMBER, _TELEPHONE, _ZIP, _MIXED, _SINGLE):
        for found in pattern.finditer(text):
            yield found.span()
    for found in _SPACED.finditer(text):
        if 13 <= sum(sign.isdigit() for sign in found[0]) <= 16:
            yield found.span()
    plain = flat(text)
    for found in _labelled().finditer(plain):
        if any(sign.isdigit() for sign in found[1]):
            yield found.span(1)
    for pattern in _addresses():
        for found in pattern.finditer(plain):
            yield found.span()


@cache
def _labelled() -> re.Pattern[str]:
    """A label, a few signs, and an identifier of letters and digits."""
    labels = "|".join(sorted((re.escape(label) for label in listed("labels")), key=len, reverse=True))
    words = r"(?:telephone|telephonie|tel|fax|faxer|numero|num|n°|no|poste|bip|portable|joignables?|dossier)"
    return re.compile(
        rf"(?<!\w)(?:{labels}|{words})(?:[ .:,()\[\]°#=-]|est|le|la|de|du|au|des|patient|ayant|comme"
        r"|bureau|telephonie|a|dans){0,8}([a-z]{0,4}\d[\da-z]{0,3}(?:[ .-]?[\da-z]{0,2}\d[\da-z]{0,5}){0,12})"
    )


@cache
def _addresses() -> tuple[re.Pattern[str], ...]:
    """A number, a kind of street and its name; a street of another language."""
    streets = "|".join(sorted((re.escape(word) for word in listed("streets")), key=len, reverse=True))
    count = r"(?:\d{1,4}(?:[-/]\d{1,4})?|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix)"
    rest = r"[a-z0-9.'’ -]{1,60}?(?=$|[,;:()\n]| \d{5}| [–-] |\. |  |tel\b| est | sont | a )"
    unit = r"(?:, ?(?:appt|studio|apt|bat|batiment|escalier|etage)\.? ?\w{1,8})?"
    again = r"(?:(?:bis|ter|quater)[ ,]{1,2})?"
    kinds = r"(?:rue|avenue|boulevard|quai|impasse)"
    german = r"stra(?:ss|ß|s)e"
    return (
        re.compile(rf"(?<![\d,]){count}[ ,]{{1,2}}{again}(?:{streets})\.? {rest}{unit}"),
        re.compile(rf"(?<!\w)(?:la |l'|au )?{kinds} (?:d[eu]s? |de la |du )?[a-z'’-]{{3,30}}"),
        re.compile(
            rf"(?<!\w)\w{{3,20}}{german}(?: des \d{{1,2}}\. \w{{3,9}})? \d{{1,4}}"
            rf"|(?<!\w){german} [\w. ]{{3,20}}\d{{1,4}}"
        ),
    )
