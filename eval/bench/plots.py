"""Plots of the sizes measured, as SVG without dates or random ids, so that the same results give the same
files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from eval.bench.size import SizeResult

_Value = Callable[[SizeResult], float]

_PLOTS: tuple[tuple[str, str, str, tuple[tuple[str, _Value], ...]], ...] = (
    (
        "search-time.svg",
        "Time of a search by size",
        "ms",
        (
            ("p50", lambda found: found.searches["hybrid"]["p50"]),
            ("p95", lambda found: found.searches["hybrid"]["p95"]),
            ("one patient p50", lambda found: found.searches["hybrid, one patient"]["p50"]),
        ),
    ),
    (
        "memory-disk.svg",
        "Memory and disk by size",
        "MB",
        (
            ("memory, own", lambda found: float(found.memory_searching.get("own", 0))),
            ("memory, mapped", lambda found: float(found.memory_searching.get("files", 0))),
            ("disk", lambda found: float(found.disk_mb)),
        ),
    ),
)


def plot_sizes(folder: Path, results: Sequence[SizeResult]) -> list[tuple[str, str]]:
    """Write the plots and return (file name, title) of each; nothing where matplotlib is not installed."""
    try:
        from matplotlib import rcParams
        from matplotlib.figure import Figure
    except ImportError:
        return []
    rcParams["svg.hashsalt"] = "traboule"
    written = []
    for name, title, unit, series in _PLOTS:
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.add_subplot(title=title, xlabel="passages", ylabel=unit, xscale="log", yscale="log")
        for variant in sorted({found.variant for found in results}):
            chosen = [found for found in results if found.variant == variant]
            for label, value in series:
                axes.plot(
                    [found.passages for found in chosen],
                    [value(found) for found in chosen],
                    "o-",
                    label=f"{label} ({variant})",
                )
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize="small")
        figure.savefig(folder / name, metadata={"Date": None})
        written.append((name, title))
    return written
