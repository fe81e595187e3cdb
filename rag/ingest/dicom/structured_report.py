"""Structured reports (PS3.3, A.35): the content tree as text, container by container.

Names of observers are left out (``PNAME``); references to pictures are kept as the ids of what they refer to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.ingest.dicom.file import items, text
from rag.ingest.dicom.people import HIDDEN, Names
from rag.ingest.records.wording.when import from_stamp
from rag.ingest.records.wording.when import in_words as time_in_words
from rag.ingest.records.writing import Writer

if TYPE_CHECKING:
    from pydicom import Dataset

_DEEPEST = 40
_LANGUAGE_OF_CONTENT = "121049"
_INDENT = "- "


@dataclass(slots=True)
class Tree:
    """Writes a content tree. ``referenced`` collects the instance ids of the pictures that it speaks of."""

    writer: Writer
    names: Names
    language: str
    referenced: list[str] = field(default_factory=list)
    was_cut: bool = False

    def write(self, data: Dataset) -> None:
        """Write the whole tree: containers of the first level are sections, what lies deeper is indented."""
        for item in items(data, "ContentSequence"):
            self._item(item, 1)

    def _item(self, item: Dataset, depth: int) -> None:
        if depth > _DEEPEST:
            self.was_cut = True
            return
        self.referenced.extend(
            uid for reference in items(item, "ReferencedSOPSequence") if (uid := text(reference, "ReferencedSOPInstanceUID"))
        )
        inner = items(item, "ContentSequence")
        name = _meaning(item, "ConceptNameCodeSequence")
        is_container = text(item, "ValueType") == "CONTAINER"
        if is_container and depth == 1 and inner:
            self.writer.heading(self.names.hidden(name) or "–")
        elif line := self._line(name, self._said(item), is_container):
            self.writer.line(_INDENT * max(0, depth - 2) + line)
        for part in inner:
            self._item(part, depth + 1)

    def _line(self, name: str, said: str, is_container: bool) -> str:
        if said:
            return self.names.hidden(f"{name}: {said}" if name else said)
        return self.names.hidden(f"{name}:") if name and is_container else ""

    def _said(self, item: Dataset) -> str:
        kind = text(item, "ValueType")
        if kind == "TEXT":
            return text(item, "TextValue")
        if kind == "CODE":
            return _meaning(item, "ConceptCodeSequence")
        if kind == "NUM":
            return " ".join(self._measured(item))
        if kind in ("DATE", "DATETIME"):
            stamp = text(item, "Date" if kind == "DATE" else "DateTime").replace(".", "")
            return time_in_words(from_stamp(stamp), self.language) or stamp
        if kind == "TIME":
            return text(item, "Time")
        return HIDDEN if kind == "PNAME" else ""

    def _measured(self, item: Dataset) -> Iterator[str]:
        for measured in items(item, "MeasuredValueSequence"):
            unit = next((text(code, "CodeValue") for code in items(measured, "MeasurementUnitsCodeSequence")), "")
            yield text(measured, "NumericValue")
            if unit not in ("", "1", "{ratio}"):
                yield unit


def language_of(data: Dataset) -> str:
    """Return the language that a report says it is written in, empty where it says none or another than French and English."""
    for item in items(data, "ContentSequence"):
        if any(text(code, "CodeValue") == _LANGUAGE_OF_CONTENT for code in items(item, "ConceptNameCodeSequence")):
            said = next((text(code, "CodeValue").lower()[:2] for code in items(item, "ConceptCodeSequence")), "")
            return said if said in ("fr", "en") else ""
    return ""


def title_of(data: Dataset) -> str:
    """Return the name of the root of a content tree, which is the title of the report."""
    return _meaning(data, "ConceptNameCodeSequence")


def _meaning(item: Dataset, name: str) -> str:
    return next((found for code in items(item, name) if (found := text(code, "CodeMeaning"))), "")
