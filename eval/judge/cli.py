"""``traboule eval judge``: options in, a second opinion out; the runs are in ``eval.judge.run``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.runs.view import setup_of
from rag.cli.session import ConfigOption, HomeOption, JsonOption, print_json, start
from rag.core.errors import UsageError

_DONE_WITH_FAILURES = 3

FolderArgument = Annotated[
    Path | None, typer.Argument(metavar="[REPORT_DIR]", help="A report with a run of answers.")
]
PairsOption = Annotated[
    Path | None,
    typer.Option("--pairs", metavar="FILE", help="Judge labelled pairs instead, beside the verifier."),
]
FormOption = Annotated[
    str | None,
    typer.Option(
        "--form", help="How the file of pairs is written: pairs (when left out), or the name of a public set."
    ),
]
MetricsOption = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        metavar="A,B",
        help="Of a report: faithfulness, answer_relevancy, context_recall, context_precision.",
    ),
]
RunOption = Annotated[
    str | None,
    typer.Option("--run", metavar="NAME", help="Which run of the report, where it has several of answers."),
]
SampleOption = Annotated[
    int | None, typer.Option("--sample", min=1, metavar="N", help="A fixed draw of N items.")
]
RepeatsOption = Annotated[
    int, typer.Option("--repeats", min=1, max=20, help="Ask so often; from 2 on at a temperature above 0.")
]
TimeoutOption = Annotated[
    float,
    typer.Option("--timeout", min=0.001, metavar="SECONDS", help="What one request to the model may take."),
]
WorkersOption = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Requests at once, to a model server only.")
]
ResumeOption = Annotated[
    bool,
    typer.Option(
        "--resume", help="Take up the replies of an interrupted run; what timed out is asked again."
    ),
]


def judge(
    context: typer.Context,
    folder: FolderArgument = None,
    pairs: PairsOption = None,
    form: FormOption = None,
    metrics: MetricsOption = None,
    run: RunOption = None,
    sample: SampleOption = None,
    repeats: RepeatsOption = 1,
    timeout: TimeoutOption = 120.0,
    workers: WorkersOption = 1,
    resume: ResumeOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Ask ragas for a second opinion. / Demander un second avis à ragas."""
    from eval.judge.cases import METRICS
    from eval.judge.opening import JudgeOptions
    from eval.judge.opinions import Plan
    from eval.judge.run import Asking, judge_pairs, judge_report
    from eval.judge.view import show_pairs_opinion, show_report_opinion

    session = start(context, home, config)
    options = JudgeOptions(timeout_s=timeout, repeats=repeats, workers=workers, resume=resume)
    asking = Asking(Plan(_chosen(metrics) if metrics is not None else METRICS, repeats), options, sample)
    if (folder is None) == (pairs is None):
        raise UsageError("judge_what")
    given = {
        "--metrics": metrics is not None and pairs,
        "--run": run is not None and pairs,
        "--form": form is not None and folder,
    }
    for option in (name for name, is_lost in given.items() if is_lost):
        raise UsageError("judge_option", option=option)
    if folder is not None:
        opinion = judge_report(setup_of(session), folder, run, asking)
        print_json(opinion.to_json()) if as_json else show_report_opinion(session, opinion)
        return _DONE_WITH_FAILURES if opinion.said.failed else 0
    assert pairs is not None
    of_pairs, said = judge_pairs(setup_of(session), pairs, form or "pairs", asking)
    (
        print_json({**said.to_json(), **of_pairs.to_json()})
        if as_json
        else show_pairs_opinion(session, of_pairs, said)
    )
    return _DONE_WITH_FAILURES if said.failed else 0


def _chosen(names: str) -> tuple[str, ...]:
    """Return the metrics that were named, in the order of asking.

    Raises:
        UsageError: one of them is not known.
    """
    from eval.judge.cases import METRICS

    wanted = {name.strip() for name in names.split(",") if name.strip()}
    for name in sorted(wanted - set(METRICS)) or ([] if wanted else ["–"]):
        raise UsageError("judge_metric_unknown", name=name, known=", ".join(METRICS))
    return tuple(name for name in METRICS if name in wanted)
