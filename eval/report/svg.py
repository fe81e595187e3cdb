"""Plots as SVG text: no library, no script, colours from the page's style sheet so that they follow light and
dark.

Labels come as (English, French); both are drawn and the page hides one. Every plot has a title for screen
readers, and the page puts a table with the same numbers beside it. Coordinates are pixels of the viewBox.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

Words = tuple[str, str]
_ROW = 26
_LETTER = 7.2
"""About how wide a letter of a label is."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A mean in [0, 1] with its interval; ``note`` is written small after the label."""

    label: Words
    mean: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area of a chart with two axes, both from 0; ``x_max`` and ``y_max`` are the data at its
    far corner.
    """

    width: int = 460
    height: int = 300
    left: int = 52
    bottom: int = 46
    top: int = 14
    right: int = 16
    x_max: float = 1.0
    y_max: float = 1.0

    def x(self, value: float) -> float:
        """Return where a value stands from the left."""
        return round(self.left + (self.width - self.left - self.right) * value / self.x_max, 1)

    def y(self, value: float) -> float:
        """Return where a value stands from the top."""
        return round(
            self.height - self.bottom - (self.height - self.bottom - self.top) * value / self.y_max, 1
        )


def bars(title: Words, rows: Sequence[Bar], *, width: int = 720, label_width: int = 236) -> str:
    """Draw means as horizontal bars with whiskers, on a scale from 0 to 1; labels take what the longest
    needs, up to about half.
    """
    longest = max(
        (_LETTER * (len(words) + len(row.note) + 2) for row in rows for words in row.label), default=0.0
    )
    label_width = max(label_width, min(round(longest), round(0.55 * width)))
    height = _ROW * len(rows) + 30
    start, end = label_width + 8, width - 56
    span = end - start
    parts = [
        _line(start + span * tick, 4, start + span * tick, height - 22, "grid")
        for tick in (0, 0.25, 0.5, 0.75, 1)
    ]
    parts += [
        _text(start + span * tick, height - 6, f"{tick:g}", "tick", "middle")
        for tick in (0, 0.25, 0.5, 0.75, 1)
    ]
    for number, row in enumerate(rows):
        middle = 4 + _ROW * number + _ROW / 2
        parts.append(_label(label_width, middle + 4, row.label, "label", "end", row.note))
        if row.mean is None:
            parts.append(_text(start + 4, middle + 4, "–", "tick", "start"))
            continue
        parts.append(
            f'<rect class="bar" x="{start}" y="{middle - 7:.1f}"'
            f' width="{max(1.5, span * _unit(row.mean)):.1f}" height="14" rx="2"/>'
        )
        if row.low is not None and row.high is not None:
            low, high = start + span * _unit(row.low), start + span * _unit(row.high)
            parts.append(_line(low, middle, high, middle, "whisker"))
            parts += [_line(place, middle - 4, place, middle + 4, "whisker") for place in (low, high)]
        parts.append(_text(width - 50, middle + 4, f"{row.mean:.3f}", "value", "start"))
    return _svg(title, width, height, parts)


def risk_curve(title: Words, axes: tuple[Words, Words], points: Sequence[tuple[float, float]]) -> str:
    """Draw risk over coverage; the last point is the system as it is."""
    top = _nice(max((risk for _, risk in points), default=0.1))
    frame = Frame(y_max=top)
    parts = _axes(frame, axes, percent=True)
    # A step: between two points the risk is that of the answers given so far.
    path = " ".join(
        f"{'L' if number else 'M'}{frame.x(x)} {frame.y(y)}" for number, (x, y) in enumerate(points)
    )
    parts.append(f'<path class="curve" d="{path}"/>')
    if points:
        x, y = points[-1]
        parts.append(f'<circle class="dot" cx="{frame.x(x)}" cy="{frame.y(y)}" r="5"/>')
        anchor = "end" if x > 0.6 else "start"
        parts.append(
            _text(
                frame.x(x) + (-9 if anchor == "end" else 9),
                frame.y(y) - 8,
                f"{x:.0%} · {y:.1%}",
                "value",
                anchor,
            )
        )
    return _svg(title, frame.width, frame.height, parts)


def reliability(
    title: Words, axes: tuple[Words, Words], bins: Sequence[tuple[float, float, int]], threshold: float | None
) -> str:
    """Draw bins as dots (mean score, share positive, count), with the diagonal and the decision threshold."""
    frame = Frame()
    parts = _axes(frame, axes, percent=False)
    parts.append(_line(frame.x(0), frame.y(0), frame.x(1), frame.y(1), "diagonal"))
    if threshold is not None:
        parts.append(_line(frame.x(threshold), frame.y(0), frame.x(threshold), frame.y(1), "limit"))
    most = max((count for _, _, count in bins), default=1)
    path = " ".join(
        f"{'L' if number else 'M'}{frame.x(x)} {frame.y(y)}" for number, (x, y, _) in enumerate(bins)
    )
    parts.append(f'<path class="curve thin" d="{path}"/>')
    for x, y, count in bins:
        radius = 3 + 9 * math.sqrt(count / most)
        parts.append(f'<circle class="bubble" cx="{frame.x(x)}" cy="{frame.y(y)}" r="{radius:.1f}"/>')
    return _svg(title, frame.width, frame.height, parts)


def histogram(
    title: Words,
    axes: tuple[Words, Words],
    values: Sequence[float],
    marks: Sequence[tuple[float, str]],
    top: float | None,
) -> str:
    """Draw how often values occur in bins of equal width from 0, with marked values.

    Args:
        title: for screen readers.
        axes: names of the horizontal and the vertical axis.
        values: what is counted, 0 or more.
        marks: places with a name, drawn as lines.
        top: end of the horizontal axis; from the values when None. Larger values are counted in the last bin.
    """
    end = top or _nice(max(values, default=1.0))
    count = 20 if top is None else 10
    heights = [0] * count
    for value in values:
        heights[min(count - 1, int(value / end * count))] += 1
    frame = Frame(x_max=end, y_max=_nice(max(heights, default=1)))
    parts = _axes(frame, axes, percent=False)
    for number, height in enumerate(heights):
        left, right = frame.x(end * number / count), frame.x(end * (number + 1) / count)
        if height:
            parts.append(
                f'<rect class="bar" x="{left + 0.5:.1f}" y="{frame.y(height)}" width="{right - left - 1:.1f}"'
                f' height="{frame.y(0) - frame.y(height):.1f}"/>'
            )
    for number, (value, name) in enumerate(marks):
        x = frame.x(min(end, value))
        parts.append(_line(x, frame.y(0), x, frame.top, "limit"))
        anchor = "end" if x > frame.width - 90 else "start"
        parts.append(
            _text(x + (-5 if anchor == "end" else 5), frame.top + 10 + 14 * number, name, "tick", anchor)
        )
    return _svg(title, frame.width, frame.height, parts)


def _axes(frame: Frame, names: tuple[Words, Words], *, percent: bool) -> list[str]:
    parts = []
    for step in range(5):
        share = step / 4
        x, y = frame.x_max * share, frame.y_max * share
        parts.append(_line(frame.x(0), frame.y(y), frame.width - frame.right, frame.y(y), "grid"))
        parts.append(_text(frame.left - 7, frame.y(y) + 4, _number(y, percent), "tick", "end"))
        place, anchor = (
            (frame.x(x), "middle") if step < 4 else (frame.width - 1, "end")
        )  # the last one must not leave the plot
        parts.append(_text(place, frame.height - frame.bottom + 16, _number(x, percent), "tick", anchor))
    parts.append(_line(frame.x(0), frame.y(0), frame.width - frame.right, frame.y(0), "axis"))
    parts.append(
        _label((frame.left + frame.width - frame.right) / 2, frame.height - 8, names[0], "name", "middle")
    )
    middle = (frame.top + frame.height - frame.bottom) / 2
    parts.append(
        f'<g transform="translate(13 {middle:.1f})'
        f' rotate(-90)">{_label(0, 0, names[1], "name", "middle")}</g>'
    )
    return parts


def _svg(title: Words, width: int, height: int, parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title[0])} / {escape(title[1])}"'
        f' style="max-width:{width}px">{"".join(parts)}</svg>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _label(x: float, y: float, words: Words, kind: str, anchor: str, note: str = "") -> str:
    """Draw a label in both languages; the page shows one."""
    small = f'<tspan class="note" dx="6">{escape(note)}</tspan>' if note else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    if words[0] == words[1]:
        return f'<text class="{kind}" {place}>{escape(words[0])}{small}</text>'
    pair = (("en", words[0]), ("fr", words[1]))
    return "".join(
        f'<text class="{kind} l-{language}" {place}>{escape(text)}{small}</text>' for language, text in pair
    )


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def _nice(value: float) -> float:
    """Return the next of 1, 2, 4, 5, 8 or 10 times a power of ten at or above a value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * 0.999)


def _number(value: float, percent: bool) -> str:
    if percent:
        return f"{100 * value:.3g} %"
    return f"{value:,.0f}".replace(",", " ") if value >= 1000 else f"{value:.3g}"
