"""Structured reports (PS3.3, A.35): the content tree as text, container by container.

Names of observers are left out (``PNAME``); references to pictures are kept as the ids of what they refer to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.ingest.dicom.file import items, text
from rag.ingest.dicom.people import HIDDEN, Names
from rag.ingest.records.wording.when import from_stamp
from rag.ingest.records.wording.when import in_words as time_in_words
from rag.ingest.records.writing import Writer
from rag.messages import message

if TYPE_CHECKING:
    from pydicom import Dataset

_DEEPEST = 40
_LANGUAGE_OF_CONTENT = "121049"
_INDENT = "- "
_QUALITIES = ("HAS CONCEPT MOD", "HAS PROPERTIES")
_MOST_QUALITIES = 4
_PRESENCE = ("présence", "presence")
_WHOLE_DAY = 14


@dataclass(slots=True)
class Tree:
    """Writes a content tree. ``referenced`` collects the instance ids of the pictures that it speaks of."""

    writer: Writer
    names: Names
    language: str
    referenced: list[str] = field(default_factory=list)
    was_cut: bool = False
    people: int = 0

    def write(self, data: Dataset) -> None:
        """Write the whole tree: containers of the first level are sections, what lies deeper is indented."""
        for item in items(data, "ContentSequence"):
            self._item(item, 1)

    def _item(self, item: Dataset, depth: int) -> None:
        if depth > _DEEPEST:
            self.was_cut = True
            return
        self.referenced.extend(
            uid
            for reference in items(item, "ReferencedSOPSequence")
            if (uid := text(reference, "ReferencedSOPInstanceUID"))
        )
        inner, said = self._with_qualities(item, self._said(item))
        name = _meaning(item, "ConceptNameCodeSequence")
        is_container = text(item, "ValueType") == "CONTAINER"
        if is_container and depth == 1 and inner:
            self.writer.heading(self.names.hidden(name) or "–")
        elif line := self._line(name, said, is_container):
            self.writer.line(_INDENT * max(0, depth - 2) + line)
        for part in inner:
            self._item(part, depth + 1)

    def _line(self, name: str, said: str, is_container: bool) -> str:
        if said:
            return self.names.hidden(f"{name}: {said}" if name else said)
        return self.names.hidden(f"{name}:") if name and is_container else ""

    def _with_qualities(self, item: Dataset, said: str) -> tuple[list[Dataset], str]:
        """Return what lies under an item, and what it says with those of its qualities that make no sense on
        a line of their own.

        ``Épanchement péricardique`` whose presence is ``Absent`` reads ``Épanchement péricardique : absent``:
        a line that gave the finding alone would say the contrary.
        """
        inner = items(item, "ContentSequence")
        if not said:
            return inner, said
        qualities = [
            part
            for part in inner
            if text(part, "RelationshipType") in _QUALITIES and not items(part, "ContentSequence")
        ]
        spoken = [
            (part, name, value)
            for part in qualities[:_MOST_QUALITIES]
            if (value := self._said(part)) and (name := _name(part))
        ]
        for _, name, value in spoken:
            is_presence = any(word in name.lower() for word in _PRESENCE)
            said += (
                f"{message('record.colon', self.language)} {value.lower()}"
                if is_presence
                else f" ({name}: {value})"
            )
        taken = {id(part) for part, _, _ in spoken}
        return [part for part in inner if id(part) not in taken], said

    def _said(self, item: Dataset) -> str:
        kind = text(item, "ValueType")
        if kind == "TEXT":
            return text(item, "TextValue")
        if kind == "CODE":
            return _meaning(item, "ConceptCodeSequence") or _code(item, "ConceptCodeSequence")
        if kind == "NUM":
            return self._number(item)
        if kind in ("DATE", "DATETIME"):
            return time_said(text(item, "Date" if kind == "DATE" else "DateTime"), self.language)
        if kind == "TIME":
            return clock_said(text(item, "Time"))
        if kind == "PNAME":
            self.people += bool(text(item, "PersonName"))
            return HIDDEN
        return ""

    def _number(self, item: Dataset) -> str:
        """Return a measured value; where there is none, why: a failed measurement is a finding, not a gap."""
        measured = " ".join(self._measured(item))
        reason = _meaning(item, "NumericValueQualifierCodeSequence") or _code(
            item, "NumericValueQualifierCodeSequence"
        )
        if measured:
            return f"{measured} ({reason})" if reason else measured
        said = message("dicom.no_value", self.language)
        return f"{said} ({reason})" if reason else said

    def _measured(self, item: Dataset) -> Iterator[str]:
        for measured in items(item, "MeasuredValueSequence"):
            unit = next(
                (text(code, "CodeValue") for code in items(measured, "MeasurementUnitsCodeSequence")), ""
            )
            number = text(measured, "NumericValue")
            yield number
            if number and unit not in ("", "1", "{ratio}"):
                yield unit


def time_said(stamp: str, language: str) -> str:
    """Return a date or an instant of DICOM in words, with the hour where it has one."""
    plain = (
        re.sub(r"\.\d+", "", stamp) if len(stamp.partition(".")[0]) >= _WHOLE_DAY else stamp.replace(".", "")
    )
    return time_in_words(from_stamp(plain), language, clock=True) or stamp


def clock_said(stamp: str) -> str:
    """Return a time of day, ``143015.25``, as ``14:30``."""
    digits = stamp.partition(".")[0].replace(":", "")
    return f"{digits[:2]}:{digits[2:4] or '00'}" if digits.isdecimal() and len(digits) >= 2 else stamp


def language_of(data: Dataset) -> str:
    """Return the language that a report says it is written in, empty where it says none or another than
    French and English.
    """
    for item in items(data, "ContentSequence"):
        if any(
            text(code, "CodeValue") == _LANGUAGE_OF_CONTENT for code in items(item, "ConceptNameCodeSequence")
        ):
            said = next(
                (text(code, "CodeValue").lower()[:2] for code in items(item, "ConceptCodeSequence")), ""
            )
            return said if said in ("fr", "en") else ""
    return ""


def title_of(data: Dataset) -> str:
    """Return the name of the root of a content tree, which is the title of the report."""
    return _meaning(data, "ConceptNameCodeSequence")


def _name(item: Dataset) -> str:
    return _meaning(item, "ConceptNameCodeSequence")


def _code(item: Dataset, name: str) -> str:
    return next((found for code in items(item, name) if (found := text(code, "CodeValue"))), "")


def _meaning(item: Dataset, name: str) -> str:
    return next((found for code in items(item, name) if (found := text(code, "CodeMeaning"))), "")
