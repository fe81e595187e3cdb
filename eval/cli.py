"""``traboule eval``: measure retrieval, verification and answers. Options in, results out; the runs are in ``eval.runs``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.bench.cli import app as bench
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Options, print_json, start

_MISSED, _DONE_WITH_FAILURES = 1, 3

NoLlmOption = Annotated[bool, typer.Option("--no-llm", help="Quote the documents word for word; no language model.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N questions.")]

app = typer.Typer(
    help="Measure search, verification and answers. / Mesurer la recherche, la vérification et les réponses.", no_args_is_help=True
)


app.add_typer(bench, name="bench")


def register(root: typer.Typer) -> None:
    """Add the group of commands."""
    root.add_typer(app, name="eval")


@app.command("retrieval")
def retrieval(
    context: typer.Context,
    beir: Annotated[
        Path, typer.Option("--beir", metavar="DIR", help="Folder with corpus.jsonl[.gz], queries.jsonl[.gz], qrels/SPLIT.tsv.")
    ],
    split: Annotated[str, typer.Option("--split", help="Name of the judgements in qrels/.")] = "test",
    mode: Annotated[Literal["hybrid", "dense", "sparse"], typer.Option("--mode", help="Which channels are searched.")] = "hybrid",
    cache: Annotated[Path | None, typer.Option("--cache", metavar="DIR", help="Keep embeddings and index here for the next run.")] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Rank the documents of a BEIR folder and score the rankings. / Mesurer la recherche."""
    from eval.runs import run_retrieval
    from eval.view import show_retrieval

    session = start(context, home, config)
    result = run_retrieval(session, beir, split, mode, cache)
    if as_json:
        print_json(result.to_json())
    else:
        show_retrieval(session, result)
    return _DONE_WITH_FAILURES if result.has_failures else 0


@app.command("answers")
def answers(
    context: typer.Context,
    corpus: Annotated[Path, typer.Option("--corpus", metavar="PATH", help="A file or folder; anything that ingest takes.")],
    questions: Annotated[
        list[Path], typer.Option("--questions", metavar="FILE", help="Questions, one JSON object a line; may be repeated.")
    ],
    no_llm: NoLlmOption = False,
    limit: LimitOption = None,
    answers_file: Annotated[Path | None, typer.Option("--answers", metavar="FILE", help="Where the answers go, one a line.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the answers file of an interrupted run.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Ask every question and score answers, citations, abstention. / Mesurer les réponses."""
    from eval.runs import AnswersPlan, run_answers
    from eval.view import show_answers

    session = start(context, home, config)
    plan = AnswersPlan(corpus, questions, not no_llm, limit, _kept(context, home), answers_file, resume)
    outcome = run_answers(session, plan)
    if as_json:
        print_json(outcome.to_json())
    else:
        show_answers(session, outcome)
    return _DONE_WITH_FAILURES if outcome.has_failures else 0


@app.command("verify")
def verify(
    context: typer.Context,
    pairs: Annotated[Path, typer.Option("--pairs", metavar="FILE", help='Lines {"premise", "claim"[, "label": 0 or 1]}.')],
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Score how far premises support claims. / Mesurer la vérification."""
    from eval.verify import evaluate_pairs
    from eval.view import show_verification
    from rag.build import open_verifier

    session = start(context, home, config)
    report = evaluate_pairs(pairs, open_verifier(session.settings, session.home))
    if as_json:
        print_json(report.to_json())
    else:
        show_verification(session, report)


@app.command("suite")
def suite(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A bundled suite, or a .toml file.")],
    no_llm: NoLlmOption = False,
    limit: LimitOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Run a declared suite; exit code 1 where a threshold is missed. / Lancer une suite déclarée."""
    from eval.runs import AnswersOutcome
    from eval.suite import load_suite
    from eval.suite_run import SuiteOptions, run_suite
    from eval.view import show_answers, show_missed, show_retrieval

    session = start(context, home, config)
    declared, folder = load_suite(name)
    outcome = run_suite(session, declared, folder, SuiteOptions(not no_llm, limit, _kept(context, home)))
    if as_json:
        print_json({"suite": name, **outcome.to_json()})
    else:
        for result in outcome.results.values():
            show_answers(session, result) if isinstance(result, AnswersOutcome) else show_retrieval(session, result)
    show_missed(session, name, outcome.missed, outcome.thresholds)
    return _MISSED if outcome.missed else _DONE_WITH_FAILURES if outcome.has_failures else 0


def _kept(context: typer.Context, home: Path | None) -> Path | None:
    """Return where the home of a corpus is kept: in the home that was named with ``--home``; None where none was."""
    from eval.homes import kept_under

    options: Options = context.obj
    return kept_under(home or options.home)
