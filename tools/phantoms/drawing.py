"""Phantoms as arrays of greys in [0, 1]: ellipses, rods and soft noise, no picture of anybody.

Sides are those of the patient, who faces the viewer: the patient's right is on the left of the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Grey = NDArray[np.float64]
_SIGN = {"right": -1.0, "left": 1.0}


def grid(rows: int, columns: int) -> tuple[Grey, Grey]:
    """Return the coordinates of each pixel, from -1 to 1 across and down."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    return x, y


def soft(distance: Grey, edge: float = 0.02) -> Grey:
    """Return 1 inside (below 0), 0 outside, with an edge."""
    return 1.0 / (1.0 + np.exp(np.clip(distance / edge, -40, 40)))


def ellipse(x: Grey, y: Grey, cx: float, cy: float, rx: float, ry: float, edge: float = 0.02) -> Grey:
    """Return an ellipse."""
    return soft(np.hypot((x - cx) / rx, (y - cy) / ry) - 1, edge / min(rx, ry))


def rod(x: Grey, y: Grey, ends: tuple[float, float, float, float], width: float, edge: float = 0.012) -> Grey:
    """Return a rod between two points with round ends."""
    x0, y0, x1, y1 = ends
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1)
    return soft(np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) - width, edge)


def bone(x: Grey, y: Grey, ends: tuple[float, float, float, float], width: float) -> Grey:
    """Return a long bone: a bright rim around a paler marrow."""
    return 0.75 * rod(x, y, ends, width) - 0.25 * rod(x, y, ends, 0.55 * width, 0.03)


