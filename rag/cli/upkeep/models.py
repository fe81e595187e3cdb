"""``traboule models``: what models there are, and getting them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.progress import pull_with_progress
from rag.cli.session import (
    ConfigOption,
    HomeOption,
    JsonOption,
    Session,
    console,
    print_json,
    readable_size,
    start,
)

if TYPE_CHECKING:
    from rag.models.files.manifest import ModelSpec
    from rag.models.files.pull import PullReport
    from rag.models.files.stored import ModelStatus

app = typer.Typer(
    help="Models with source, size, licence, state; download and verify. / Les modèles.", no_args_is_help=True
)


def register(root: typer.Typer) -> None:
    """Add the group of commands."""
    root.add_typer(app, name="models")


@app.command("list")
def list_(
    context: typer.Context, as_json: JsonOption = False, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """List the models of the manifest and their state. / Lister les modèles."""
    from rag.models.files.stored import model_statuses
    from rag.settings import models_folder

    session = start(context, home, config)
    statuses = model_statuses(models_folder(session.settings, session.home))
    if as_json:
        print_json({"models": [_status_json(status) for status in statuses]})
    else:
        _show(session, statuses)


@app.command("pull")
def pull(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="The default models when none is named.")
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Download models with progress and verify them. / Télécharger et vérifier les modèles."""
    from rag.models.files.manifest import find_model, load_manifest

    session = start(context, home, config)
    specs = (
        [find_model(name) for name in names] if names else [spec for spec in load_manifest() if spec.default]
    )
    reports = [pull_with_progress(session, spec) for spec in specs]
    if as_json:
        print_json({"models": [_report_json(report) for report in reports]})


def _report_json(report: PullReport) -> dict[str, object]:
    files = [
        {"name": file.name, "path": str(file.path), "bytes": file.bytes, "source": file.source}
        for file in report.files
    ]
    return {"name": report.model, "files": files}


def _status_json(status: ModelStatus) -> dict[str, object]:
    spec = status.spec
    return {
        "name": spec.name,
        "role": spec.role,
        "licence": spec.licence,
        "default": spec.default,
        "source": spec.hub_repo or _package_of(spec),
        "bytes": spec.bytes or None,
        "sha256": {file.name: file.sha256 for file in spec.files},
        "state": status.state,
        "path": str(status.path),
    }


def _show(session: Session, statuses: Sequence[ModelStatus]) -> None:
    from rich.table import Table

    colours = {"present": "green", "missing": "yellow", "damaged": "red", "external": "dim"}
    table = Table(box=None, header_style="bold")
    for column in ("name", "role", "size", "licence", "state", "about"):
        table.add_column(
            session.say(f"models.column_{column}"),
            justify="right" if column == "size" else "left",
            overflow="fold",
        )
    for status in statuses:
        spec = status.spec
        state = f"[{colours[status.state]}]{session.say(f'models.{status.state}')}[/]"
        about = spec.about_fr if session.language == "fr" else spec.about_en
        table.add_row(
            spec.name, spec.role, readable_size(spec.bytes) if spec.bytes else "", spec.licence, state, about
        )
    console().print(table)


def _package_of(spec: ModelSpec) -> str | None:
    """Return the first package of the registry that a model without a repository comes in."""
    return next((f"{wheel.package} {wheel.version}" for file in spec.files for wheel in file.wheels), None)
