"""What the library for workbooks does not tell of a sheet: merged cells, hidden rows, comments, formulas
never computed, drawings.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.xml_tree import Element, parse
from rag.ingest.parsing.xml_tree import name_of as tag_of

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^<>]*\bref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*\bhidden=\"(?:1|true)\"")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^<>]*\bhidden=\"(?:1|true)\"")
_FORMULA = re.compile(
    rb"<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*+(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_EDGES = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)>[\s&]*+[^<\s&][^<]*+<")
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^<>]*)?>(\s*+[^<\s][^<]*+)<")
_MOST_WORDS = 200
_MOST_MERGED = 10_000
_READ = ("comments", "drawing", "threadedComment", "vmlDrawing", "ctrlProp", "table")
_PROPERTIES = ("subject", "description", "keywords", "category")


@dataclass(slots=True)
class SheetFacts:
    """What stands beside the cells of a sheet; rows and columns count from 1. ``above`` maps a merged cell to
    where its text stands.
    """

    above: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: int = 0


class Package:
    """The parts of a workbook."""

    def __init__(self, archive: zipfile.ZipFile, file: str) -> None:
        self._archive, self._file = archive, file

    def facts(self, path: str, title: str, aside: Aside) -> SheetFacts:
        """Return what stands beside the cells of a sheet; note what is not read."""
        path = path.lstrip("/")
        data, found = self._archive.read(path), SheetFacts()
        found.hidden = len(_HIDDEN_ROW.findall(data)) + len(_HIDDEN_COLUMN.findall(data))
        aside.note("formulas", title, len(_FORMULA.findall(data)))
        aside.note("parts", f"{title}: header", len(_EDGES.findall(data)))
        for first, top, last, bottom in _MERGED.findall(data)[:_MOST_MERGED]:
            _merge(
                found.above,
                (int(top), _column(first)),
                (min(int(bottom), int(top) + _MOST_MERGED), _column(last)),
            )
        for kind, root in self._related(path):
            if kind in ("comments", "threadedComment"):
                found.comments |= _comments(root)
            else:
                self._note_drawing(root, title, aside)
        return found

    def words(self) -> str:
        """Return some of the words of the workbook's cells."""
        for name in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
            try:
                return " . ".join(
                    text.decode("utf-8", "replace")
                    for text in _TEXT.findall(self._archive.read(name))[:_MOST_WORDS]
                )
            except KeyError:
                continue
        return ""

    def note_others(self, aside: Aside) -> None:
        """Note pictures, embedded files and properties of the whole workbook."""
        names = self._archive.namelist()
        for reason, folder in (
            ("pictures", "xl/media/"),
            ("embedded", "xl/embeddings/"),
            ("parts", "xl/charts/chart"),
        ):
            for name in names:
                if name.startswith(folder):
                    aside.note(reason, posixpath.basename(name))
        root = self._root("docProps/core.xml")
        for element in root.iter() if root is not None else ():
            if tag_of(element) in _PROPERTIES and (element.text or "").strip():
                aside.note("properties", str(tag_of(element)))

    def _related(self, path: str) -> Iterator[tuple[str, Element]]:
        folder, name = posixpath.split(path)
        relations = self._root(f"{folder}/_rels/{name}.rels")
        for relation in relations if relations is not None else ():
            kind = str(relation.get("Type", "")).rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/" + folder, str(relation.get("Target", "")))).lstrip(
                "/"
            )
            if kind in _READ and (root := self._root(target)) is not None:
                yield kind, root

    def _root(self, name: str) -> Element | None:
        try:
            return parse(io.BytesIO(self._archive.read(name)), self._file)
        except (KeyError, ParseError):
            return None

    def _note_drawing(self, root: Element, title: str, aside: Aside) -> None:
        for element in root.iter():
            if tag_of(element) == "formControlPr":
                aside.note("parts", f"{title}: controls")
            elif _says_something(element):
                aside.note("parts", f"{title}: drawing")


def _says_something(element: Element) -> bool:
    """Tell whether an element of a drawing holds words."""
    name = tag_of(element)
    if name == "t":
        return bool((element.text or "").strip())
    if name == "textbox":
        return bool("".join(element.itertext()).strip()) and not _is_note(element)
    return name == "cNvPr" and bool(str(element.get("descr") or "").strip())


def _is_note(textbox: Element) -> bool:
    shape = textbox.getparent()
    return (
        any(tag_of(child) == "ClientData" and child.get("ObjectType") == "Note" for child in shape)
        if shape is not None
        else False
    )


def _merge(
    above: dict[tuple[int, int], tuple[int, int]], first: tuple[int, int], last: tuple[int, int]
) -> None:
    for row in range(first[0], last[0] + 1):
        for column in range(first[1], min(last[1], first[1] + 200) + 1):
            if (row, column) != first:
                above[row, column] = first


def _comments(root: Element) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for comment in root.iter():
        place = (
            re.fullmatch(r"([A-Z]+)(\d+)", str(comment.get("ref", "")))
            if tag_of(comment) in ("comment", "threadedComment")
            else None
        )
        text = " ".join("".join(comment.itertext()).split())
        if place and text and not text.startswith("[Threaded comment]"):
            key = int(place[2]), _column(place[1].encode())
            found[key] = f"{found[key]} ; {text}" if key in found else text
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