def clouds(rows: int, columns: int, seed: int, size: int = 24) -> Grey:
    """Return smooth noise in [0, 1]."""
    noise = np.random.default_rng(seed).random((max(2, rows // size), max(2, columns // size)))
    small = Image.fromarray((255 * noise).astype(np.uint8)).resize((columns, rows), Image.Resampling.BICUBIC)
    return np.asarray(small, dtype=np.float64) / 255.0


def chest(size: int, seed: int, *, effusion: str = "", pneumonia: str = "", level: float = 0.35) -> Grey:
    """Return a frontal chest; ``effusion`` and ``pneumonia`` name a side."""
    x, y = grid(size, size)
    body = ellipse(x, y, 0, 0.15, 0.93, 1.25)
    lungs = sum((ellipse(x, y, s * 0.42, -0.05, 0.31, 0.66) for s in _SIGN.values()), start=np.zeros_like(x))
    picture = 0.62 * body - 0.48 * lungs
    picture += 0.22 * ellipse(x, y, 0.0, 0.0, 0.13, 1.0) + 0.30 * ellipse(x, y, 0.14, 0.28, 0.30, 0.30, 0.04)
    for number in range(8):
        top = -0.62 + 0.155 * number
        for s in _SIGN.values():
            bow = np.abs(np.hypot((x - s * 0.35) / 0.48, (y - top - 0.28) / 0.34) - 1)
            picture += 0.09 * soft(bow - 0.035, 0.02) * (y < top + 0.24) * body
    picture += 0.28 * body * soft(0.58 + 0.06 * np.cos(5 * x) - y, 0.03)
    if pneumonia:
        s = _SIGN[pneumonia]
        patch = ellipse(x, y, s * 0.44, 0.28, 0.19, 0.17, 0.10)
        picture += 0.34 * patch * (0.55 + 0.45 * clouds(size, size, seed + 7, 12))
    if effusion:
        s = _SIGN[effusion]
        line = 0.62 - level - 0.55 * np.clip(s * x - 0.42, 0, None) ** 1.5
        picture += 0.46 * ellipse(x, y, s * 0.42, 0.0, 0.34, 0.72) * soft(line - y, 0.035)
    return np.clip(picture + 0.05 * (clouds(size, size, seed) - 0.5) * body, 0, 1)


def chest_lateral(size: int, seed: int, *, effusion: bool = False) -> Grey:
    """Return a chest from the side."""
    x, y = grid(size, size)
    body = ellipse(x, y, 0, 0.1, 0.72, 1.2)
    picture = 0.60 * body - 0.42 * ellipse(x, y, 0.02, -0.08, 0.48, 0.66)
    picture += 0.26 * ellipse(x, y, -0.16, 0.28, 0.26, 0.30, 0.05) + 0.24 * rod(
        x, y, (0.5, -1, 0.44, 1), 0.09
    )
    picture += 0.26 * body * soft(0.52 + 0.14 * x - y, 0.03)
    if effusion:
        picture += 0.36 * ellipse(x, y, 0.30, 0.42, 0.26, 0.22, 0.05)
    return np.clip(picture + 0.05 * (clouds(size, size, seed) - 0.5) * body, 0, 1)


def pelvis(size: int, seed: int, *, prosthesis: str = "", worn: str = "") -> Grey:
    """Return a pelvis with both hips; ``worn`` is a hip without joint space."""
    x, y = grid(size, size)
    body = ellipse(x, y, 0, 0.2, 1.0, 1.15)
    picture = 0.34 * body
    ring = ellipse(x, y, 0, -0.22, 0.72, 0.58) - ellipse(x, y, 0, -0.16, 0.40, 0.42)
    picture += 0.30 * np.clip(ring, 0, 1) + 0.30 * ellipse(x, y, 0, -0.55, 0.22, 0.30)
    for side, s in _SIGN.items():
        gap = 0.0 if side == worn else 0.05
        if side == prosthesis:
            picture += 0.62 * rod(x, y, (s * 0.58, 0.06, s * 0.72, 0.95), 0.055)
            picture += 0.62 * ellipse(x, y, s * 0.50, 0.02, 0.11, 0.11) + 0.45 * rod(
                x, y, (s * 0.50, 0.02, s * 0.62, 0.16), 0.05
            )
            cup = np.abs(np.hypot(x - s * 0.49, y - 0.0) - 0.17)
            picture += 0.55 * soft(cup - 0.022, 0.008) * (y < 0.06)
        else:
            picture += 0.42 * ellipse(x, y, s * (0.52 + gap), 0.03 + gap, 0.15, 0.15)
        picture += bone(x, y, (s * 0.70, 0.22, s * 0.74, 1.2), 0.12) * 0.62
        picture += 0.34 * rod(x, y, (s * 0.56, 0.08, s * 0.70, 0.24), 0.08)
    return np.clip(picture + 0.05 * (clouds(size, size, seed) - 0.5) * body, 0, 1)


def wrist(size: int, seed: int, *, fracture: bool = False, healed: bool = False) -> Grey:
    """Return a wrist from the front, with or without a fracture of the end of the radius."""
    x, y = grid(size, size)
    picture = 0.26 * np.clip(rod(x, y, (0, -0.6, 0, 1.2), 0.52) + ellipse(x, y, 0, -0.6, 0.62, 0.5), 0, 1)
    shift = 0.07 if fracture and not healed else 0.0
    picture += bone(x, y, (-0.20, 0.16, -0.20, 1.3), 0.17) + bone(x, y, (0.28, 0.02, 0.26, 1.3), 0.10)
    picture += 0.62 * rod(x, y, (-0.20 - shift, 0.0, -0.20 - shift, 0.04), 0.22)
    if fracture:
        line = np.abs(y - 0.16 - 0.25 * (x + 0.2)) - (0.012 if healed else 0.022)
        depth = 0.15 if healed else 0.55
        picture -= depth * soft(line, 0.01) * rod(x, y, (-0.20, 0.0, -0.20, 0.4), 0.22)
    for row in range(2):
        for number in range(4):
            cx, cy = -0.32 + 0.2 * number + 0.04 * row, -0.26 - 0.2 * row
            picture += 0.42 * ellipse(x, y, cx, cy, 0.085, 0.085)
    for number in range(5):
        cx = -0.42 + 0.2 * number
        picture += 0.8 * bone(x, y, (cx * 0.9, -0.56, cx * 1.25, -1.1), 0.055)
    return np.clip(picture + 0.04 * (clouds(size, size, seed) - 0.5), 0, 1)


def knee(size: int, seed: int, *, worn: bool = False) -> Grey:
    """Return a knee from the front; ``worn`` narrows the inner joint space."""
    x, y = grid(size, size)
    picture = 0.28 * rod(x, y, (0, -1.3, 0, 1.3), 0.56)
    gap = 0.02 if worn else 0.07
    picture += bone(x, y, (0, -1.3, 0, -0.40), 0.22) + bone(x, y, (0, 0.42, 0, 1.3), 0.20)
    for s in (-1.0, 1.0):
        near = gap if s < 0 else 0.07
        picture += 0.55 * ellipse(x, y, s * 0.22, -0.22, 0.24, 0.22 - near / 2)
        picture += 0.50 * ellipse(x, y, s * 0.21, 0.20 + near / 2, 0.24, 0.16)
    picture += 0.18 * ellipse(x, y, 0.02, -0.30, 0.17, 0.20) + 0.6 * bone(x, y, (0.40, 0.40, 0.36, 1.3), 0.08)
    return np.clip(picture + 0.04 * (clouds(size, size, seed) - 0.5), 0, 1)


def abdomen(size: int, seed: int, level: float, *, lesions: bool = False) -> Grey:
    """Return a slice of an abdomen in Hounsfield units; ``level`` from 0 (top) to 1."""
    x, y = grid(size, size)
    body = ellipse(x, y, 0, 0, 0.92, 0.72)
    units = -1000 + 900 * body + 130 * ellipse(x, y, 0, 0, 0.84, 0.64)
    liver = ellipse(x, y, -0.38, -0.08, 0.42 - 0.16 * level, 0.44 - 0.18 * level)
    spleen = ellipse(x, y, 0.58, 0.14, 0.16, 0.24 * (1 - 0.5 * level))
    units += 32 * liver + 24 * spleen + 420 * ellipse(x, y, 0, 0.40, 0.13, 0.12)
    units += 120 * ellipse(x, y, 0.08, 0.22, 0.06, 0.06)
    for s in _SIGN.values():
        units += 60 * level * ellipse(x, y, s * 0.42, 0.34, 0.12, 0.16)
    if lesions:
        units -= 55 * ellipse(x, y, -0.46, -0.14, 0.10 * (1 - abs(level - 0.4)), 0.09, 0.02)
        units -= 50 * ellipse(x, y, -0.28, 0.10, 0.05, 0.05, 0.02)
    return units + 30 * (clouds(size, size, seed, 4) - 0.5) * body


def stamped(picture: Grey, side: str = "") -> NDArray[np.uint8]:
    """Return 8-bit greys with ``FICTIF`` burnt in, and the letter of the side as a technician lays it."""
    drawn = Image.fromarray((255 * np.clip(picture, 0, 1)).astype(np.uint8))
    pen = ImageDraw.Draw(drawn)
    font = ImageFont.load_default(size=max(10, drawn.height // 18))
    pen.text((4, 4), "FICTIF", fill=255, font=font)
    if side:
        place = 6 if side == "right" else drawn.width - 24
        pen.text((place, drawn.height - 30), {"right": "D", "left": "G"}[side], fill=255, font=font)
    return np.asarray(drawn, dtype=np.uint8)
