"""``traboule backup`` and ``traboule restore``: a home as one file, and back into an empty home."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.progress import reading, sharing
from rag.cli.session import ConfigOption, HomeOption, JsonOption, console, print_json, readable_size, start
from rag.core.errors import UsageError

if TYPE_CHECKING:
    from rag.backup.saving import OnSaved
    from rag.cli.session import Session

PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="File whose first line seals the backup."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the home into one file while it is in use. / Sauvegarder sans arrêter."""
    from rag.backup.saving import save
    from rag.build import open_registry
    from rag.cli.audited import noting

    session = start(context, home, config)
    _needs_sqlite(session)
    with open_registry(session.settings, session.home) as registry:
        noting(session, registry.store.database)("backup", [], "allowed", {"file": file.name})
    with _bytes(session, "backup.saving") as show:
        manifest = save(session.home, file.absolute(), passphrase=_passphrase(passphrase_file), on_saved=show)
    size = file.stat().st_size
    if as_json:
        print_json(
            {**asdict(manifest), "file": str(file), "size": size, "sealed": passphrase_file is not None}
        )
        return
    out = console()
    key = "backup.saved_sealed" if passphrase_file else "backup.saved"
    counts = {"documents": manifest.documents, "patients": manifest.patients, "files": manifest.files}
    out.print(session.say(key, file=file, size=readable_size(size), **counts))


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    passphrase_file: PassphraseOption = None,
    erased: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Certificate of an erasure since the backup: erased again."),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Bring a backup into an empty home and build its index. / Restaurer une sauvegarde."""
    from rag.backup.restoring import restore as bring_back
    from rag.build import open_embed, open_home
    from rag.cli.audited import noting

    session = start(context, home, config)
    _needs_sqlite(session)
    open_embed(session.settings, session.home)([""])  # without its model no index can be built
    gone = [doc_id for one in erased or () for doc_id in _documents_of(one)]
    with _bytes(session, "backup.restoring") as show:
        manifest = bring_back(file, session.home, passphrase=_passphrase(passphrase_file), on_saved=show)
    session = start(context, home, config)  # the settings of the backup, where it had some
    with open_home(session.settings, session.home, rebuild=True) as opened, reading(session) as progress:
        opened.rebuild_index(progress)
        held = [doc_id for doc_id in gone if opened.store.get(doc_id) is not None]
        if held:
            opened.forget(doc_ids=held, patient_id=None, by="restore")
        totals = opened.store.coverage().documents_searched, opened.store.passage_total()
        detail: dict[str, str | int] = {
            "made_at": manifest.made_at,
            "documents": totals[0],
            "erased": len(held),
        }
        noting(session, opened.store.database)("restore", [], "allowed", detail)
    if as_json:
        print_json({**asdict(manifest), "home": str(session.home), "held": totals[0], "erased": len(held)})
        return
    facts = {"made_at": manifest.made_at, "documents": totals[0], "passages": totals[1], "erased": len(held)}
    console().print(session.say("backup.restored", home=session.home, **facts))


def _needs_sqlite(session: Session) -> None:
    if session.settings.store.url is not None:
        raise UsageError("backup_of_server")


def _passphrase(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UsageError("backup_passphrase", file=file, reason=reason) from None
    if not lines or len(lines[0]) < _SHORTEST:
        raise UsageError("backup_passphrase_short", file=file, least=_SHORTEST)
    return lines[0]


_SHORTEST = 12
"""Characters of a passphrase: fewer can be tried one by one by whoever has the file."""


def _documents_of(certificate: Path) -> list[str]:
    try:
        told: Any = json.loads(certificate.read_text(encoding="utf-8"))
        return [str(one) for one in told["documents"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError("backup_certificate", file=certificate) from None


@contextmanager
def _bytes(session: Session, key: str) -> Iterator[OnSaved]:
    with sharing(session, key) as bars:
        task = bars.add_task("", total=1.0)

        def show(done: int, total: int) -> None:
            bars.update(task, completed=done / max(1, total), description=readable_size(done))

        yield show
