"""Bytes to text for files that do not name their encoding.

A byte-order mark decides, then strict UTF-8. What is left is one of the single-byte encodings that French and
English hospital systems write, and all of them decode almost anything: the one whose letters stand where
French puts them is taken.
"""

from __future__ import annotations

import codecs
import re

from rag.core.errors import ParseError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ("cp1252", "iso8859-15", "mac-roman", "cp850")
_COMMON = re.compile(r"[éèêàçâîôûùëïœ]")
_RARER = re.compile(r"[ÉÈÀÊÇÔÎ«»°µ²³–—…€±×’‘“”·]")
_MISPLACED = re.compile(
    r"(?<![^\W\d_])[éèêçâîôûùëïœäöüñÉÈÊÇÎÔ](?![^\W\d_])"  # an accented letter alone, except for à
    r"|(?<=[a-zéèàê])[^\W\d_a-zàâäçéèêëîïôöùûüœæ](?=[a-zéèàê])"  # a capital or a foreign letter inside a word
    r"|(?<=[^\W\d_])[^\w\s’'\-·.,;:/()](?=[^\W\d_])"  # a symbol inside a word
)
_EXPECTED = re.compile(r"[\x00-\x7f\xa0éèêàçâîôûùëïœüöäæñáíóúßÉÈÀÊÇÔÎÂÛÙËÏŒ«»°µ²³–—…€±×’‘“”·½¼§•]")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BEYOND_ASCII = re.compile(
    rb"(?<![^\x00-\x20\"<>=:{}\[\]()|^~&;,/])[^\x00-\x20\"<>=:{}\[\]()|^~&;,/\x80-\xff]*+[\x80-\xff][^\x00-\x20\"<>=:{}\[\]()|^~&;,/]*+"
)
_MOST_CONTROLS = 0.005
_FEW_CONTROLS = 3
"""A short note may hold one or two that strayed in."""

_SAMPLE = 1 << 20
_WIDE_SAMPLE = 1 << 14
_FEWEST_PAIRS = 4
_MOSTLY_WIDE = 0.7


def decode(data: bytes, file: str) -> tuple[str, str]:
    """Return the text and the name of the encoding it was read with.

    Raises:
        ParseError: the bytes are no text, or no known encoding makes sense of them.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding, file), encoding
    if wide := wide_encoding(data):
        return _strict(data, wide, file), wide
    _refuse_binary(data, file)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _western(data, file)


def wide_encoding(data: bytes) -> str:
    """Return which UTF-16 bytes without a mark are in, empty where they are not.

    In western text every other byte is zero, or nearly (``œ`` and ``€`` have none); that is so of no other
    encoding and of no picture or program.
    """
    sample = data[:_WIDE_SAMPLE]
    pairs = len(sample) // 2
    if pairs < _FEWEST_PAIRS or len(data) % 2:
        return ""
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    if min(high, low) or max(high, low) < _MOSTLY_WIDE * pairs:
        return ""
    return "utf-16-be" if high else "utf-16-le"


def decode_markup(data: bytes, file: str) -> str:
    """Return the text of markup or code (XML, JSON) in the encoding that its words beyond ASCII speak for;
    tags say nothing of it.

    Raises:
        ParseError: no known encoding makes sense of them.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        words = b" ".join(_BEYOND_ASCII.findall(data[:_SAMPLE])) or data
    return _strict(data, decode(words, file)[1], file)


_WESTERN_LABELS = frozenset(
    "iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 us-ascii ascii ansi_x3.4-1968 iso-8859-15 latin-9"
    " latin9 windows-1252 cp1252 x-cp1252 macintosh mac-roman x-mac-roman ibm850 cp850 unknown-8bit 8bit"
    " binary x-user-defined default".split()
)


def decode_as(data: bytes, label: str, file: str) -> tuple[str, str]:
    """Return the text and the encoding it was read with, where a file says one: a label is believed unless
    its bytes give it the lie.

    Bytes that are UTF-8 beyond ASCII are nothing else, whatever the label; a label of a western encoding is
    often that of the machine, not of the bytes (``iso-8859-1`` is read as Windows-1252, as browsers do), so
    it only says that the text is western.

    Raises:
        ParseError: as ``decode`` does.
    """
    name = label.strip().strip("\"'").lower()
    if data.isascii() and name.startswith(("iso-2022", "utf-7", "hz")):
        return _decoded_as_ascii(data, name)
    if any(data.startswith(mark) for mark, _ in _MARKS) or not name or data.isascii():
        return decode(data, file)
    if name in _WESTERN_LABELS:
        return _labelled_western(data, file)
    if name.startswith(("utf-16", "utf16", "ucs-2", "utf-32")) and b"\x00" not in data[:_SAMPLE]:
        return decode(data, file)  # letters and spaces of western text have a zero byte there
    if _is_utf8(data) and b"\x00" not in data[:_SAMPLE]:
        return data.decode("utf-8"), "utf-8"
    try:
        text = data.decode(name)
    except (LookupError, ValueError):
        return decode(data, file)
    return text, name


def _labelled_western(data: bytes, file: str) -> tuple[str, str]:
    try:
        return decode(data, file)
    except ParseError:
        if b"\x00" in data[:_SAMPLE]:
            raise
        return data.decode("cp1252", errors="replace"), "cp1252"


def _decoded_as_ascii(data: bytes, name: str) -> tuple[str, str]:
    """Read bytes of seven bits that escape to other letters."""
    try:
        return data.decode(name), name
    except (LookupError, ValueError):
        return data.decode("ascii"), "ascii"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_MANGLED = re.compile(r"[ÂÃâÅ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


def unmangled(text: str) -> str:
    """Return a text whose UTF-8 was read as Latin-1 or Windows-1252 (``Ã©``) as it was written; any other as
    it is.
    """
    if not _MANGLED.search(text):
        return text
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _strict(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise ParseError("text_encoding", file=file) from None


def _refuse_binary(data: bytes, file: str) -> None:
    sample = data[:_SAMPLE]
    if b"\x00" in sample or len(_BINARY.findall(sample)) > max(_FEW_CONTROLS, _MOST_CONTROLS * len(sample)):
        raise ParseError("text_binary", file=file)


def _western(data: bytes, file: str) -> tuple[str, str]:
    sample = data[:_SAMPLE]
    scored = [(_plausibility(sample, encoding), encoding) for encoding in _WESTERN]
    best, encoding = max(scored, key=lambda pair: pair[0])
    if best < 0:
        raise ParseError("text_encoding", file=file)
    return _strict(data, encoding, file), encoding


def _plausibility(data: bytes, encoding: str) -> float:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return float("-inf")
    unexpected = len(text) - len(_EXPECTED.findall(text))
    return (
        2 * len(_COMMON.findall(text))
        + 0.7 * len(_RARER.findall(text))
        - 3 * len(_MISPLACED.findall(text))
        - 2 * unexpected
    )
