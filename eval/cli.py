"""``traboule eval``: measure retrieval, verification and answers. Options in, results out; the runs are in ``eval.runs``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.bench.cli import app as bench
from eval.choice.cli import choice
from eval.datasets_cli import DataOption, datasets
from eval.facts.cli import facts
from eval.feedback.cli import app as feedback
from eval.judge.cli import judge
from eval.report_cli import add_commands, write_report
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Options, print_json, start

_MISSED, _DONE_WITH_FAILURES = 1, 3

NoLlmOption = Annotated[bool, typer.Option("--no-llm", help="Quote the documents word for word; no language model.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N questions.")]

WorkersOption = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Questions asked at once; more than 1 pays with a model server only.")
]

ReportOption = Annotated[bool, typer.Option("--report", help="Write a report of it, too.")]

app = typer.Typer(
    help="Measure search, verification and answers. / Mesurer la recherche, la vérification et les réponses.", no_args_is_help=True
)


app.add_typer(bench, name="bench")
app.add_typer(feedback, name="feedback")
app.command("choice")(choice)
app.command("facts")(facts)
app.command("judge")(judge)


def register(root: typer.Typer) -> None:
    """Add the group of commands."""
    add_commands(app)
    app.command("datasets")(datasets)
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
    save_run: Annotated[Path | None, typer.Option("--save-run", metavar="FILE", help="Write the rankings as a TREC run.")] = None,
    save_qrels: Annotated[Path | None, typer.Option("--save-qrels", metavar="FILE", help="Write the judgements as TREC qrels.")] = None,
    with_report: ReportOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Rank the documents of a BEIR folder and score the rankings. / Mesurer la recherche."""
    from eval.datasets.beir import read_beir
    from eval.runs import rank_collection
    from eval.trec import check_ids, write_qrels, write_run
    from eval.view import show_retrieval

    session = start(context, home, config)
    dataset = read_beir(beir.expanduser(), split)
    for file in filter(None, (save_run, save_qrels)):
        check_ids(file, [*dataset.queries, *dataset.doc_ids])  # before the hours that the ranking may take
    result = rank_collection(session, dataset, mode, cache)
    if save_run is not None:
        write_run(save_run.expanduser(), result.rankings, f"traboule-{mode}")
    if save_qrels is not None:
        write_qrels(save_qrels.expanduser(), dataset.qrels)
    if with_report:
        from eval.report.of_retrieval import browsed_queries, retrieval_run

        write_report(session, retrieval_run(dataset.name, dataset, result), result.to_json(), browsed_queries(dataset, result))
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
    workers: WorkersOption = 1,
    with_report: ReportOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Ask every question and score answers, citations, abstention. / Mesurer les réponses."""
    from eval.runs import AnswersPlan, run_answers
    from eval.view import show_answers

    session = start(context, home, config)
    plan = AnswersPlan(corpus, questions, not no_llm, limit, _kept(context, home), answers_file, resume, workers)
    outcome = run_answers(session, plan)
    if with_report:
        from eval.report.of_answers import answers_run, browsed_answers

        write_report(session, answers_run("answers", outcome), outcome.to_json(), browsed_answers(outcome))
    if as_json:
        print_json(outcome.to_json())
    else:
        show_answers(session, outcome)
    return _DONE_WITH_FAILURES if outcome.has_failures else 0


@app.command("verify")
def verify(
    context: typer.Context,
    pairs: Annotated[Path, typer.Option("--pairs", metavar="FILE", help='Lines {"premise", "claim"[, "label": 0 or 1]}.')],
    form: Annotated[str, typer.Option("--form", help="How the file is written: pairs, or the name of a public set.")] = "pairs",
    with_report: ReportOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Score how far premises support claims. / Mesurer la vérification."""
    from eval.datasets.declared import checksum
    from eval.runs import run_verify
    from eval.view import show_verification

    session = start(context, home, config)
    report = run_verify(session, [pairs], form)
    if with_report:
        from eval.report.of_verify import browsed_pairs, verify_run

        run = verify_run("verify", report, {"pairs": checksum([pairs.expanduser()])})
        write_report(session, run, report.to_json(), browsed_pairs(report))
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
    sample: Annotated[int | None, typer.Option("--sample", min=1, metavar="N", help="A fixed draw of N items of every run.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the last unfinished run of this suite.")] = False,
    data: DataOption = None,
    cache: Annotated[Path | None, typer.Option("--cache", metavar="DIR", help="Keep indexes of collections here for the next run.")] = None,
    workers: WorkersOption = 1,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Run a declared suite and write its report; exit code 1 where a threshold is missed. / Lancer une suite déclarée."""
    from eval.report.assemble import of_suite, publish
    from eval.report.store import begin
    from eval.suite import load_suite, suite_label
    from eval.suite_identity import suite_identity
    from eval.suite_run import SuiteOptions, run_suite
    from eval.view import show_missed, show_report_files, show_run

    session = start(context, home, config)
    declared, folder = load_suite(name)
    options = SuiteOptions(not no_llm, limit, _kept(context, home), data, cache, workers, sample)
    kept = begin(session.home, name, suite_identity(session, declared, folder, options), resume=resume)
    outcome = run_suite(session, declared, folder, options, kept)
    files = publish(session.home, kept, of_suite(kept.name, suite_label(name), declared, outcome, session.settings), session.language)
    if as_json:
        print_json({"suite": name, **outcome.to_json(), "report": {kind: str(path) for kind, path in files.items()}})
    else:
        for part in outcome.parts.values():
            show_run(session, part.run)
        show_report_files(session, files)
    show_missed(session, name, outcome.missed, len(outcome.applied))
    return _MISSED if outcome.missed else _DONE_WITH_FAILURES if outcome.has_failures else 0


def _kept(context: typer.Context, home: Path | None) -> Path | None:
    """Return where the home of a corpus is kept: in the home that was named with ``--home``; None where none was."""
    from eval.homes import kept_under

    options: Options = context.obj
    return kept_under(home or options.home)
