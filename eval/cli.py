"""``traboule eval``: measure retrieval, verification and answers. Options in, results out; the runs are in ``eval.runs``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eval.bench.cli import app as bench
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Options, Session, print_json, start

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eval.report.document import RunJson

_MISSED, _DONE_WITH_FAILURES = 1, 3

NoLlmOption = Annotated[bool, typer.Option("--no-llm", help="Quote the documents word for word; no language model.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N questions.")]

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", envvar="TRABOULE_SHARED_DATA", help="Folder of the declared data sets.")
]
WorkersOption = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Questions asked at once; more than 1 pays with a model server only.")
]

ReportOption = Annotated[bool, typer.Option("--report", help="Write a report of it, too.")]

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
    from eval.trec import write_qrels, write_run
    from eval.view import show_retrieval

    session = start(context, home, config)
    dataset = read_beir(beir.expanduser(), split)
    result = rank_collection(session, dataset, mode, cache)
    if save_run is not None:
        write_run(save_run.expanduser(), result.rankings, f"traboule-{mode}")
    if save_qrels is not None:
        write_qrels(save_qrels.expanduser(), dataset.qrels)
    if with_report:
        from eval.report.of_retrieval import browsed_queries, retrieval_run

        _write_report(session, retrieval_run(dataset.name, dataset, result), result.to_json(), browsed_queries(dataset, result))
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

        _write_report(session, answers_run("answers", outcome), outcome.to_json(), browsed_answers(outcome))
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
        _write_report(session, run, report.to_json(), browsed_pairs(report))
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
    from eval.suite_run import SuiteOptions, run_suite, suite_identity
    from eval.view import show_missed, show_report_files, show_run

    session = start(context, home, config)
    declared, folder = load_suite(name)
    options = SuiteOptions(not no_llm, limit, _kept(context, home), data, cache, workers)
    kept = begin(session.home, name, suite_identity(session, declared, options), resume=resume)
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


@app.command("trec")
def trec(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Rankings, six columns: query Q0 document rank score name.")],
    qrels: Annotated[Path, typer.Argument(metavar="QRELS", help="Judgements, TREC or BEIR columns.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Score the rankings of any system from TREC files. / Mesurer des classements TREC."""
    from eval.runs import score_run
    from eval.view import show_run

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


@app.command("compare")
def compare_reports(
    context: typer.Context,
    first: Annotated[Path, typer.Argument(metavar="A", help="A report: its folder or its report.json.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The report compared with it.")],
    force: Annotated[bool, typer.Option("--force", help="Compare even where the data differ.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what changed from A to B, and whether it is more than noise. / Comparer deux rapports."""
    from eval.compare import compare
    from eval.report.store import load_report
    from eval.view import show_comparison

    session = start(context, home, config)
    found = compare(load_report(first), load_report(second), force=force)
    if as_json:
        print_json(found.to_json())
    else:
        show_comparison(session, found)


@app.command("report")
def report(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A report; without it, all of the home are listed.")] = None,
    without_texts: Annotated[
        bool, typer.Option("--without-texts", help="Leave out questions, answers and documents, so that the page can be handed on.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Make the pages of a report again, or list the reports. / Refaire un rapport, ou lister les rapports."""
    from eval.report.assemble import render
    from eval.report.store import ReportFolder, listed, load_report
    from eval.view import show_report_files, show_reports

    session = start(context, home, config)
    if folder is None:
        print_json({"reports": listed(session.home)}) if as_json else show_reports(session, listed(session.home))
        return
    loaded = load_report(folder)
    place = folder if folder.is_dir() else folder.parent
    files = render(ReportFolder(place.expanduser()), loaded, session.language, texts=not without_texts)
    print_json({kind: str(path) for kind, path in files.items()}) if as_json else show_report_files(session, files)


@app.command("gate")
def gate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A report: its folder or its report.json.")],
    suite_name: Annotated[
        str | None, typer.Option("--suite", metavar="NAME", help="Thresholds of this suite, not the report's own.")
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Exit with 1 where a report misses a threshold. / Échouer si un rapport n'atteint pas un seuil."""
    from eval.gate import gated
    from eval.report.store import load_report
    from eval.view import show_missed

    session = start(context, home, config)
    loaded = load_report(folder)
    name, below, count = gated(loaded, suite_name)
    if as_json:
        print_json({"report": loaded.name, "suite": name, "passed": not below, "missed": [asdict(item) for item in below]})
    show_missed(session, name, below, count)
    return _MISSED if below else 0


def _write_report(session: Session, run: RunJson, result: Mapping[str, object], browsed: Iterable[Mapping[str, object]]) -> None:
    """Write the report of one measurement by itself, and say where it is."""
    from eval.report.assemble import of_run, publish
    from eval.report.store import begin
    from eval.view import show_report_files

    folder = begin(session.home, run.name, "", resume=False)
    folder.keep(run, result, browsed)
    show_report_files(session, publish(session.home, folder, of_run(folder.name, run, session.settings), session.language))


def _kept(context: typer.Context, home: Path | None) -> Path | None:
    """Return where the home of a corpus is kept: in the home that was named with ``--home``; None where none was."""
    from eval.homes import kept_under

    options: Options = context.obj
    return kept_under(home or options.home)
