"""Turns the demo documents that ask for it (``render: pdf`` or ``render: docx`` in their front matter) into
real PDF and DOCX files.

The Markdown file is replaced by the rendered one and a sidecar ``<file>.meta.yaml`` with its metadata. The
same text gives the same bytes. Run it from the repository: ``python tools/render_demo.py [FOLDER]``.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import docx
import yaml
from fpdf import FPDF
from fpdf.enums import XPos, YPos

CORPUS = Path(__file__).parents[1] / "rag" / "demo" / "corpus"
_THE_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_BLOCKS = {"List Bullet": re.compile(r"- (.*)"), "List Number": re.compile(r"\d+[.)] (.*)")}
_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (style ``Heading n``), a paragraph, a list item (with its ``mark``) or a table."""

    style: str
    text: str = ""
    mark: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def blocks(body: str) -> Iterator[Block]:
    """Cut the little Markdown that the demo uses into blocks."""
    for part in re.split(r"\n\s*\n", body.strip()):
        lines = part.splitlines()
        while lines and (heading := re.fullmatch(r"(#{1,6}) (.+)", lines[0])):
            yield Block(f"Heading {len(heading[1])}", heading[2])
            lines = lines[1:]
        if lines and lines[0].startswith("|"):
            rows = (tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines)
            yield Block(
                "Table", rows=tuple(row for row in rows if not all(set(cell) <= set("-: ") for cell in row))
            )
            continue
        for line in lines:
            yield _line_block(line)


def _line_block(line: str) -> Block:
    for style, pattern in _BLOCKS.items():
        if found := pattern.fullmatch(line):
            return Block(style, found[1], line[: -len(found[1])])
    return Block("Normal", line)


def render_docx(found: list[Block], title: str) -> bytes:
    """Return a Word file with heading styles, lists and tables."""
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = "Traboule (fictif)"
    document.core_properties.created = document.core_properties.modified = _THE_DAY.replace(tzinfo=None)
    for block in found:
        if block.style == "Table":
            table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
            for row in block.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
            continue
        paragraph = document.add_paragraph(style=block.style)
        for number, piece in enumerate(_BOLD.split(block.text)):
            paragraph.add_run(piece).bold = bool(number % 2)
    written = io.BytesIO()
    document.save(written)
    return _without_clock(written.getvalue())


def _without_clock(data: bytes) -> bytes:
    """Return the archive with one date for every member: zip writes the time of day otherwise."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            info = zipfile.ZipInfo(member.filename, _THE_DAY.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(member))
    return written.getvalue()


class _Pdf(FPDF):
    """A page of a hospital report: the core font in its Windows encoding has every French letter and needs no
    font file.
    """

    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "windows-1252"
        self.set_title(title)
        self.set_creation_date(_THE_DAY)
        self.set_producer("Traboule")
        self.set_margins(22, 20, 22)
        self.set_auto_page_break(True, margin=20)
        self.add_page()

    def write_block(self, block: Block) -> None:
        """Write one block and the space after it."""
        if block.style == "Table":
            self._write_table(block.rows)
        elif block.style.startswith("Heading"):
            self.ln(2)
            self._write_text(block.text, 16 if block.style.endswith("1") else 12.5, "B")
        else:
            self._write_text(block.mark.replace("- ", "• ") + block.text, 10.5, "")
        self.ln(1.5)

    def _write_text(self, text: str, size: float, weight: Literal["", "B"]) -> None:
        self.set_font("Helvetica", weight, size)
        self.multi_cell(0, size * 0.5, text, align="L", markdown=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _write_table(self, rows: tuple[tuple[str, ...], ...]) -> None:
        self.set_font("Helvetica", "", 10)
        with self.table(first_row_as_headings=True, line_height=6, text_align="LEFT") as table:
            for row in rows:
                table.row(row)


def render_pdf(found: list[Block], title: str) -> bytes:
    """Return a PDF with a text layer."""
    pdf = _Pdf(title)
    for block in found:
        pdf.write_block(block)
    return bytes(pdf.output())


_RENDERERS = {"pdf": render_pdf, "docx": render_docx}


def render(path: Path) -> Path | None:
    """Replace one Markdown file by what it asks to be; return the new file, None where it asks for
    nothing.
    """
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    values: dict[str, str] = yaml.load(front, Loader=yaml.BaseLoader)
    form = values.pop("render", None)
    if form is None:
        return None
    target = path.with_suffix(f".{form}")
    target.write_bytes(_RENDERERS[form](list(blocks(body)), values["title"]))
    sidecar = target.with_name(target.name + ".meta.yaml")
    sidecar.write_text(
        yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=200), encoding="utf-8"
    )
    path.unlink()
    return target


def main(folder: Path) -> None:
    """Render every document of a folder that asks for it."""
    for path in sorted(folder.rglob("*.md")):
        if target := render(path):
            print(target.relative_to(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS)
