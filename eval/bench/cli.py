"""``traboule eval bench``: speed, size and quality against baselines, each a command that writes its own page of results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, console, print_json, start

OutputOption = Annotated[
    Path | None, typer.Option("--output", metavar="DIR", help="Keep the result in this folder and write its page of tables and plots anew.")
]

app = typer.Typer(help="Measure speed and size, with tables and plots. / Mesurer la vitesse et la taille.", no_args_is_help=True)


@app.command("embedding")
def embedding(
    context: typer.Context,
    passages: Annotated[int, typer.Option("--passages", min=16, help="How many passages of 190 tokens.")] = 256,
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
    result = measure_embedding(models_folder(session.settings, session.home), session.settings.embedder, passages)
    if output is not None:
        keep(output, "embedding", result.to_json())
        write_page(output)
    if as_json:
        print_json(result.to_json())
    else:
        console().print(embedding_table(result), markup=False)


@app.command("size")
def size(
    context: typer.Context,
    passages: Annotated[int, typer.Option("--passages", min=1000, help="Size of the synthetic collection.")] = 10_000,
    output: OutputOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Fill an index with synthetic passages and search it: rates, times, memory, disk, recall. / Mesurer l'index selon sa taille."""
    from eval.bench.page import keep, size_table, write_page
    from eval.bench.size import measure_size

    session = start(context, home, config)
    result = measure_size(session.settings.index, session.settings.search, passages)
    if output is not None:
        keep(output, f"size-{passages}-{result.variant}", result.to_json())
        write_page(output)
    if as_json:
        print_json(result.to_json())
    else:
        console().print(size_table([result]), markup=False)
