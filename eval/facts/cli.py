"""``traboule eval facts``: score the reading of facts on marked sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from eval.facts.marked import Snippet
    from eval.facts.scoring import Tally

_MEASURES = ("negated", "hypothesis", "family", "history", "side", "date", "result", "drug", "allergy")


def facts(
    marked: Annotated[
        Path, typer.Option("--marked", metavar="DIR", help="Folder of marked sentences (*.txt).")
    ],
    export: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="FILE", help="Write the marked spans as JSON Lines, for another program."
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--predictions",
            metavar="FILE",
            help='Score another program: lines {"name", "mark", "assertion"}.',
        ),
    ] = None,
    errors: Annotated[bool, typer.Option("--errors", help="List what was missed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score assertions, sides, dates, results, drugs and allergies on marked sentences. / Mesurer la lecture
    des faits.
    """
    from eval.facts.marked import read_marked
    from eval.facts.scoring import kinds_of, score

    snippets = read_marked(marked.expanduser())
    if export is not None:
        export.expanduser().write_text("".join(_exported(snippets)), encoding="utf-8")
        return
    given = None
    if predictions is not None:
        lines = [
            json.loads(line) for line in predictions.expanduser().read_text(encoding="utf-8").splitlines()
        ]
        given = {(line["name"], line["mark"]): line["assertion"] for line in lines}
    result = score(snippets, given)
    table = {
        f"{measure}.{language}": vars_of(result.of(measure, language))
        for measure in _MEASURES
        for language in ("fr", "en")
    }
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "snippets": len(snippets),
                    "marks": dict(kinds_of(snippets)),
                    "scores": table,
                    "errors": result.errors,
                },
                ensure_ascii=False,
            )
        )
        return
    typer.echo(f"{len(snippets)} snippets, marks {dict(kinds_of(snippets))}")
    for name, row in table.items():
        typer.echo(
            f"{name:14} F1 {row['f1']:.3f}   right {row['right']:4.0f}  wrong {row['wrong']:3.0f}  missed"
            f" {row['missed']:3.0f}"
        )
    for line in result.errors if errors else ():
        typer.echo(line)


def vars_of(tally: Tally) -> dict[str, float]:
    """Return a tally as plain numbers."""
    return {"f1": tally.f1, "right": tally.right, "wrong": tally.wrong, "missed": tally.missed}


def _exported(snippets: Sequence[Snippet]) -> Iterator[str]:
    """Yield the marked things as lines that another program may answer."""
    for snippet in snippets:
        for number, mark in enumerate(snippet.marks):
            if mark.kind in ("condition", "procedure", "device", "imaging", "family"):
                row = {
                    "name": snippet.name,
                    "mark": number,
                    "language": snippet.language,
                    "text": snippet.text,
                    "start": mark.start,
                    "end": mark.end,
                }
                yield json.dumps(row, ensure_ascii=False) + "\n"
