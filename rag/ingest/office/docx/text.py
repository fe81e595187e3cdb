"""The words of a Word document, as its reader sees them, from its XML.

python-docx's own ``text`` leaves out what stands in content controls, text boxes and accepted insertions, all
common in hospital templates; a missing sentence would read as "not mentioned". Deleted, struck-out and hidden
text is left out, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.ingest.office.docx.fields import box_of, button, chosen, entered, holds_text, is_prompt
from rag.ingest.office.docx.math import equation
from rag.ingest.office.docx.names import DRAWING_TEXT, FALLBACK, MATH, RELATION, Element, is_on, w
from rag.ingest.office.docx.styles import RunStyle, Styles, is_coloured
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.runs import LEVEL, LetterRun, joined
from rag.ingest.parsing.symbol_fonts import is_symbol_font, sign, signs

_SIGNS = {w("tab"): "\t", w("ptab"): "\t", w("br"): "\n", w("cr"): "\n", w("noBreakHyphen"): "-"}
_REVISED = {w("del"), w("moveFrom")}
_UNSEEN = {
    w(name)
    for name in (
        "pPr",
        "rPr",
        "tblPr",
        "sectPr",
        "sdtPr",
        "trPr",
        "tcPr",
        "tblGrid",
        "delText",
        "annotationRef",
    )
}
_NOTES = {w("footnoteReference"): "footnotes", w("endnoteReference"): "endnotes"}
_DRAWN = {w("drawing"), w("pict"), w("object")}
_TEXTS = (w("t"), w("delText"), f"{MATH}t", DRAWING_TEXT)


@dataclass(slots=True)
class Words:
    """Reads the words of the parts of one document; ``notes`` numbers its notes in the order of their
    calls.
    """

    styles: Styles
    aside: Aside
    where: str = ""
    notes: dict[tuple[str, str], int] = field(default_factory=dict)
    chunks: list[str] = field(default_factory=list)
    _dropped: int = 0
    _instruction: str | None = None

    def text_of(self, paragraph: Element) -> str:
        """Return the visible text of a paragraph, without that of its text boxes."""
        self._dropped = 0
        return joined(self._runs(paragraph, self.styles.of_paragraph(paragraph)))

    def is_bold(self, paragraph: Element) -> bool:
        """Tell whether all visible letters of a paragraph are bold."""
        runs = [
            run
            for run in paragraph.iter(w("r"))
            if any((text.text or "").strip() for text in run.iter(w("t")))
        ]
        return bool(runs) and all(
            (found := run.find(w("rPr"))) is not None and is_on(found, "b") for run in runs
        )

    def blocks(self, parent: Element) -> Iterator[Element]:
        """Yield the paragraphs and tables of a part in reading order, whatever wraps them; those of a text
        box follow its paragraph.
        """
        for child in parent:
            if child.tag in (w("p"), w("tbl")):
                yield child
                if child.tag == w("p"):
                    yield from self._boxed(child)
            elif child.tag == w("altChunk"):
                self.chunks.append(str(child.get(RELATION, "")))
            elif child.tag == w("subDoc"):
                self.aside.note("embedded", "subDoc")
            elif child.tag in _REVISED:
                self._left_out("revised", child)
            elif child.tag == w("sdt") and is_prompt(child):
                self._left_out("prompts", child)
            elif child.tag not in _UNSEEN and child.tag != FALLBACK and isinstance(child.tag, str):
                yield from self.blocks(child)

    def rows_of(self, table: Element) -> Iterator[str]:
        """Yield the rows of a table as ``| cell | cell |``, each cell under its column; one merged downwards
        is said again in each row.
        """
        above: dict[int, str] = {}
        for row in self._within(table, w("tr")):
            if row.find(f"{w('trPr')}/{w('del')}") is not None:
                self._left_out("revised", row)
                continue
            cells = self._cells(row, above)
            if any(cells):
                while cells and not cells[-1]:
                    cells.pop()
                yield f"| {' | '.join(cells)} |"

    def _cells(self, row: Element, above: dict[int, str]) -> list[str]:
        cells = [""] * _number(row, "trPr", "gridBefore", 0)
        for cell in self._within(row, w("tc")):
            at, text = len(cells), self._cell(cell)
            merged = cell.find(f"{w('tcPr')}/{w('vMerge')}")
            if merged is not None and merged.get(w("val"), "continue") == "continue":
                text = text or above.get(at, "")
            above[at] = text
            cells.extend([text, *[""] * (_number(cell, "tcPr", "gridSpan", 1) - 1)])
        return cells

    def _cell(self, cell: Element) -> str:
        if cell.find(f"{w('tcPr')}/{w('cellDel')}") is not None:
            self._left_out("revised", cell)
            return ""
        lines = (
            " ".join(self.rows_of(block)) if block.tag == w("tbl") else self.text_of(block)
            for block in self.blocks(cell)
        )
        return " ".join(" ".join(lines).split())

    def _within(self, parent: Element, tag: str) -> Iterator[Element]:
        """Yield the rows or cells of a table, which may be wrapped in content controls, but not those of a
        table inside it.
        """
        for child in parent:
            if child.tag == tag:
                yield child
            elif child.tag in _REVISED:
                self._left_out("revised", child)
            elif child.tag == w("sdt") and is_prompt(child):
                self._left_out("prompts", child)
            elif child.tag not in (w("tr"), w("tc"), w("tbl"), w("p")) and isinstance(child.tag, str):
                yield from self._within(child, tag)

    def _boxed(self, paragraph: Element) -> Iterator[Element]:
        for box in paragraph.iter(w("txbxContent")):
            if not any(above.tag in (FALLBACK, *_REVISED) for above in box.iterancestors()):
                yield from self.blocks(box)

    def _left_out(self, reason: str, element: Element) -> None:
        if (
            any((text.text or "").strip() for text in element.iter(*_TEXTS))
            or next(element.iter(w("sym")), None) is not None
        ):
            self.aside.note(reason, self.where)

    def _runs(self, element: Element, around: RunStyle) -> Iterator[LetterRun]:
        for child in element:
            tag = child.tag
            if tag == w("r"):
                yield from self._run(child, around)
            elif tag in _REVISED:
                self._left_out("revised", child)
            elif tag == w("sdt"):
                yield from self._control(child, around)
            elif tag == w("fldSimple") and not len(child) and holds_text(str(child.get(w("instr"), ""))):
                self.aside.note("fields", self.where)
            elif tag == f"{MATH}oMath":
                yield LetterRun(equation(child))
            elif tag not in _UNSEEN and tag not in (w("txbxContent"), FALLBACK) and isinstance(tag, str):
                yield from self._runs(child, around)

    def _control(self, control: Element, around: RunStyle) -> Iterator[LetterRun]:
        if (box := box_of(control)) is not None:
            yield LetterRun(box)
        elif is_prompt(control):
            self._left_out("prompts", control)
        else:
            runs = list(self._runs(control, around))
            yield from runs
            if not any(run.text.strip() for run in runs):
                yield LetterRun(chosen(control))

    def _run(self, run: Element, around: RunStyle) -> Iterator[LetterRun]:
        setting = self.styles.of_run(run, around)
        is_unseen = self._is_unseen(run, setting)
        if is_unseen or setting.struck:
            self._left_out("hidden" if is_unseen else "struck", run)
            return
        for child in run:
            for text in self._shown(child, setting):
                if not self._dropped and text:
                    yield LetterRun(text, setting.height or LEVEL)

    def _is_unseen(self, run: Element, setting: RunStyle) -> bool:
        """Tell whether nobody sees a run: hidden, tiny, or white with no colour behind it."""
        if setting.hidden or setting.tiny:
            return True
        return bool(setting.white) and not setting.marked and not self._is_on_colour(run)

    def _is_on_colour(self, run: Element) -> bool:
        """Tell whether a colour lies behind a run, or may: nothing is known of what fills a text box."""
        for above in run.iterancestors():
            if above.tag in (w("txbxContent"), DRAWING_TEXT):
                return True
            if above.tag == w("p") and any(map(is_coloured, above.iterfind(f"{w('pPr')}/{w('shd')}"))):
                return True
            if above.tag == w("p") and any(
                is_coloured(shade) for style in self.styles.chain(above) for shade in style.iter(w("shd"))
            ):
                return True
            if above.tag == w("tbl") and self.styles.is_coloured_table(above):
                return True
            if above.tag == w("document"):
                page = above.find(w("background"))
                return page is not None and page.get(w("color"), "FFFFFF").upper() not in ("FFFFFF", "AUTO")
        return False

    def _shown(self, child: Element, setting: RunStyle) -> Iterator[str]:
        tag = child.tag
        if tag == w("t"):
            yield self._letters(child.text or "", setting.font or "")
        elif tag in _SIGNS:
            yield _SIGNS[tag]
        elif tag == w("sym"):
            yield self._sign(str(child.get(w("font"), "")), str(child.get(w("char"), "")))
        elif tag == w("fldChar"):
            yield from self._field(child)
        elif tag == w("instrText"):
            self._instruction = None if self._instruction is None else self._instruction + (child.text or "")
            yield button(child.text or "")
        elif tag in _NOTES:
            number = self.notes.setdefault((_NOTES[tag], str(child.get(w("id")))), len(self.notes) + 1)
            yield f" ({number})"
        elif tag in _DRAWN:
            yield from self._drawn(child)
        elif tag not in _UNSEEN and tag not in (FALLBACK, w("txbxContent")) and isinstance(tag, str):
            for inner in child:
                if inner.tag == w("r"):
                    yield joined(self._run(inner, setting))
                else:
                    yield from self._shown(inner, setting)

    def _letters(self, text: str, font: str) -> str:
        if not font:
            return text
        shown, unknown = signs(font, text)
        self.aside.note("signs", font, unknown)
        return shown.replace("μ", "µ")

    def _sign(self, font: str, code: str) -> str:
        try:
            found = sign(font, int(code, 16))
            found = found or (
                chr(int(code, 16)) if int(code, 16) < 0xE000 and not is_symbol_font(font) else ""
            )
        except (ValueError, OverflowError):
            found = ""
        if not found:
            self.aside.note("signs", font)
        return found.replace("μ", "µ")

    def _field(self, mark: Element) -> Iterator[str]:
        """Yield what a field of a form shows; the result that some programs write beside a list would say it
        twice.
        """
        kind = mark.get(w("fldCharType"))
        if kind == "end" and holds_text(self._instruction or ""):
            self.aside.note("fields", self.where)
        self._instruction = "" if kind == "begin" else None
        if self._dropped:
            self._dropped += (kind == "begin") - (kind == "end")
            return
        if kind == "begin" and (shown := entered(mark)) is not None:
            yield shown
            self._dropped = 1

    def _drawn(self, element: Element) -> Iterator[str]:
        """Yield the words of a drawing beside its text boxes; note a picture that has none."""
        said = [
            str(found.get("descr") or found.get("title") or "").strip()
            for found in element.iter()
            if _local(found) == "docPr"
        ]
        said += [str(found.get("alt") or "").strip() for found in element.iter() if found.get("alt")]
        said += [str(found.get("string") or "") for found in element.iter() if _local(found) == "textpath"]
        drawn = [text.text or "" for text in element.iter(DRAWING_TEXT)]
        has_picture = any(_local(found) in ("pic", "imagedata") for found in element.iter())
        words = [*filter(None, dict.fromkeys(said)), *filter(str.strip, drawn)]
        if has_picture and not words:
            self.aside.note("pictures", self.where)
        yield from (f" [{text}] " for text in words)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _number(element: Element, properties: str, name: str, default: int) -> int:
    found = element.find(f"{w(properties)}/{w(name)}")
    said = found.get(w("val"), "") if found is not None else ""
    return min(int(said), 200) if said.isdecimal() else default


def count_letters(root: Element) -> int:
    """Return how many letters a part holds, whatever becomes of them."""
    return sum(len(text.text or "") for text in root.iter(*_TEXTS))
