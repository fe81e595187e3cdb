"""``traboule forget``: erase documents or a patient everywhere, say what was erased, and lift an erasure.

Where the server has the home, the command asks it to erase, and waits until that is done.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start
from rag.core.errors import StorageError, Unavailable, UsageError

if TYPE_CHECKING:
    from rag.store.database import Database

_WAIT_S = 120.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("forget")(forget)


@dataclass(frozen=True, slots=True)
class _ToErase:
    doc_ids: tuple[str, ...]
    patient_id: str | None


def forget(
    context: typer.Context,
    doc: Annotated[list[str] | None, typer.Option("--doc", help="A document id; may be repeated.")] = None,
    patient: Annotated[str | None, typer.Option("--patient", help="Every document of this patient.")] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Write what was erased, and what to look at, as signed JSON.")
    ] = None,
    lift: Annotated[
        bool, typer.Option("--lift", help="Let what was erased be read again; erases nothing.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Erase from index, database, stored sources, conversations and caches. / Effacer partout."""
    if bool(doc) == (patient is not None):
        raise UsageError("forget_which")
    if certificate is not None and certificate.exists():
        raise UsageError("forget_certificate_there", path=certificate)
    session = start(context, home, config)
    wanted = _ToErase(tuple(doc or ()), patient)
    if lift:
        _lift(session, wanted, as_json)
        return
    done = _erased(session, wanted)
    told = dict(done.pop("certificate", {}))
    if certificate is not None:
        _write(certificate, told)
    if as_json:
        print_json({**done, "certificate": told})
    else:
        _show(session, done, told)


def _erased(session: Session, wanted: _ToErase) -> dict[str, Any]:
    """Erase in this process, or have the process do it that holds the home."""
    from rag.build import open_home

    try:
        with open_home(session.settings, session.home) as opened:
            _note(session, opened.store.database, wanted)
            done = asdict(opened.forget(doc_ids=wanted.doc_ids, patient_id=wanted.patient_id, by=_account()))
            return _sealed(session, opened.store.database, done)
    except Unavailable as error:
        if error.key != "home_locked":
            raise
    return _asked(session, wanted)


def _asked(session: Session, wanted: _ToErase) -> dict[str, Any]:
    from rag.build import open_registry
    from rag.store.erasures import ErasureStore

    with open_registry(session.settings, session.home) as registry:
        database = registry.store.database
        _note(session, database, wanted)
        store = ErasureStore(database)
        request = store.ask(wanted.doc_ids, wanted.patient_id, _account())
        limit = time.monotonic() + _WAIT_S
        while (found := store.get(request.erasure_id)) is not None and found.certificate is None:
            if time.monotonic() > limit:
                raise Unavailable("forget_waiting", erasure_id=request.erasure_id, seconds=_WAIT_S)
            time.sleep(0.2)
        store.drop(request.erasure_id)
        told = dict((found.certificate if found else None) or {})
        counts = told.get("erased", {})
        done = {
            "doc_ids": told.get("documents", []),
            "passages": counts.get("index", 0),
            "sources": counts.get("sources", 0),
            "inputs": counts.get("readings", 0),
            "vectors": counts.get("vectors", 0),
            "turns": counts.get("conversations", 0),
            "certificate": told,
        }
        return _sealed(session, database, done)


def _sealed(session: Session, database: Database, done: dict[str, Any]) -> dict[str, Any]:
    from rag.build import open_audit

    told = done["certificate"]
    seal = open_audit(session.settings, session.home, database).seal(told)
    return {**done, "certificate": {**told, "seal": seal}}


def _lift(session: Session, wanted: _ToErase, as_json: bool) -> None:
    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.store.erasures import Tombstones

    with open_registry(session.settings, session.home) as registry:
        database = registry.store.database
        pairs = [(wanted.patient_id, doc_id) for doc_id in wanted.doc_ids] or [(wanted.patient_id, "")]
        noting(session, database)("erasure_lift", pairs)
        folder = session.settings.audit.anchor_dir or session.home / "audit"
        tombstones = Tombstones(database, folder)
        lifted = [one for one in wanted.doc_ids if tombstones.lift("document", one)]
        if wanted.patient_id is not None and tombstones.lift("patient", wanted.patient_id):
            lifted.append(wanted.patient_id)
    if as_json:
        print_json({"lifted": lifted})
    else:
        console().print(session.say("forget.lifted" if lifted else "forget.not_erased", count=len(lifted)))


def _note(session: Session, database: Database, wanted: _ToErase) -> None:
    from rag.cli.audited import noting
    from rag.store.documents import DocumentStore

    store = DocumentStore(database)
    known = {one: store.get(one) for one in wanted.doc_ids}
    named = [(found.patient_id if found else None, one) for one, found in known.items()]
    noting(session, database)("delete", named or [(wanted.patient_id, "")])


def _account() -> str:
    from rag.cli.audited import system_account

    return system_account()


def _write(path: Path, told: Mapping[str, Any]) -> None:
    try:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        path.chmod(0o600)
    except OSError as error:
        raise StorageError("store_not_writable", place=path, reason=error.strerror) from None


def _show(session: Session, done: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    counts = {name: done[name] for name in ("passages", "sources", "vectors")}
    if not (done["doc_ids"] or done["inputs"]):
        console().print(session.say("forget.nothing"))
    else:
        console().print(session.say("forget.erased", documents=len(done["doc_ids"]), **counts))
    review: Sequence[Mapping[str, str]] = told.get("review", ())
    if review:
        console().print(session.say("forget.review", count=len(review)))
        for one in review[:20]:
            console().print(f"  {one['where']} {one['id']} ({one['by']})")
    for path in told.get("files_elsewhere", ()):
        console().print(session.say("forget.elsewhere", path=path))
    if told.get("left"):
        console().print(session.say("forget.left", places=", ".join(sorted(told["left"]))))
