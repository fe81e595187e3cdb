"""The learning curve of a run, as figures and as a plot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from eval.fit.reader.run.training import CurvePoint
from eval.report.store import write


def write_curve(folder: Path, head: str, points: Sequence[CurvePoint]) -> list[Path]:
    """Write ``HEAD-curve.json``, and ``HEAD-curve.svg`` where matplotlib is installed."""
    file = folder / f"{head}-curve.json"
    write(file, json.dumps([asdict(point) for point in points], indent=1) + "\n")
    try:
        from matplotlib import rcParams
        from matplotlib.figure import Figure
    except ImportError:
        return [file]
    rcParams["svg.hashsalt"] = "traboule"
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot(title=f"Learning curve: {head}", xlabel="pairs seen")
    pairs = [point.pairs for point in points]
    axes.plot(pairs, [point.training_loss for point in points], "o--", label="loss of training")
    for name in points[-1].figures if points else ():
        if name != "n":
            axes.plot(pairs, [point.figures[name] for point in points], "o-", label=f"{name}, split stop")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    plot = file.with_suffix(".svg")
    figure.savefig(plot, metadata={"Date": None})
    return [file, plot]
