"""PDF, pictures and DICOM: what has pages or pictures to show."""

from __future__ import annotations

import shutil

from rag.core.protocols import Parser
from rag.ingest.parsing import media
from rag.ingest.parsing.contract import Format, Kit

_OCR = "+ocr" if shutil.which("tesseract") else ""
"""Part of a parser's version: installing Tesseract has files whose pictures were not read be read again."""


def _pdf(kit: Kit) -> Parser:
    from rag.ingest.pdf.parser import PdfParser
    from rag.ingest.pictures.ocr import Tesseract

    limits = kit.settings
    tesseract = Tesseract(limits.ocr_languages, limits.ocr_seconds) if limits.ocr else None
    return PdfParser(tesseract, limits.max_pages, limits.max_ocr_pages, kit.alive, kit.parts)


def _picture(kit: Kit) -> Parser:
    from rag.ingest.pictures.ocr import Tesseract
    from rag.ingest.pictures.parser import PictureParser

    limits = kit.settings
    tesseract = Tesseract(limits.ocr_languages, limits.ocr_seconds) if limits.ocr else None
    return PictureParser(tesseract, limits.max_ocr_pages, kit.alive)


_PICTURES = {
    media.PNG: (".png",),
    media.JPEG: (".jpg", ".jpeg"),
    media.TIFF: (".tif", ".tiff"),
    media.GIF: (".gif",),
    media.BMP: (".bmp",),
    media.WEBP: (".webp",),
}


def _dicom(kit: Kit) -> Parser:
    import pydicom  # noqa: F401 - here, so that a missing extra is told before anything is read

    from rag.ingest.dicom.parser import DicomParser

    return DicomParser(kit.parts)


IMAGING: tuple[Format, ...] = (
    Format(media.PDF, f"pdf/6{_OCR}", (".pdf",), _pdf, has_parts=True),
    Format(media.DICOM, "dicom/3", (".dcm", ".dicom"), _dicom, extra="dicom", has_parts=True),
    *(
        Format(media_type, f"picture/1{_OCR}", suffixes, _picture)
        for media_type, suffixes in _PICTURES.items()
    ),
)
