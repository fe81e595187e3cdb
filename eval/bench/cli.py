"""``traboule eval bench``: speed, size and quality against baselines, each a command that writes its own page
of results.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.runs.view import setup_of
from rag.cli.session import ConfigOption, HomeOption, JsonOption, console, print_json, start

if TYPE_CHECKING:
    from rich.console import RenderableType

OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="DIR",
        help="Keep the result in this folder and write its page of tables and plots anew.",
    ),
]

app = typer.Typer(
    help=(
        "Measure speed, size and search quality, with tables and plots. / Mesurer vitesse, taille et qualité."
    ),
    no_args_is_help=True,
)


@app.command("embedding")
def embedding(
    context: typer.Context,
    passages: Annotated[
        int, typer.Option("--passages", min=16, help="How many passages of 190 tokens.")
    ] = 256,
    output: OutputOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Time the bundled embedder: passages a second, milliseconds a question. / Mesurer le plongement."""
    from eval.bench.embedding import measure_embedding
    from eval.bench.page import embedding_table, keep, write_page
    from rag.settings import models_folder

    session = start(context, home, config)
    result = measure_embedding(
        models_folder(session.settings, session.home), session.settings.embedder, passages
    )
    if output is not None:
        keep(output, "embedding", result.to_json())
        write_page(output)
    _show(result.to_json(), embedding_table(result), as_json)


@app.command("size")
def size(
    context: typer.Context,
    passages: Annotated[
        int, typer.Option("--passages", min=1000, help="Size of the synthetic collection.")
    ] = 10_000,
    output: OutputOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Fill an index with synthetic passages and search it: rates, times, memory, disk, recall. / Mesurer
    l'index selon sa taille.
    """
    from eval.bench.page import keep, size_table, write_page
    from eval.bench.size import measure_size

    session = start(context, home, config)
    result = measure_size(session.settings.index, session.settings.search, passages)
    if output is not None:
        keep(output, f"size-{passages}-{result.variant}", result.to_json())
        write_page(output)
    _show(result.to_json(), size_table([result]), as_json)


@app.command("facts")
def facts(
    context: typer.Context,
    documents: Annotated[
        int, typer.Option("--documents", min=10, help="How many synthetic notes, ten to a patient.")
    ] = 10_000,
    output: OutputOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Read and write the facts of notes: rates, size of the database, time of a reading. / Mesurer les
    faits.
    """
    from eval.bench.facts import measure_facts
    from eval.bench.page import keep

    start(context, home, config)
    result = measure_facts(documents)
    if output is not None:
        keep(output, f"facts-{documents}", result.to_json())
    lines = (f"{name}: {value}" for name, value in result.to_json().items())
    _show(result.to_json(), "\n".join(lines), as_json)


@app.command("quality")
def quality(
    context: typer.Context,
    beir: Annotated[
        list[Path] | None, typer.Option("--beir", metavar="DIR", help="A BEIR folder; may be repeated.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Collections that the project's own questions are about (docs/benchmarks.md).",
        ),
    ] = None,
    split: Annotated[str, typer.Option("--split", help="Name of the judgements in qrels/.")] = "test",
    cache: Annotated[
        Path | None,
        typer.Option("--cache", metavar="DIR", help="Keep embeddings and index here for the next run."),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            "--baseline", help="bm25s, rrf, llamaindex, none; may be repeated. All of them when left out."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N queries of each.")
    ] = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Compare the search with BM25, RRF and LlamaIndex's hybrid search, with significance. / Comparer la
    recherche.
    """
    from eval.bench.page import keep
    from eval.bench.quality_page import quality_table, write_quality_page
    from eval.bench.quality_run import QualityPlan, run_quality

    session = start(context, home, config)
    plan = QualityPlan(tuple(beir or ()), data, split, cache, tuple(baseline or ()), limit)
    results = []
    for result in run_quality(setup_of(session), plan):
        results.append(result)
        if output is not None:
            keep(output, f"quality-{result.dataset}", result.to_json())
            write_quality_page(output)
    _show({"results": [result.to_json() for result in results]}, quality_table(results, "ndcg@10"), as_json)


def _show(document: Mapping[str, object], shown: RenderableType, as_json: bool) -> None:
    """Print a result, as JSON or for people."""
    if as_json:
        print_json(document)
    else:
        console().print(shown, markup=False)
