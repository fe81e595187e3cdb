"""Prepares a picture for an image encoder: what the device wrote around and over it is taken away.

Borders of one grey are cut off, marks of full white (letters, side markers, names burnt in) in the margins
are painted over with what surrounds them, the greys are spread, and the rest is fitted into a square.
MONOCHROME1 and windows were seen to before (``rag/ingest/dicom/view.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

    from rag.core.protocols import Square

_SIDE = 512
"""Pixels on the longer side while it is prepared."""
_FLAT = 6.0
"""Standard deviation of greys up to which a row or column is a border."""
_MOST_CUT = 0.35
"""Share of a side that may be cut off as a border."""
_MARGIN = 0.18
"""Share of each side in which bright marks are taken for letters."""
_BRIGHT = 245
_MOST_MARKED = 0.02
"""Share of the picture that letters may take: where more is white, it is the picture."""
_SHARES = (1.0, 99.0)


def square_of(picture: Image, size: int, *, is_plain: bool = False) -> Square:
    """Return a picture as grey, ``size`` × ``size``; ``is_plain`` only shrinks it, for comparison."""
    import numpy
    from PIL import Image as Images

    grey = picture.convert("L")
    if is_plain:
        return numpy.asarray(grey.resize((size, size)), dtype=numpy.uint8)
    grey.thumbnail((_SIDE, _SIDE))
    values = _spread(_without_marks(_without_borders(numpy.asarray(grey, dtype=numpy.uint8))))
    height, width = values.shape
    scale = size / max(height, width)
    fitted = Images.fromarray(values).resize(
        (max(1, round(width * scale)), max(1, round(height * scale))), Images.Resampling.BILINEAR
    )
    square = numpy.zeros((size, size), dtype=numpy.uint8)
    top, left = (size - fitted.height) // 2, (size - fitted.width) // 2
    square[top : top + fitted.height, left : left + fitted.width] = numpy.asarray(fitted)
    return square


def _without_borders(values: Any) -> Any:
    """Cut off rows and columns of the grey of the edge on each side."""
    top, bottom = _kept(values)
    left, right = _kept(values.T)
    return values[top:bottom, left:right]


def _kept(lines: Any) -> tuple[int, int]:
    """Return where the first and the last line stand that are no border."""
    length = len(lines)
    most = round(_MOST_CUT * length)
    spread, mean = lines.std(axis=1), lines.mean(axis=1)
    first, last = (((spread > _FLAT) | (abs(mean - mean[edge]) > _FLAT)).nonzero()[0] for edge in (0, -1))
    if not len(first) or not len(last):
        return 0, length
    return min(int(first[0]), most), max(int(last[-1]) + 1, length - most)


def _without_marks(values: Any) -> Any:
    """Paint over what is fully white in the margins with the median of its row."""
    import numpy

    height, width = values.shape
    margin = numpy.ones(values.shape, dtype=bool)
    margin[round(_MARGIN * height) : round((1 - _MARGIN) * height), :] = False
    margin[:, : round(_MARGIN * width)] = True
    margin[:, round((1 - _MARGIN) * width) :] = True
    marks = margin & (values >= _BRIGHT)
    if not 0 < marks.mean() <= _MOST_MARKED:
        return values
    medians = numpy.median(values, axis=1).astype(numpy.uint8)
    return numpy.where(_grown(marks), medians[:, None], values)


def _grown(marks: Any) -> Any:
    """Take the pixels around marks along: letters have soft edges."""
    import numpy

    grown = marks.copy()
    for shift in (-2, -1, 1, 2):
        for axis in (0, 1):
            grown |= numpy.roll(marks, shift, axis=axis)
    return grown


def _spread(values: Any) -> Any:
    import numpy

    low, high = (float(bound) for bound in numpy.percentile(values, _SHARES))
    if high <= low:
        return values
    spread = numpy.clip((values.astype(numpy.float32) - low) * (255.0 / (high - low)), 0, 255)
    return spread.astype(numpy.uint8)
