"""``traboule eval retrieval`` and ``trec``: rankings of the product, or of any system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.report.cli import write_report
from eval.runs.cli import DONE_WITH_FAILURES, ReportOption
from eval.runs.view import setup_of
from rag.cli.session import ConfigOption, HomeOption, JsonOption, print_json, start


def retrieval(
    context: typer.Context,
    beir: Annotated[
        Path,
        typer.Option(
            "--beir",
            metavar="DIR",
            help="Folder with corpus.jsonl[.gz], queries.jsonl[.gz], qrels/SPLIT.tsv.",
        ),
    ],
    split: Annotated[str, typer.Option("--split", help="Name of the judgements in qrels/.")] = "test",
    mode: Annotated[
        Literal["hybrid", "dense", "sparse"], typer.Option("--mode", help="Which channels are searched.")
    ] = "hybrid",
    cache: Annotated[
        Path | None,
        typer.Option("--cache", metavar="DIR", help="Keep embeddings and index here for the next run."),
    ] = None,
    save_run: Annotated[
        Path | None, typer.Option("--save-run", metavar="FILE", help="Write the rankings as a TREC run.")
    ] = None,
    save_qrels: Annotated[
        Path | None, typer.Option("--save-qrels", metavar="FILE", help="Write the judgements as TREC qrels.")
    ] = None,
    with_report: ReportOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Rank the documents of a BEIR folder and score the rankings. / Mesurer la recherche."""
    from eval.datasets.beir import read_beir
    from eval.retrieval.run import rank_collection
    from eval.retrieval.trec import check_ids, write_qrels, write_run
    from eval.retrieval.view import show_retrieval

    session = start(context, home, config)
    dataset = read_beir(beir.expanduser(), split)
    for file in filter(None, (save_run, save_qrels)):
        check_ids(file, [*dataset.queries, *dataset.doc_ids])  # before the hours that the ranking may take
    result = rank_collection(setup_of(session), dataset, mode, cache)
    if save_run is not None:
        write_run(save_run.expanduser(), result.rankings, f"traboule-{mode}")
    if save_qrels is not None:
        write_qrels(save_qrels.expanduser(), dataset.qrels)
    if with_report:
        from eval.retrieval.report import browsed_queries, retrieval_run

        write_report(
            session,
            retrieval_run(dataset.name, dataset, result),
            result.to_json(),
            browsed_queries(dataset, result),
        )
    if as_json:
        print_json(result.to_json())
    else:
        show_retrieval(session, result)
    return DONE_WITH_FAILURES if result.has_failures else 0


def trec(
    context: typer.Context,
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="Rankings, six columns: query Q0 document rank score name.")
    ],
    qrels: Annotated[Path, typer.Argument(metavar="QRELS", help="Judgements, TREC or BEIR columns.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Score the rankings of any system from TREC files. / Mesurer des classements TREC."""
    from eval.report.view import show_run
    from eval.retrieval.run import score_run

    session = start(context, home, config)
    scored = score_run(run, qrels)
    if as_json:
        print_json(
            {
                "run": str(run),
                "queries": scored.n,
                **{metric: found.mean for metric, found in scored.metrics.items()},
                "intervals": {metric: [found.low, found.high] for metric, found in scored.metrics.items()},
                "per_query": {item.id: item.scores for item in scored.items},
                "figures": scored.figures,
            }
        )
    else:
        show_run(session, scored)
