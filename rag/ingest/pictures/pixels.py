"""The pixels of a document's pictures, small: what an image encoder looks at, and what a list shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.core.pictures import ImageInfo
from rag.ingest.parsing.media import DICOM, PDF
from rag.ingest.pictures.view import PICTURES, frame_picture, picture_info

if TYPE_CHECKING:
    from PIL.Image import Image


def info_of(media_type: str, data: bytes, name: str) -> ImageInfo | None:
    """Return what there is to show of a file, None where it is no picture.

    Raises:
        NotFound, ParseError: it has no picture, or it cannot be read.
    """
    if media_type == DICOM:
        from rag.ingest.dicom.view import dicom_info

        return dicom_info(data, name)
    return picture_info(data, name) if media_type in PICTURES else None


def small_picture(media_type: str, data: bytes, name: str, frame: int, longest: int) -> Image:
    """Return a frame (from 0) at most ``longest`` pixels on either side.

    Raises:
        NotFound, ParseError: there is no such frame, or it cannot be read.
    """
    if media_type == DICOM:
        from rag.ingest.dicom.view import dicom_picture

        picture = dicom_picture(data, name, frame, None, longest)
    else:
        picture = frame_picture(data, name, frame)
    if max(picture.size) > longest:
        picture.thumbnail((longest, longest))
    return picture


def page_pictures(media_type: str, data: bytes, name: str, page: int, longest: int) -> list[Image]:
    """Return the pictures that stand on a page (from 1) of a PDF, the largest first; none in other files."""
    if media_type != PDF:
        return []
    from rag.ingest.pdf.view import pictures_on

    found = pictures_on(data, page, name)
    for picture in found:
        picture.thumbnail((longest, longest))
    return found
