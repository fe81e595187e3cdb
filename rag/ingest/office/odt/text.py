"""Writes the blocks of an OpenDocument text in their order. What a reader does not see is left out, and
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from rag.ingest.office.odt.forms import Forms, fieldmark
from rag.ingest.office.odt.styles import PLAIN, LetterStyle, OdtStyles, attribute
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.runs import LEVEL, LetterRun, joined
from rag.ingest.parsing.symbol_fonts import signs
from rag.ingest.parsing.xml_tree import Element
from rag.ingest.parsing.xml_tree import name_of as tag_of
from rag.ingest.records.writing import Writer

_SILENT = frozenset(
    "annotation-end note-citation sequence-decls forms variable-decls user-field-decls"
    " bibliography-configuration".split()
)
_ASIDE = {"placeholder": "prompts", "script": "markup", "tracked-changes": "revised"}
_BREAKS = {"line-break": "\n", "tab": " ", "soft-page-break": ""}
_OBJECTS = ("object", "object-ole", "plugin", "applet", "floating-frame")
_COMMENT = "Commentaire / comment: "
_MOST_SPACES, _MOST_COLUMNS, _MOST_ROWS = 40, 200, 50
_DEEPEST_LIST = 10


@dataclass(slots=True)
class Writing:
    """Writes blocks; ``object_text`` gives the words of an object by its place in the package, None where
    they cannot be read.
    """

    styles: OdtStyles
    forms: Forms
    aside: Aside
    object_text: Callable[[str], str | None]
    writer: Writer = field(default_factory=Writer)
    where: str = "content"
    _after: list[tuple[str, Element]] = field(default_factory=list)
    _notes: int = 0

    def blocks(self, parent: Element, depth: int = 0) -> None:
        """Write the blocks under an element."""
        for child in parent:
            name = tag_of(child)
            if self._is_left_out(child, name):
                continue
            if name == "h":
                level = attribute(child, "outline-level") or "1"
                self.writer.heading(self._text(child), int(level) if level.isdecimal() else 1)
            elif name == "p":
                self.writer.paragraph(self._text(child))
            elif name == "list":
                self._list(child, depth)
            elif name == "table":
                self._table(child)
            elif name in ("frame", "control", "custom-shape", "annotation"):
                self.writer.paragraph("".join(run.text for run in self._inline(child, name, PLAIN)))
            elif name:
                self.blocks(child, depth)
            self._write_after()

    def _is_left_out(self, element: Element, name: str | None) -> bool:
        """Tell whether an element is not to be read; count it where it says something."""
        reason = _ASIDE.get(name or "", "")
        if element.attrib and not reason:
            reason = _reason(name, {key.rpartition("}")[2]: found for key, found in element.attrib.items()})
        if reason == "revised":
            texts = [child for child in element.iter() if tag_of(child) == "deletion"]
            self.aside.note(reason, self.where, sum(1 for text in texts if _says(text)))
        elif reason and _says(element):
            self.aside.note(reason, self.where)
        return bool(reason) or name in _SILENT

    def _list(self, element: Element, depth: int) -> None:
        number = 0
        for item in element:
            if tag_of(item) not in ("list-item", "list-header"):
                continue
            for part in item:
                if tag_of(part) == "list" and depth < _DEEPEST_LIST:
                    self._list(part, depth + 1)
                elif text := self._text(part):
                    (self.writer.line if number or depth else self.writer.paragraph)(f"- {text}")
            number += 1

    def _table(self, table: Element) -> None:
        above: dict[int, tuple[int, str]] = {}
        rows: list[list[str]] = []
        for row in self._rows(table):
            again = attribute(row, "number-rows-repeated")
            cells = self._cells(row, above)
            rows.extend([cells] * (min(int(again), _MOST_ROWS) if again.isdecimal() and any(cells) else 1))
        self.writer.table(rows)

    def _rows(self, table: Element) -> Iterator[Element]:
        for child in table:
            name = tag_of(child)
            if self._is_left_out(child, name):
                continue
            if name == "table-row":
                yield child
            elif name in ("table-header-rows", "table-rows", "table-row-group"):
                yield from self._rows(child)

    def _cells(self, row: Element, above: dict[int, tuple[int, str]]) -> list[str]:
        cells: list[str] = []
        for cell in row:
            name, again = tag_of(cell), attribute(cell, "number-columns-repeated")
            count = min(int(again), _MOST_COLUMNS) if again.isdecimal() else 1
            if name == "covered-table-cell":
                cells.extend(self._from_above(len(cells) + place, above) for place in range(count))
            elif name == "table-cell":
                text = " ".join(filter(None, (self._text(part) for part in cell)))
                down = attribute(cell, "number-rows-spanned")
                if down.isdecimal() and int(down) > 1:
                    above[len(cells)] = int(down) - 1, text
                cells.extend([text] * (count if text else min(count, _MOST_COLUMNS)))
        return cells

    def _from_above(self, column: int, above: dict[int, tuple[int, str]]) -> str:
        left, text = above.pop(column, (0, ""))
        if left > 1:
            above[column] = left - 1, text
        return text

    def _text(self, element: Element) -> str:
        if tag_of(element) == "table":
            rows = (" | ".join(filter(None, self._cells(row, {}))) for row in self._rows(element))
            return " ; ".join(filter(None, rows))
        setting = self.styles.named("paragraph", attribute(element, "style-name"))
        return joined(self._runs(element, setting)).strip()

    def _runs(self, element: Element, setting: LetterStyle) -> Iterator[LetterRun]:
        yield from self._letters(element.text, setting, element)
        for child in element:
            name = tag_of(child)
            if not self._is_left_out(child, name):
                yield from self._inline(child, name, setting)
            yield from self._letters(child.tail, setting, element)

    def _inline(self, child: Element, name: str | None, setting: LetterStyle) -> Iterator[LetterRun]:
        if name == "note":
            self._notes += 1
            self._after.append(
                (f"({self._notes}) ", next((part for part in child if tag_of(part) == "note-body"), child))
            )
            yield LetterRun(f" ({self._notes})")
        elif name == "annotation":
            self._after.append((_COMMENT, child))
        elif name == "s":
            count = attribute(child, "c") or "1"
            yield LetterRun(" " * (min(int(count), _MOST_SPACES) if count.isdecimal() else 1))
        elif name in _BREAKS:
            yield LetterRun(_BREAKS[name])
        elif name == "list":
            yield from (LetterRun(f"\n- {self._text(item)}") for item in child)
        elif name in ("frame", "control", "custom-shape") or name in _OBJECTS:
            yield from self._drawn(child, name)
        elif name in ("fieldmark", "fieldmark-start"):
            yield LetterRun(fieldmark(child))
            yield from self._runs(child, setting)
        elif name == "span":
            yield from self._runs(
                child, self.styles.named("text", attribute(child, "style-name")).over(setting)
            )
        elif name:
            yield from self._runs(child, setting)

    def _letters(self, text: str | None, setting: LetterStyle, element: Element) -> Iterator[LetterRun]:
        if not text:
            return
        if setting.struck or setting.hidden:
            if text.strip():
                self.aside.note("hidden" if setting.hidden else "struck", self.where)
            return
        shown = " ".join(text.split("\n"))
        if setting.font:
            shown, unknown = signs(setting.font, shown)
            self.aside.note("signs", setting.font, unknown)
        yield LetterRun(shown, setting.height or LEVEL)

    def _drawn(self, shape: Element, name: str | None) -> Iterator[LetterRun]:
        """Yield the words of a drawing in line; what stands in a text box follows its paragraph."""
        if name == "control":
            yield LetterRun(f" {self.forms.shown(attribute(shape, 'control'))} ")
        said = [
            " ".join("".join(part.itertext()).split())
            for part in shape.iter()
            if tag_of(part) in ("title", "desc")
        ]
        parts = [
            part
            for part in (shape, *shape)
            if tag_of(part) in ("text-box", "custom-shape", "image", *_OBJECTS)
        ]
        for part in parts:
            kind = tag_of(part)
            if kind in ("text-box", "custom-shape"):
                self._after.append(("", part))
            elif kind in _OBJECTS:
                said.append(self._object(part))
        if (
            any(tag_of(part) == "image" for part in parts)
            and not any(said)
            and not any(tag_of(part) in _OBJECTS for part in parts)
        ):
            self.aside.note("pictures", self.where)
        yield from (LetterRun(f" [{text}] ") for text in dict.fromkeys(said) if text)

    def _object(self, element: Element) -> str:
        inside = " ".join(_words(element).split())
        place = attribute(element, "href")
        text = inside or (self.object_text(place) if tag_of(element) == "object" else None)
        if text is None:
            self.aside.note("embedded", place.rpartition("/")[2] or self.where)
        return text or ""

    def _write_after(self) -> None:
        while self._after:
            mark, element = self._after.pop(0)
            if mark == _COMMENT:
                texts = (
                    self._text(part)
                    for part in element
                    if tag_of(part) not in ("creator", "date", "date-string", "creator-initials")
                )
                self.writer.paragraph(f"{mark}{' '.join(filter(None, texts))}")
            elif mark:
                self.writer.paragraph(mark + " ".join(filter(None, (self._text(part) for part in element))))
            else:
                self.blocks(element)


def _reason(name: str | None, said: Mapping[str, str]) -> str:
    """Return why the attributes of an element keep it from being read, empty where they do not."""
    if name == "hidden-text" or said.get("display") == "none" or said.get("is-hidden") == "true":
        return "hidden"
    if said.get("visibility") in ("collapse", "filter"):
        return "hidden"
    return "prompts" if name == "content-control" and said.get("showing-place-holder") == "true" else ""


def _says(element: Element) -> bool:
    return bool(_words(element)) or any(attribute(inner, "string-value") for inner in element.iter())


def _words(element: Element) -> str:
    return "".join(element.itertext()).strip()
