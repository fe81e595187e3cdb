"""The report as one page that needs nothing else: style, script, plots and items are in it, in both
languages.

Texts of documents and answers reach the page as data that its script writes as text, never as markup; a
content security policy forbids everything that is not part of the page.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from eval.metrics.catalogue import CATALOGUE
from eval.report import svg
from eval.report.document import ItemJson, MetricJson, ReportJson, RunJson
from eval.report.words import VALUES, about, figure, label, pair, say, value_words
from eval.statistics.scores import percentile
from rag.messages import catalogue

if TYPE_CHECKING:
    from markupsafe import Markup

    from eval.metrics.metric import Metric

_MOST_ITEMS = 600
"""Items of a run kept on the page: all that failed or are wrong first, then others as they come."""
_SLICE_METRICS = 4


def page(report: ReportJson, items: Mapping[str, Sequence[Mapping[str, object]]], language: str) -> str:
    """Return the page.

    Args:
        report: what was measured.
        items: of each run, its items with their texts; none where the texts are left out.
        language: what the page opens in, ``fr`` or ``en``; the reader may switch.
    """
    from jinja2 import Environment, FunctionLoader
    from markupsafe import Markup

    style, script = _file("page.css"), _file("page.js")
    environment = Environment(
        loader=FunctionLoader(_file), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(t=say, label=label, about=about, value_words=value_words, figure=figure)
    environment.globals.update(
        lower=_names(lambda metric: metric.is_lower_better),
        counts=_names(lambda metric: metric.plot == "count"),
    )
    shown = {run.name: _chosen(run, items.get(run.name, ())) for run in report.runs}
    return environment.get_template("page.html.j2").render(
        report=report,
        language=language,
        style=Markup(style),  # noqa: S704 — our own file
        script=Markup(script),  # noqa: S704 — our own file
        policy=_policy(style, script),
        runs=[_Shown(run) for run in report.runs],
        items=_data(shown),
        words_data=_data({tongue: _browser_words(tongue) for tongue in ("en", "fr")}),
        cut={
            run.name: (len(shown[run.name]), len(run.items))
            for run in report.runs
            if 0 < len(shown[run.name]) < len(run.items)
        },
        has_items=any(shown.values()),
    )


class _Shown:
    """A run with its plots drawn."""

    def __init__(self, run: RunJson) -> None:
        self.run = run

    @property
    def promises(self) -> list[tuple[str, MetricJson, bool]]:
        """Metrics with one right value, and whether it is reached."""
        return [
            (name, found, found.mean == _promise(name))
            for name, found in self.run.metrics.items()
            if _promise(name) is not None and found.n
        ]

    @property
    def measured(self) -> list[tuple[str, MetricJson]]:
        """The other metrics that are defined for any item."""
        return [
            (name, found) for name, found in self.run.metrics.items() if _promise(name) is None and found.n
        ]

    @property
    def undefined(self) -> list[tuple[str, MetricJson]]:
        """Metrics that no item could be scored by."""
        return [(name, found) for name, found in self.run.metrics.items() if not found.n]

    @property
    def metrics_plot(self) -> Markup:
        """Every share as a bar with its interval."""
        rows = [
            svg.Bar(_arrowed(name), found.mean, found.low, found.high, str(found.n))
            for name, found in self.measured
            if not _is_count(name)
        ]
        return _drawn(svg.bars(pair("report.metrics"), rows))

    @property
    def slice_plots(self) -> list[tuple[str, list[tuple[str, Markup]]]]:
        """For each slice, one small plot a metric."""
        wanted = [
            name
            for name in CATALOGUE.headline(self.run.measure)
            if name in self.run.metrics and not _is_count(name)
        ][:_SLICE_METRICS]
        return [
            (name, [(metric, plot) for metric in wanted if (plot := _slice_plot(metric, values))])
            for name, values in self.run.slices.items()
        ]

    @property
    def risk_plot(self) -> Markup | None:
        """Risk over coverage, from two points on."""
        points = [(point.coverage, point.risk) for point in self.run.risk_coverage]
        axes = (pair("report.coverage"), pair("report.risk"))
        return _drawn(svg.risk_curve(pair("report.risk_coverage"), axes, points)) if len(points) > 1 else None

    @property
    def reliability_plot(self) -> Markup | None:
        """Scores against truth."""
        bins = [(found.mean_score, found.share_positive, found.count) for found in self.run.reliability]
        axes = (pair("report.score"), pair("report.share_supported"))
        return (
            _drawn(svg.reliability(pair("report.reliability"), axes, bins, self.run.figures.get("threshold")))
            if bins
            else None
        )

    @property
    def latency_plot(self) -> Markup | None:
        """How long items took, with median and 95th percentile."""
        times = self.run.latencies_ms
        if len(times) < 2:
            return None
        marks = [(percentile(times, share) or 0.0, name) for share, name in ((0.5, "p50"), (0.95, "p95"))]
        return _drawn(
            svg.histogram(pair("report.latency"), (("ms", "ms"), pair("report.n")), times, marks, None)
        )

    @property
    def distribution_plot(self) -> Markup | None:
        """How nDCG@10 spreads over the queries."""
        values = [score for item in self.run.items if (score := item.scores.get("ndcg@10")) is not None]
        if len(values) < 2:
            return None
        return _drawn(
            svg.histogram(
                pair("report.distribution"), (("nDCG@10", "nDCG@10"), pair("report.n")), values, [], 1.0
            )
        )


def _slice_plot(metric: str, values: Mapping[str, Mapping[str, MetricJson]]) -> Markup | None:
    rows = [
        svg.Bar(value_words(value), found.mean, found.low, found.high, str(found.n))
        for value, metrics in values.items()
        if (found := metrics.get(metric)) and found.n
    ]
    return _drawn(svg.bars(label(metric), rows, width=440, label_width=150)) if len(rows) > 1 else None


def _chosen(run: RunJson, items: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return the items the page keeps, each with its scores: the failed and the wrong ones first where there
    are too many.
    """
    scored = {item.id: item for item in run.items}
    both = [(found, scored.get(str(found["id"]))) for found in items]
    if len(both) > _MOST_ITEMS:
        both.sort(key=lambda entry: not (entry[0].get("error") or _is_wrong(entry[1])))
    return [
        {
            **found,
            "scores": score.scores if score else {},
            "unscored": score.unscored if score else {},
            "slices": score.slices if score else {},
            "wrong": _is_wrong(score),
        }
        for found, score in both[:_MOST_ITEMS]
    ]


