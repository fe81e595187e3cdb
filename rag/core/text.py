"""Canonical text, sentences and span arithmetic.

The canonical text is the only text that offsets refer to. It is made once, at ingest, and never changed
after: Unicode NFC, ``\\n`` line ends, no byte-order mark, no half surrogates, no spaces at line ends, no
control characters (between two words a space stands for them, so that none join; the letters of Windows-1252
that came as such are read as letters), and no character that is there without being seen: direction marks and
overrides, tags, joiners, fillers.
"""

from __future__ import annotations

import re
import unicodedata

Span = tuple[int, int]

_UNUSUAL = re.compile(
    r"[^\n -~\xa0-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e"
    r"\u2070-\u209c\u20a0-\u20bf\u2190-\u21ff\u2260-\u2265]"
)
"""All but letters, figures and signs that stand as they are: none of them is a blank to mend, a control, a
mark on a letter, or written in another way in NFC.
"""
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Unicode's ``Default_Ignorable_Code_Point``, and what is no character."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_CONTROL_BETWEEN = re.compile(r"(?<=\w)[\x00-\x08\x0e-\x1f\x7f-\x9f]+(?=\w)")
_MISREAD = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
"""Characters that text never has at U+0080–9F, and the letters of Windows-1252 that were meant: ``œ``, ``’``,
``€``.
"""
_LINE_END_SPACE = re.compile(r"(?<![^\S\n])[^\S\n]++$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_UNICODE_SPACES = re.compile(r"[\u2000-\u200a\u202f\u205f\u3000\t]")

_MOST_MARKS = 30
_MARKS = re.compile(r"[^\w\s\x00-\u02ff]{31,}")
"""Where more marks may follow each other; every combining mark is of this class, and so are signs that are
none.
"""

_BLOCK_BREAK = re.compile(r"\n[^\S\n]*\n+|\n(?=[^\S\n]*(?:[-•*–▪◦·]|\d{1,2}[.)]|[a-z]\)|#{1,6}|\|)[^\S\n])")
_SENTENCE_END = re.compile(r"(?:(?<![.!?…])[.!?…]++[)\]»\"”']*+|[;:](?=\n))(?=\s|$)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(«'’-])(?:dr|pr|mr|mrs|ms|mme|mlle|m|mm|st|ste|cf|ex|env|art|al|fig|tab|vol|no|n|p|pp|ed|éd|approx|vs|resp|min|max|obs|"
    r"i\.?v|s\.?c|p\.?o|e\.?g|i\.?e|b\.?i\.?d|t\.?i\.?d|j|c\.?-?à-?d|[A-Z])\.$",
    re.IGNORECASE,
)
_TITLE_ABBREVIATION = re.compile(r"(?:^|[\s(«'’])(?:Dr|Pr|Mr|Mrs|Ms|Mme|Mlle|M|MM|St|Ste|cf|[A-Z])\.$")
_LINE_LIMIT = 60
_LOOK_AHEAD = 40


def canonical(text: str) -> str:
    """Return the canonical form of a text. Applying it twice changes nothing."""
    if _UNUSUAL.search(text):
        text = _usual(text)
    if "\n" not in text:
        return text.rstrip().lstrip(" ")
    return _BLANK_LINES.sub("\n\n", _LINE_END_SPACE.sub("", text)).strip("\n ")


def _usual(text: str) -> str:
    """Return a text with the characters of canonical text; its blanks and lines are still to be mended."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\x0c", "\n\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n\n")
    )
    text = _UNICODE_SPACES.sub(" ", text.replace("\x0b", "\n").translate(_MISREAD))
    text = _CONTROL.sub("", _CONTROL_BETWEEN.sub(" ", _INVISIBLE.sub("", text)))
    return few_marks(unicodedata.normalize("NFC", few_marks(text)))


def few_marks(text: str) -> str:
    """Return a text with at most 30 combining marks on a letter, the measure of UAX #15 for text that may be
    normalised as it comes.

    Normalising sorts the marks of a letter, in time that grows with their square: half a million of them take
    minutes.
    """
    return _MARKS.sub(_with_few_marks, text)


def _with_few_marks(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for char in found[0]:
        marks = marks + 1 if unicodedata.combining(unicodedata.normalize("NFD", char)[0]) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def trimmed(text: str, start: int, end: int) -> Span:
    """Return the span without the white space at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), (
        end - len(part) + len(part.rstrip()) if part.strip() else start
    )


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Cut a span of a text into sentences, in order, each trimmed, none empty, nothing but white space
    between them.

    A blank line, a list item, a heading and a table row end a sentence; so does the end of a short line that
    a new line with a capital follows (clinical notes put one fact a line), while a wrapped line of prose goes
    on. Abbreviations and decimals do not.
    """
    end = len(text) if end is None else end
    cuts = [start]
    for block in _blocks(text, start, end):
        cuts.extend(_cuts_in_block(text, *block))
        cuts.append(block[1])
    spans = (trimmed(text, first, last) for first, last in zip(cuts, [*cuts[1:], end], strict=True))
    return [span for span in spans if span[0] < span[1]]


def _blocks(text: str, start: int, end: int) -> list[Span]:
    blocks, last = [], start
    for found in _BLOCK_BREAK.finditer(text, start, end):
        blocks.append((last, found.end()))
        last = found.end()
    blocks.append((last, end))
    return blocks


def _cuts_in_block(text: str, start: int, end: int) -> list[int]:
    cuts = {
        found.end()
        for found in _SENTENCE_END.finditer(text, start, end)
        if _is_sentence_end(text, start, found.end(), end)
    }
    line_start = start
    while (line_end := text.find("\n", line_start, end)) != -1:
        if _line_stands_alone(text, line_start, line_end, end):
            cuts.add(line_end)
        line_start = line_end + 1
    return sorted(cuts)


def _is_sentence_end(text: str, start: int, cut: int, end: int) -> bool:
    after = text[cut : min(end, cut + _LOOK_AHEAD)].lstrip()
    if not after:
        return True
    before = text[max(start, cut - 12) : cut]
    if _TITLE_ABBREVIATION.search(before):
        return False
    if _ABBREVIATION.search(before):
        return after[0].isupper() and not before[-2:-1].isupper() and "\n" in text[cut : cut + 2]
    return not after[0].islower()


def _line_stands_alone(text: str, line_start: int, line_end: int, end: int) -> bool:
    following = text[line_end + 1 : min(end, line_end + _LOOK_AHEAD)].lstrip(" ")
    if not following or following[0].islower():
        return False
    return line_end - line_start < _LINE_LIMIT or text[line_start:line_end].lstrip().startswith(("#", "|"))


def overlap(first: Span, second: Span) -> int:
    """Return how many characters two spans share."""
    return max(0, min(first[1], second[1]) - max(first[0], second[0]))
