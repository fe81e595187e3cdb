"""What lies on a page of a PDF and is not part of its text: fields filled in, notes, lines through text,
attached files.

PDFium draws fields only where the file holds a drawing of them, and then at the end of the page: a tick must
stand beside its label. So fields are read by their values and their places, and taken off the page before the
rest is drawn into it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from rag.ingest.pdf.file import Frame, Rect

_TICKED, _EMPTY_BOX = "☒", "☐"
_BOXES = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_LISTS = (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_NO_NOTES = (
    pdfium.FPDF_ANNOT_POPUP,
    pdfium.FPDF_ANNOT_LINK,
    pdfium.FPDF_ANNOT_WIDGET,
    pdfium.FPDF_ANNOT_FILEATTACHMENT,
)
_DRAWN = (pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)
"""What these say is drawn on the page, where the file holds a drawing of them."""

_MOST_FILE = 1 << 30


@dataclass(frozen=True, slots=True)
class Entered:
    """What was filled in, and where it is shown."""

    text: str
    place: Rect


@dataclass(slots=True)
class Laid:
    """What lies on a page. ``struck`` are the places that a line goes through."""

    entered: list[Entered] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    struck: list[Rect] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    hidden: int = 0


def laid_on(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Laid:
    """Return what lies on a page, and take its fields off it."""
    laid, frame = Laid(), Frame.of(page)
    for place in reversed(range(pdfium.FPDFPage_GetAnnotCount(page.raw))):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, place)
        if not annotation:
            continue
        try:
            is_read = _read(annotation, document, frame, laid)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        if is_read:
            pdfium.FPDFPage_RemoveAnnot(page.raw, place)
    for found in (laid.entered, laid.notes, laid.files):
        found.reverse()
    return laid


def _read(annotation: Any, document: pypdfium2.PdfDocument, frame: Frame, laid: Laid) -> bool:
    """Read an annotation; say whether it is a field whose value is now known."""
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    contents = text_from(
        lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size)
    )
    if pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
        said = contents or (_value(annotation, document) if kind == pdfium.FPDF_ANNOT_WIDGET else "")
        laid.hidden += bool(said.strip(_EMPTY_BOX))
        return False
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        value = _value(annotation, document)
        if value:
            laid.entered.append(Entered(value, _rect(annotation, frame)))
        return bool(value)
    if kind == pdfium.FPDF_ANNOT_STRIKEOUT:
        laid.struck.extend(_quads(annotation, frame))
    if kind == pdfium.FPDF_ANNOT_FILEATTACHMENT and (
        attachment := pdfium.FPDFAnnot_GetFileAttachment(annotation)
    ):
        laid.files.append(_file(attachment))
    if contents and kind not in _NO_NOTES and not (kind in _DRAWN and _is_drawn(annotation)):
        laid.notes.append(" ".join(contents.split()))
    return False


def _is_drawn(annotation: Any) -> bool:
    return int(pdfium.FPDFAnnot_GetAP(annotation, pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0)) > 2


def _value(annotation: Any, document: pypdfium2.PdfDocument) -> str:
    """Return what a field shows: a box, the entries chosen, or what was written; empty for buttons and
    signatures.
    """
    form = document.formenv.raw if document.formenv else None
    if form is None:
        return ""
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _BOXES:
        return _TICKED if pdfium.FPDFAnnot_IsChecked(form, annotation) else _EMPTY_BOX
    if kind in _LISTS:
        count = max(0, pdfium.FPDFAnnot_GetOptionCount(form, annotation))
        chosen = [
            option
            for option in range(min(count, 1000))
            if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, option)
        ]
        if chosen:
            return " ; ".join(text_from(partial(_option, form, annotation, at)) for at in chosen)
    if kind in (*_LISTS, pdfium.FPDF_FORMFIELD_TEXTFIELD):
        return " ".join(
            text_from(
                lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size)
            ).split()
        )
    return ""


def _option(form: Any, annotation: Any, at: int, buffer: Any, size: int) -> int:
    return int(pdfium.FPDFAnnot_GetOptionLabel(form, annotation, at, buffer, size))


def _rect(annotation: Any, frame: Frame) -> Rect:
    box = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(box))
    return frame.rect(box.left, box.bottom, box.right, box.top)


def _quads(annotation: Any, frame: Frame) -> Iterator[Rect]:
    quad = pdfium.FS_QUADPOINTSF()
    for at in range(pdfium.FPDFAnnot_CountAttachmentPoints(annotation)):
        if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, at, ctypes.byref(quad)):
            across, down = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
            yield frame.rect(min(across), min(down), max(across), max(down))


def attached(document: pypdfium2.PdfDocument) -> Iterator[tuple[str, bytes]]:
    """Yield the files that are attached to a whole PDF, as those of a portfolio are."""
    for at in range(max(0, pdfium.FPDFDoc_GetAttachmentCount(document.raw))):
        if attachment := pdfium.FPDFDoc_GetAttachment(document.raw, at):
            yield _file(attachment)


def _file(attachment: Any) -> tuple[str, bytes]:
    name = text_from(lambda buffer, size: pdfium.FPDFAttachment_GetName(attachment, buffer, size))
    size = ctypes.c_ulong()
    pdfium.FPDFAttachment_GetFile(attachment, None, 0, ctypes.byref(size))
    if not 0 < size.value < _MOST_FILE:
        return name, b""
    buffer = ctypes.create_string_buffer(size.value)
    pdfium.FPDFAttachment_GetFile(attachment, buffer, size.value, ctypes.byref(size))
    return name, buffer.raw[: size.value]


def text_from(get: Callable[[Any, int], int]) -> str:
    """Return a text that PDFium writes as UTF-16 into a buffer, whose size it tells first."""
    size = int(get(None, 0))
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    get(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", errors="ignore").strip("\x00 ")