def _is_wrong(item: ItemJson | None) -> bool | None:
    """Tell whether an item went wrong; None where nobody can say."""
    if item is None:
        return None
    for metric, right in (("correct", 1.0), ("accuracy", 1.0), ("exact_match", 1.0)):
        if (score := item.scores.get(metric)) is not None:
            return score != right
    return None if (score := item.scores.get("recall@10")) is None else score == 0.0


def _browser_words(language: str) -> dict[str, str]:
    """Return the words that the script needs, by key."""
    wanted = ("browser.", "unscored.", "metric.", "slice.", "support.", "failure.")
    values = {f"value.{name}": words[language == "fr"] for name, words in VALUES.items()}
    values |= {f"metric.{metric.name}": metric.label[language == "fr"] for metric in CATALOGUE.all()}
    return values | {key: text for key, text in catalogue(language).items() if key.startswith(wanted)}


def _arrowed(name: str) -> svg.Words:
    english, french = label(name)
    metric = CATALOGUE.find(name)
    return (
        (f"{english} ↓", f"{french} ↓")
        if metric is not None and metric.is_lower_better
        else (english, french)
    )


def _names(wanted: Callable[[Metric], bool]) -> frozenset[str]:
    return frozenset(metric.name for metric in CATALOGUE.all() if wanted(metric))


def _promise(name: str) -> float | None:
    metric = CATALOGUE.find(name)
    return None if metric is None else metric.promise


def _is_count(name: str) -> bool:
    metric = CATALOGUE.find(name)
    return metric is not None and metric.plot == "count"


def _data(value: object) -> Markup:
    """Return a value as JSON that cannot end the script element it stands in."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character, code in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(character, code)
    return Markup(text)  # noqa: S704 — every character that means anything in HTML is escaped


def _drawn(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 — ``eval.report.svg`` escapes every label


def _policy(style: str, script: str) -> str:
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hashed}'; base-uri 'none';"
        " form-action 'none'"
    )


def _file(name: str) -> str:
    return (files(__package__) / "template" / name).read_text(encoding="utf-8")
