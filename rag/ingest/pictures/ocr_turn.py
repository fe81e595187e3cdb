"""Finds by how much a scan lies askew, and turns pictures of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_WIDTH = 600
_MOST = 6.0
_STEPS = (1.0, 0.25)
_LEAST = 0.2
"""Degrees: less than this does Tesseract no harm, and a page that was not touched is shown sharper."""


def turned(picture: Image, degrees: float) -> Image:
    """Return a picture turned counter-clockwise, whole, on white."""
    from PIL import Image

    if not degrees % 360:
        return picture
    if not degrees % 90:
        return picture.rotate(degrees, expand=True)
    white: int | tuple[int, int, int] = 255 if picture.mode == "L" else (255, 255, 255)
    return picture.rotate(degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=white)


def straightening(picture: Image) -> float:
    """Return the degrees counter-clockwise, at most 6, by which turning a grey picture of a page makes its
    lines level; 0 for about none.

    Lines are level where the ink of a row of pixels differs most from that of the row below.
    """
    small = (
        picture.resize((_WIDTH, max(1, round(picture.height * _WIDTH / picture.width))))
        if picture.width > _WIDTH
        else picture
    )
    ink = small.point([255 - level if level < 160 else 0 for level in range(256)])
    best = 0.0
    reach = _MOST
    for step in _STEPS:
        count = round(reach / step)
        angles = [best + step * place for place in range(-count, count + 1)]
        best = max(angles, key=lambda angle: (round(_levelness(ink, angle), 6), -abs(angle)))
        reach = step
    return best if abs(best) >= _LEAST and _levelness(ink, best) > 1.05 * _levelness(ink, 0.0) else 0.0


def _levelness(ink: Image, degrees: float) -> float:
    import numpy
    from PIL import Image

    rows = numpy.asarray(ink.rotate(degrees, resample=Image.Resampling.BILINEAR), dtype=numpy.float32).mean(
        axis=1
    )
    return float(numpy.square(numpy.diff(rows)).sum())
