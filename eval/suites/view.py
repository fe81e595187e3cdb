"""What a person sees of thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from eval.suites.declaration import Missed


def show_missed(session: Session, suite: str, missed: Sequence[Missed], thresholds: int) -> None:
    """Print which thresholds were missed, or that none was."""
    from eval.report.words import figure

    out = console(errors=True)
    for item in missed:
        below = item.max is None or (
            item.min is not None and item.value is not None and item.value < item.min
        )
        bound = (
            session.say("eval.at_least", limit=item.min)
            if below
            else session.say("eval.at_most", limit=item.max)
        )
        value = session.say("eval.nothing") if item.value is None else figure(item.value)
        out.print(
            session.say(
                "eval.suite_missed", suite=suite, run=item.run, metric=item.metric, value=value, bound=bound
            ),
            style="red",
        )
    if thresholds and not missed:
        out.print(session.say("eval.suite_passed", suite=suite, count=thresholds), style="green")
