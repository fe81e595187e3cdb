"""``traboule eval``: the group of commands. Each reads its options and hands over to the library; nothing is
measured here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import typer

from eval.answers.cli import answers
from eval.bench.cli import app as bench
from eval.choice.cli import choice
from eval.compare.cli import compare_reports
from eval.datasets.cli import datasets
from eval.facts.cli import facts
from eval.feedback.cli import app as feedback
from eval.fit.cli import app as fit
from eval.judge.cli import judge
from eval.report.cli import report
from eval.retrieval.cli import retrieval, trec
from eval.suites.cli import gate, suite
from eval.verify.cli import verify

app = typer.Typer(
    help="Measure search, verification and answers. / Mesurer la recherche, la vérification et les réponses.",
    no_args_is_help=True,
)
_GROUPS = {"bench": bench, "feedback": feedback, "fit": fit}
_COMMANDS: Mapping[str, Callable[..., int | None]] = {
    "retrieval": retrieval,
    "answers": answers,
    "verify": verify,
    "choice": choice,
    "suite": suite,
    "compare": compare_reports,
    "report": report,
    "gate": gate,
    "trec": trec,
    "judge": judge,
    "datasets": datasets,
    "facts": facts,
}


def register(root: typer.Typer) -> None:
    """Add the group of commands to a program's own."""
    root.add_typer(app, name="eval")


def main() -> None:
    """Run ``traboule eval`` with the arguments of the process."""
    from rag.cli import main as program

    sys.argv.insert(1, "eval")
    program()


for _name, _group in _GROUPS.items():
    app.add_typer(_group, name=_name)
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
