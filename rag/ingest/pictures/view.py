"""Reads plain pictures (PNG, JPEG, TIFF) for showing: the right way up, frame by frame."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.core.errors import NotFound, ParseError, TrabouleError
from rag.core.pictures import ImageInfo
from rag.ingest.parsing.media import BMP, GIF, JPEG, PNG, TIFF, WEBP

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURES = frozenset({PNG, JPEG, TIFF, GIF, BMP, WEBP})
_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP")


@contextmanager
def opened_picture(data: bytes, file: str) -> Iterator[Image]:
    """Give an open picture.

    Raises:
        ParseError: it is damaged, of another kind, or so large that reading it could exhaust the memory.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                yield picture
    except TrabouleError:
        raise
    except Exception:  # each of Pillow's readers has errors of its own for damaged files
        raise ParseError("picture_damaged", file=file) from None


def picture_info(data: bytes, file: str) -> ImageInfo:
    """Return the size of a picture and its count of frames."""
    with opened_picture(data, file) as picture:
        frames = getattr(picture, "n_frames", 1)
        return ImageInfo(frames, *picture.size, key_frames=tuple(range(min(frames, 3))))


def frame_picture(data: bytes, file: str, frame: int) -> Image:
    """Return a frame (from 0), turned as its camera says, as grey or RGB.

    Raises:
        NotFound: there is no such frame.
        ParseError: it cannot be read.
    """
    from PIL import ImageOps

    with opened_picture(data, file) as picture:
        frames = getattr(picture, "n_frames", 1)
        if not 0 <= frame < frames:
            raise NotFound("frame_unknown", doc_id=file, frame=frame, frames=frames)
        picture.seek(frame)
        return _shown(ImageOps.exif_transpose(picture))


def _shown(picture: Image) -> Image:
    if picture.mode in ("L", "RGB"):
        return picture.copy()
    if picture.mode.startswith("I") or picture.mode == "F":
        return _stretched(picture)
    return picture.convert("L" if picture.mode in ("1", "LA") else "RGB")


def _stretched(picture: Image) -> Image:
    """Return a picture of more than 8 bits from its darkest value to its brightest."""
    import numpy
    from PIL import Image

    values = numpy.asarray(picture, dtype=numpy.float64)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / ((high - low) or 1))).astype(numpy.uint8), "L")
