"""What there is to show of a picture: its frames, its size and the windows under which its values become
grey.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The values of a picture that are shown from black to white: ``center`` ± half of ``width``, in the
    picture's own units.
    """

    center: float
    width: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What there is to show of a picture. ``width`` and ``height`` are in pixels; frames count from 0.

    ``key_frames`` are a few that stand for all; ``window`` is the one shown by default, None where none
    applies (colours). ``spacing`` is millimetres a pixel, down and across, None where nothing tells it.
    """

    frames: int
    width: int
    height: int
    key_frames: tuple[int, ...] = (0,)
    window: Window | None = None
    presets: tuple[Window, ...] = ()
    spacing: tuple[float, float] | None = None
