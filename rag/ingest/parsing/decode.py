"""Bytes to text for files that do not name their encoding.

A byte-order mark decides, then strict UTF-8. What is left is one of the single-byte encodings that French and English hospital systems
write, and all of them decode almost anything: the one whose letters stand where French puts them is taken.
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
    r"(?<![^\W\d_])[éèêçâîôûùëïœäöüñÉÈÊÇÎÔ](?![^\W\d_])"  # an accented letter alone, but for à
    r"|(?<=[a-zéèàê])[^\W\d_a-zàâäçéèêëîïôöùûüœæ](?=[a-zéèàê])"  # a capital or a foreign letter inside a word
    r"|(?<=[^\W\d_])[^\w\s’'\-·.,;:/()](?=[^\W\d_])"  # a symbol inside a word
)
_EXPECTED = re.compile(r"[\x00-\x7f\xa0éèêàçâîôûùëïœüöäæñáíóúßÉÈÀÊÇÔÎÂÛÙËÏŒ«»°µ²³–—…€±×’‘“”·½¼§•]")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BEYOND_ASCII = re.compile(rb"[^\x00-\x20\"<>=:{}\[\]()|^~&;,/]*[\x80-\xff][^\x00-\x20\"<>=:{}\[\]()|^~&;,/]*")
_MOST_CONTROLS = 0.005
_SAMPLE = 1 << 20


def decode(data: bytes, file: str) -> tuple[str, str]:
    """Return the text and the name of the encoding it was read with.

    Raises:
        ParseError: the bytes are no text, or no known encoding makes sense of them.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding, file), encoding
    _refuse_binary(data, file)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _western(data, file)


def decode_markup(data: bytes, file: str) -> str:
    """Return the text of markup or code (XML, JSON) in the encoding that its words beyond ASCII speak for; tags say nothing of it.

    Raises:
        ParseError: no known encoding makes sense of them.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        words = b" ".join(_BEYOND_ASCII.findall(data[:_SAMPLE])) or data
    return _strict(data, decode(words, file)[1], file)


def _strict(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise ParseError("text_encoding", file=file) from None


def _refuse_binary(data: bytes, file: str) -> None:
    sample = data[:_SAMPLE]
    if b"\x00" in sample or len(_BINARY.findall(sample)) > _MOST_CONTROLS * len(sample):
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
    return 2 * len(_COMMON.findall(text)) + 0.7 * len(_RARER.findall(text)) - 3 * len(_MISPLACED.findall(text)) - 2 * unexpected
