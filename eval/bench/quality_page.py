"""The page of search quality: every kept result as one table a metric and one plot, written anew by the
command that adds one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from eval.bench.page import FOLDER
from eval.bench.quality import COMPARED, OURS, QualityResult

PAGE = "benchmarks.md"
_PLOT = "quality.svg"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"
_ORDER = ("bm25s", "llamaindex", "rrf", "dense", "sparse", "hybrid", COMPARED)
_ALPHA = 0.05


def write_quality_page(folder: Path) -> Path:
    """Write the measured part of the page between its marks (a page without them is made) and the plot;
    return the page.
    """
    results = kept_results(folder)
    page = folder / PAGE
    before, after = _around(page.read_text(encoding="utf-8") if page.is_file() else "")
    plot = (
        f"![nDCG@10 of every system on every collection]({FOLDER}/{_PLOT})\n"
        if _plotted(folder / FOLDER / _PLOT, results)
        else ""
    )
    measured = "\n".join(
        [quality_table(results, "ndcg@10"), quality_table(results, "recall@10"), _times(results), plot]
    )
    page.write_text(f"{before}{_BEGIN}\n\n{measured}\n{_END}{after}", encoding="utf-8")
    return page


def kept_results(folder: Path) -> list[QualityResult]:
    """Return the results kept in a folder, by name of the collection."""
    files = sorted((folder / FOLDER).glob("quality-*.json"))
    return [TypeAdapter(QualityResult).validate_json(file.read_bytes()) for file in files]


def quality_table(results: Sequence[QualityResult], metric: str) -> str:
    """Return one metric as a table; a star marks what the product's default differs from beyond chance
    (nDCG@10 only).
    """
    names = [
        name for name in _ORDER if any(system.name == name for result in results for system in result.systems)
    ]
    rows = [[metric, "queries", *names], ["---", "---:", *["---:"] * len(names)]]
    for result in results:
        values = {system.name: system for system in result.systems}
        best = max(system.means[metric] for system in result.systems)
        cells = []
        for name in names:
            if name not in values:
                cells.append("–")
                continue
            value, p = values[name].means[metric], values[name].p_value
            shown = f"**{value:.3f}**" if value == best else f"{value:.3f}"
            cells.append(shown + ("\\*" if metric == "ndcg@10" and p is not None and p < _ALPHA else ""))
        rows.append([result.dataset, str(result.queries), *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _times(results: Sequence[QualityResult]) -> str:
    rows = [["p50 / p95 ms", *OURS], ["---", *["---:"] * len(OURS)]]
    for result in results:
        times = {system.name: system.query_ms for system in result.systems}
        rows.append(
            [
                f"{result.dataset} ({result.passages} passages)",
                *(f"{times[name]['p50']} / {times[name]['p95']}" for name in OURS),
            ]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _around(text: str) -> tuple[str, str]:
    if _BEGIN in text and _END in text:
        return text.partition(_BEGIN)[0], text.partition(_END)[2]
    return (text or "# Search quality\n\n"), "\n"


def _plotted(file: Path, results: Sequence[QualityResult]) -> bool:
    try:
        from matplotlib import rcParams
        from matplotlib.figure import Figure
    except ImportError:
        return False
    rcParams["svg.hashsalt"] = "traboule"
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.add_subplot(title="nDCG@10", ylim=(0, 1))
    width = 0.8 / len(_ORDER)
    for place, name in enumerate(_ORDER):
        values = [
            next((system.means["ndcg@10"] for system in result.systems if system.name == name), 0.0)
            for result in results
        ]
        axes.bar([number + place * width for number in range(len(results))], values, width, label=name)
    axes.set_xticks(
        [number + 0.4 - width / 2 for number in range(len(results))],
        [result.dataset for result in results],
        fontsize="small",
    )
    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.legend(fontsize="small", ncols=len(_ORDER), loc="upper center")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    return True
