"""The report as Markdown: the same numbers, for a mail, a ticket or a repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eval.metrics.catalogue import CATALOGUE
from eval.report.document import GainJson, MetricJson, ReportJson, RunJson
from eval.report.words import figure, named, value_words
from rag.messages import message

_GAIN_COLUMNS = (
    "eval.metric",
    "report.baseline",
    "report.of_baseline",
    "report.of_run",
    "compare.difference",
    "eval.interval",
    "compare.p",
)


def markdown(report: ReportJson, language: str) -> str:
    """Return the report in one language."""
    return "\n".join(_lines(report, language)) + "\n"


def _lines(report: ReportJson, language: str) -> Iterator[str]:
    def say(key: str) -> str:
        return message(f"report.{key}", language)

    state = (
        say("no_thresholds") if report.passed is None else say("passed") if report.passed else say("missed")
    )
    yield f"# {report.suite} — {state}"
    if about := report.about.get(language):
        yield f"\n{about}"
    yield f"\n{say('created')} {report.created} · {report.name} · {report.provenance.get('commit', '')}"
    if report.thresholds:
        yield f"\n## {say('thresholds')}\n"
        rows = [
            (
                "✓" if limit.passed else "✗",
                limit.run,
                limit.metric,
                _figure(limit.value),
                _bound(limit.min, limit.max),
            )
            for limit in report.thresholds
        ]
        yield from _table(
            ("", say("threshold_run"), say("metrics"), say("threshold_value"), say("threshold_bound")), rows
        )
    for run in report.runs:
        yield from _run(run, language)
    yield f"\n## {say('provenance')}\n"
    facts = [(name, value) for name, value in report.provenance.items() if value]
    yield from _table(
        (say("what"), say("value")),
        [*facts, *(row for run in report.runs for row in _dataset(run, language))],
    )


def _dataset(run: RunJson, language: str) -> Iterator[tuple[str, str]]:
    """Yield what the run was measured on, where that was a declared set, with the files that are not the
    declared ones.
    """
    if (found := run.dataset) is None:
        return
    version = message(
        "report.dataset_declared" if found.is_declared_version else "report.dataset_other", language
    )
    others = [f"{file} {read.sha256}" for file, read in found.files.items() if not read.is_declared]
    facts = {"dataset": found.name, "dataset_source": found.source, "dataset_licence": found.licence}
    facts |= {
        "dataset_grades": found.grades.get(language, ""),
        "dataset_version": "; ".join([version, *others]),
    }
    yield from (
        (f"{run.name} · {message(f'report.{key}', language)}", value) for key, value in facts.items() if value
    )


def _run(run: RunJson, language: str) -> Iterator[str]:
    def say(key: str) -> str:
        return message(key, language)

    yield f"\n## {run.name} · {say(f'report.measure_{run.measure}')} · {run.n}\n"
    if run.error is not None:
        yield f"{say('report.run_failed')}. {run.error}"
        return
    columns = (
        say("eval.metric"),
        say("eval.mean"),
        say("eval.interval"),
        say("eval.items"),
        say("eval.unscored"),
    )
    yield from _table(columns, [_metric(name, found, language) for name, found in run.metrics.items()])
    for name, values in run.slices.items():
        yield f"\n### {named('slice', name, language)}\n"
        metrics = [metric for metric in run.metrics if any(metric in found for found in values.values())]
        rows = [
            (named("metric", metric, language), *(_of(found.get(metric)) for found in values.values()))
            for metric in metrics
        ]
        titles = (value_words(value)[language == "fr"] for value in values)
        yield from _table((say("eval.metric"), *titles), rows)
    if run.gains:
        yield f"\n### {say('report.gains')}\n"
        yield from _table(tuple(map(say, _GAIN_COLUMNS)), [_gain(gain, language) for gain in run.gains])
    yield ""
    yield from _table(
        (say("report.figures"), ""),
        [(named("figure", key, language), _figure(value)) for key, value in run.figures.items()],
    )
    for note in run.notes:
        yield f"\n{say(f'report.{note}')}"
    if run.failed:
        yield f"\n{say('report.failed_items')}: " + ", ".join(
            f"{item} ({reason})" for item, reason in run.failed.items()
        )


def _metric(name: str, found: MetricJson, language: str) -> tuple[str, ...]:
    arrow = " ↓" if (metric := CATALOGUE.find(name)) and metric.is_lower_better else ""
    interval = "" if found.low is None else f"{_figure(found.low)} – {_figure(found.high)}"
    reasons = ", ".join(
        f"{named('unscored', reason, language)} {count}" for reason, count in found.unscored.items()
    )
    return f"{named('metric', name, language)}{arrow}", _figure(found.mean), interval, str(found.n), reasons


def _gain(gain: GainJson, language: str) -> tuple[str, ...]:
    interval = "" if gain.low is None or gain.high is None else f"{gain.low:+.3f} – {gain.high:+.3f}"
    name, baseline = named("metric", gain.metric, language), named("baseline", gain.baseline, language)
    return (
        name,
        baseline,
        _figure(gain.first),
        _figure(gain.second),
        f"{gain.difference:+.3f}",
        interval,
        f"{gain.p_corrected:.4f}",
    )


def _of(found: MetricJson | None) -> str:
    return "–" if found is None or not found.n else f"{_figure(found.mean)} ({found.n})"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value == int(value) and abs(value) > 1 else figure(value)


def _bound(low: float | None, high: float | None) -> str:
    return " ".join([*([] if low is None else [f"≥ {low}"]), *([] if high is None else [f"≤ {high}"])])
