"""The narrative of CDA sections and of FHIR (XHTML) as readable text: paragraphs, lists and tables, in their
order.

A table of one row is a form: it is written as ``heading : value ; heading : value``. Rows of other tables are
written as ``| cell | cell |``, and a cell that spans rows is repeated in each, so that a row can be quoted
alone. Placeholders ("texte libre") are shown as empty. Text that is struck out is no longer said: it is left
out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rag.ingest.parsing.scripts import ENOUGH, lowered, parted, raised
from rag.ingest.records.writing import Writer
from rag.ingest.records.xml import Element, children, local
from rag.messages import message

_PARAGRAPHS = frozenset("paragraph p div h1 h2 h3 h4 h5 h6 blockquote pre section address dt dd".split())
_LISTS = frozenset("list ul ol dl".split())
_SKIPPED = frozenset("script style head title colgroup col".split())
_STRUCK = frozenset("del s strike".split())
_LINE_THROUGH = re.compile(
    r"text-decoration(?:-line)?\s*:[^;:]*line-through|\bx?strike-?through\b|\bx?strikeout\b", re.IGNORECASE
)
_RAISED = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
_LOWERED = re.compile(r"vertical-align\s*:\s*sub", re.IGNORECASE)
_NOTES = ("footnote",)
_PICTURES = ("renderMultiMedia", "img")
_PLACEHOLDER = re.compile(r"[(\[]\s*(?:texte libre|free text|champ libre)[^()\[\]]{0,60}[)\]]", re.IGNORECASE)
_BLANKS = re.compile(r" \s+|[^\S ]\s*")
_LEADERS = re.compile(r"\.{4,}|_{4,}")
_BEFORE_STOP = re.compile(r"\] (?=[.,;:)])")
_LIST_ITEMS = ("item", "li")
_LONGEST_FORM = 500
_NOTHING = "–"
_MOST_SPAN = 100
"""A cell may say that it spans a million rows; a table that large is not believed."""


@dataclass(slots=True)
class Narrative:
    """Writes narrative into a text; counts the places that hold only a placeholder, and those that are struck
    out.
    """

    writer: Writer
    language: str
    placeholders: int = 0
    struck: int = 0
    _inline: list[str] = field(default_factory=list)
    _tight: bool = False

    def write(self, element: Element) -> None:
        """Write what an element holds."""
        struck = (found for found in element.iter() if _is_struck(found))
        self.struck += sum(1 for found in struck if "".join(found.itertext()).strip())
        self._inside(element)
        self._flush()

    def _inside(self, element: Element) -> None:
        self._inline.append(_spaced(element.text))
        for child in element:
            self._element(child)
            self._inline.append(_spaced(child.tail))

    def _element(self, child: Element) -> None:
        name = local(child)
        if not name or name in _SKIPPED or _is_struck(child):
            return
        if (script := _script(child)) is not None:
            self._inline.append(script(_last(self._inline)))
        elif name in _NOTES or name in _PICTURES:
            self._inline.append(_bracketed(child))
        elif name == "br":
            self._flush()
            self._tight = True
        elif name == "table":
            self._flush()
            self._table(child)
        elif name in _LISTS:
            self._flush()
            self._list(child, 0)
        elif name in _PARAGRAPHS or name == "caption":
            self._flush()
            self._inside(child)
            self._flush()
        else:
            self._inside(child)

    def _flush(self) -> None:
        text = self._cleaned("".join(self._inline))
        self._inline.clear()
        if text:
            (self.writer.line if self._tight else self.writer.paragraph)(text)
        self._tight = False

    def _cleaned(self, text: str) -> str:
        text, found = _PLACEHOLDER.subn(" ", text) if "(" in text or "[" in text else (text, 0)
        if "...." in text or "____" in text:
            text = _LEADERS.sub(" ", text)
        text = parted(" ".join(text.split()).strip(" ;"))
        self.placeholders += bool(found) and not text
        return _BEFORE_STOP.sub("]", text) if "] " in text else text

    def _list(self, element: Element, depth: int) -> None:
        ordered = element.get("listType") == "ordered" or local(element) == "ol"
        for caption in children(element, "caption"):
            self.writer.paragraph(self._cleaned(flat(caption)))
        items = [item for item in children(element, *_LIST_ITEMS, "dt", "dd") if not _is_struck(item)]
        for number, item in enumerate(items, start=1):
            text = self._cleaned(flat(item, nested=False))
            if text:
                mark = f"{number}." if ordered else "-"
                (self.writer.paragraph if number == 1 and not depth else self.writer.line)(f"{mark} {text}")
            for below in item.iter():
                if (
                    below is not item
                    and local(below) in _LISTS
                    and _nearest(below, _LISTS | set(_LIST_ITEMS)) is item
                ):
                    self._list(below, depth + 1)
                elif local(below) == "table" and _nearest(below, {"table", *_LIST_ITEMS}) is item:
                    self._table(below)

    def _table(self, element: Element) -> None:
        for caption in children(element, "caption"):
            self.writer.paragraph(self._cleaned(flat(caption)))
        head, body = _grid(element)
        heads = [[self._cleaned(cell) for cell in row] for row in head]
        rows = [[self._cleaned(cell) for cell in row] for row in body]
        labels = heads[-1] if heads else []
        if len(rows) == 1 and len(heads) == 1 and len(rows[0]) >= len(labels):
            self._form(labels, rows[0])
        elif rows and max(map(len, [*heads, *rows])) == 1 and len(heads) < 2:
            if items := list(_items(rows)):
                self.writer.lines(
                    [
                        *(
                            f"{label}{message('record.colon', self.language)}"
                            for label in labels[:1]
                            if label
                        ),
                        *items,
                    ]
                )
        elif any(any(row) for row in (*heads, *rows)):
            self.writer.table([*heads, *(row for row in rows if any(row))])

    def _form(self, labels: Sequence[str], cells: Sequence[str]) -> None:
        colon = message("record.colon", self.language)
        lines: list[str] = []
        for at, cell in enumerate(cells):
            label = labels[at].rstrip(" :") if at < len(labels) else ""
            if cell and not label and lines:
                lines[-1] += f" {cell}"  # under a heading that spans several cells
            elif cell or label:
                lines.append(f"{label}{colon} {cell or _NOTHING}" if label else cell)
        together = message("record.semicolon", self.language).join(lines)
        self.writer.lines([together] if len(together) <= _LONGEST_FORM else lines)


def _items(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    return (f"- {row[0]}" for row in rows if row and row[0])


def _spaced(text: str | None) -> str:
    return _BLANKS.sub(" ", text) if text else ""


def _last(pieces: Sequence[str]) -> str:
    """Return the end of a text in pieces, as much of it as tells what is raised behind it."""
    first, length = len(pieces), 0
    while first and length < ENOUGH:
        first -= 1
        length += len(pieces[first].strip())
    return "".join(pieces[first:])


def _is_struck(element: Element) -> bool:
    """Tell whether an element is struck out or marked as deleted: its author takes back what it says."""
    if local(element) in _STRUCK:
        return True
    get = element.get
    return get("revised") == "delete" or any(
        shown is not None and _LINE_THROUGH.search(shown) for shown in (get("style"), get("styleCode"))
    )


def _script(element: Element) -> Callable[[str], str] | None:
    """Return what a raised or lowered element reads as behind a text, None where it is neither."""
    name, style = local(element), element.get("style") or ""
    if name not in ("sup", "sub") and not style:
        return None
    if name == "sup" or _RAISED.search(style):
        return lambda before: raised(flat(element), before, element.tail or "")
    if name == "sub" or _LOWERED.search(style):
        return lambda before: lowered(flat(element), before)
    return None


def _bracketed(element: Element) -> str:
    """Return a note, or what a picture is called, in brackets between spaces."""
    text = flat(element) or " ".join((element.get("alt") or "").split())
    return f" [{text}] " if text else ""


def _nearest(element: Element, names: frozenset[str] | set[str]) -> Element | None:
    above = element.getparent()
    while above is not None and local(above) not in names:
        above = above.getparent()
    return above


def flat(element: Element, *, nested: bool = True) -> str:
    """Return what an element holds on one line: lines and paragraphs parted by ``;``, a bracket after a break
    by a space.
    """
    pieces: list[str] = []

    def inside(node: Element) -> None:
        pieces.append(_spaced(node.text))
        for child in node:
            name = local(child)
            if name and (script := _script(child)) is not None and not _is_struck(child):
                pieces.append(script(_last(pieces)))
            elif name in _NOTES or name in _PICTURES:
                pieces.append(_bracketed(child))
            elif (
                name
                and name not in _SKIPPED
                and not _is_struck(child)
                and (nested or name not in (*_LISTS, "table"))
            ):
                breaks = (
                    name in _PARAGRAPHS
                    or name in _LISTS
                    or name in (*_LIST_ITEMS, "br", "tr", "table", "caption")
                )
                pieces.append("\n" if breaks else " " if name in ("td", "th") else "")
                inside(child)
                pieces.append("\n" if breaks and name != "br" else "")
            pieces.append(_spaced(child.tail))

    inside(element)
    lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
    text = ""
    for line in filter(None, lines):
        text += (
            line
            if not text
            else f" {line}"
            if line.startswith("(") or text.endswith((":", ",", ";", ")"))
            else f" ; {line}"
        )
    return text


def _grid(table: Element) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows of a table's head and of its body, with cells that span rows or columns in place."""
    head: list[list[str]] = []
    body: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    for row in _rows(table):
        if _is_struck(row):
            continue
        cells = _cells(row, below)
        opens = not body and not head and all(local(cell) == "th" for cell in children(row, "td", "th"))
        is_head = opens or local(row.getparent()) == "thead"
        (head if is_head else body).append(cells)
    return head, body


def _rows(table: Element) -> Iterator[Element]:
    """Yield the rows as they are read: the foot, which may be written before the body, comes last."""
    parts = children(table, "thead", "tbody", "tfoot", "tr")
    for part in sorted(parts, key=lambda part: local(part) == "tfoot"):
        yield from [part] if local(part) == "tr" else children(part, "tr")


def _cells(row: Element, below: dict[int, tuple[int, str]]) -> list[str]:
    cells: list[str] = []

    def carried() -> None:
        while (held := below.get(len(cells))) is not None:
            left, text = held
            if left == 1:
                del below[len(cells)]
            else:
                below[len(cells)] = left - 1, text
            cells.append(text)

    for cell in children(row, "td", "th"):
        carried()
        text = "" if _is_struck(cell) else flat(cell)
        for column in range(_span(cell, "colspan")):
            if (rows := _span(cell, "rowspan")) > 1:
                below[len(cells)] = rows - 1, text if not column else ""
            cells.append(text if not column else "")
    carried()
    return cells


def _span(cell: Element, attribute: str) -> int:
    value = cell.get(attribute) or "1"
    return min(int(value), _MOST_SPAN) if value.isdecimal() and int(value) else 1
