"""``traboule eval fit``: fit the weights that ship, from labelled data, with figures on data they were not
fitted on.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.datasets.cli import DataOption
from eval.fit.view import show_fit
from eval.runs.view import setup_of
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start
from rag.core.errors import ConfigurationError

OutputOption = Annotated[
    Path, typer.Option("--output", metavar="FILE.json", help="Where the weights go, with their origin.")
]
WorkOption = Annotated[
    Path,
    typer.Option(
        "--work", metavar="DIR", help="Keeps cases and vectors for the next fit; it holds text of the data."
    ),
]

app = typer.Typer(
    help=(
        "Fit the weights that ship, and say where they come from. / Ajuster les poids livrés, et dire d'où"
        " ils viennent."
    ),
    no_args_is_help=True,
)


@app.callback()
def fits() -> None:
    """Check that what fits is installed."""
    if not (find_spec("sklearn") and find_spec("scipy")):
        raise ConfigurationError("extra_missing", extra="eval")


@app.command("verifier")
def verifier(
    context: typer.Context,
    pairs: Annotated[
        Path,
        typer.Option(
            "--pairs", metavar="FILE", help="The project's own pairs, each in a half: fit or held-out."
        ),
    ],
    output: OutputOption,
    data: DataOption = None,
    most: Annotated[
        int, typer.Option("--most", min=20, metavar="N", help="Pairs drawn from each public set.")
    ] = 250,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Fit the verifier of claims. / Ajuster le vérificateur."""
    from eval.fit.pairs import PairSources
    from eval.fit.verifier import fit_verifier

    session = start(context, home, config)
    found = fit_verifier(setup_of(session), PairSources(pairs.expanduser(), data, most))
    _done(session, output, found.document, as_json=as_json)


@app.command("relevance")
def relevance(
    context: typer.Context,
    questions: Annotated[
        Path,
        typer.Option(
            "--questions", metavar="FILE", help="The project's own questions, each about one document."
        ),
    ],
    output: OutputOption,
    work: WorkOption,
    data: DataOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Fit the gate on evidence. / Ajuster le filtre de pertinence."""
    from eval.fit.relevance import fit_relevance

    session = start(context, home, config)
    document = fit_relevance(setup_of(session), questions.expanduser(), data, work.expanduser())
    _done(session, output, document, as_json=as_json)


@app.command("ranking")
def ranking(
    context: typer.Context,
    beir: Annotated[
        list[Path], typer.Option("--beir", metavar="DIR", help="A BEIR folder; may be repeated.")
    ],
    output: OutputOption,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", metavar="DIR", help="Keep embeddings and index here for the next run."),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Fit the second stage of search. / Ajuster le reclassement."""
    from eval.fit.ranking import fit_ranking

    session = start(context, home, config)
    document = fit_ranking(setup_of(session), [folder.expanduser() for folder in beir], cache)
    _done(session, output, document, as_json=as_json)


@app.command("reader")
def reader(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Option("--data", metavar="DIR", help="The folder of data: train/answer, train/verify, fr, en."),
    ],
    head: Annotated[
        Literal["answers", "supports"], typer.Option("--head", help="Which head to train; each is one run.")
    ] = "answers",
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Where the adapter and its model card go.")
    ] = Path("reader"),
    work: Annotated[
        Path | None, typer.Option("--work", metavar="DIR", help="Checkpoint and learning curve of this run.")
    ] = None,
    leave_out: Annotated[
        list[Path] | None,
        typer.Option(
            "--leave-out", metavar="FILE", help="Ids of documents not to learn from; may be repeated."
        ),
    ] = None,
    pairs: Annotated[int, typer.Option("--pairs", min=64, metavar="N", help="Pairs to see in all.")] = 50_000,
    hours: Annotated[
        float | None, typer.Option("--hours", min=0.0, metavar="H", help="Stop after so long, and finish.")
    ] = None,
    device: Annotated[str, typer.Option("--device", metavar="cpu|cuda", help="What computes.")] = "cpu",
    start_from: Annotated[
        Path | None, typer.Option("--start", metavar="FILE", help="Checkpoint of an earlier stage.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Another seed is another reader: one to judge with.")
    ] = 7,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Train a head of the reader. / Entraîner une tête du lecteur."""
    for package in ("torch", "safetensors"):
        if not find_spec(package):
            raise ConfigurationError("extra_missing", extra="fit")
    from eval.fit.reader.opening import open_fit, run_fit

    session = start(context, home, config)
    wanted = open_fit(setup_of(session), head, data.expanduser(), pairs=pairs, seed=seed, device=device)
    folder = output.expanduser()
    card = run_fit(
        setup_of(session),
        replace(
            wanted,
            output=folder,
            work=(work or folder / "work").expanduser(),
            hours=hours,
            lists=tuple(path.expanduser() for path in leave_out or ()),
            start=start_from,
            resume=resume,
        ),
        lambda key, **facts: console(errors=True).print(
            session.say(key, **facts), markup=False, highlight=False
        ),
    )
    print_json(card) if as_json else show_fit(session, folder / f"{head}.json", card)


def _done(session: Session, output: Path, document: dict[str, object], *, as_json: bool) -> None:
    from eval.fit.origin import write_weights

    write_weights(output, document)
    print_json(document) if as_json else show_fit(session, output, document)
