"""``traboule doctor``: checks configuration, home, models, database and index; says what is wrong and the
mend.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import typer

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
from rag.core.errors import TrabouleError, Unavailable, exit_code

State = Literal["ok", "note", "bad"]
_LOW_SPACE = 500 * 1000 * 1000


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One checked thing. ``code`` is the exit code that a problem asks for."""

    subject: str
    state: State
    text: str
    code: int = 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    context: typer.Context,
    with_security: Annotated[
        bool, typer.Option("--security", help="Also what a security officer would ask.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Check everything and say the mend. / Tout vérifier et dire comment réparer."""
    session = start(context, home, config)
    checks = [_configuration, _home, _models, _llm, _reader, _ocr, _telemetry, _database_and_index]
    findings = [
        finding
        for check in (*checks, *([_security] if with_security else []))
        for finding in _safely(session, check)
    ]
    bad = [finding for finding in findings if finding.state == "bad"]
    if as_json:
        print_json({"ok": not bad, "findings": [asdict(finding) for finding in findings]})
    else:
        _show(session, findings, len(bad))
    return bad[0].code if bad else 0


def _safely(session: Session, check: Callable[[Session], Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
    """Run one check; an error of ours is a finding, so that the other checks still run."""
    try:
        yield from check(session)
    except TrabouleError as error:
        yield Diagnosis(
            check.__name__.strip("_").split("_")[-1],
            "bad",
            error.describe(session.language),
            exit_code(error),
        )


def _configuration(session: Session) -> Iterator[Diagnosis]:
    path = session.home / "traboule.toml"
    key = "doctor.configuration_ok" if path.exists() else "doctor.configuration_default"
    yield Diagnosis("configuration", "ok", session.say(key, file=path))


def _home(session: Session) -> Iterator[Diagnosis]:
    home = session.home
    if not home.exists():
        yield Diagnosis("home", "note", session.say("doctor.home_missing", home=home))
        return
    if not os.access(home, os.W_OK):
        yield Diagnosis("home", "bad", session.say("doctor.home_readonly", home=home), 1)
        return
    yield from _privacy(session)
    free = shutil.disk_usage(home).free
    if free < _LOW_SPACE:
        yield Diagnosis(
            "home", "bad", session.say("doctor.home_full", home=home, free=readable_size(free)), 1
        )
    else:
        yield Diagnosis("home", "ok", session.say("doctor.home_ok", home=home, free=readable_size(free)))


def _privacy(session: Session) -> Iterator[Diagnosis]:
    """A home that others may enter is a problem; data left open inside one that nobody else enters is
    told.
    """
    from rag.store.privacy import open_to_others

    home = session.home
    if found := open_to_others(home):
        names = ", ".join(path.name for path in found)
        told = session.say("doctor.home_open", home=home, names=names)
        yield Diagnosis("home", "bad", told, 1) if home in found else Diagnosis("home", "note", told)


def _models(session: Session) -> Iterator[Diagnosis]:
    from rag.models.embedding.onnx_export import is_export
    from rag.models.files.manifest import find_model
    from rag.models.files.stored import model_state
    from rag.settings import models_folder

    settings = session.settings
    chosen = ((settings.embedder.kind, settings.embedder.name), (settings.llm.kind, settings.llm.name))
    folder = models_folder(settings, session.home)
    for name in (name for kind, name in chosen if kind in ("onnx", "llamacpp")):
        state = "present" if is_export(folder, name) else model_state(find_model(name), folder)
        if state == "present":
            yield Diagnosis("models", "ok", session.say("doctor.model_ok", name=name))
        elif state in ("missing", "damaged"):
            yield Diagnosis("models", "bad", session.say(f"doctor.model_{state}", name=name), 5)


def _llm(session: Session) -> Iterator[Diagnosis]:
    settings = session.settings.llm
    if settings.kind != "openai":
        return
    import httpx

    url = (settings.base_url or "").rstrip("/") + "/models"
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    try:
        httpx.get(
            url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=5
        ).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable("service_unreachable", url=url, reason=type(error).__name__) from None
    yield Diagnosis("llm", "ok", session.say("doctor.llm_remote_ok", url=url))


def _reader(session: Session) -> Iterator[Diagnosis]:
    """Tell which reader judges sentences; an adapter of another encoder than the one here is a problem."""
    from rag.models.reader.readers import make_reader
    from rag.settings import models_folder

    settings = session.settings.reader
    if settings.kind == "none":
        return
    reader = make_reader(models_folder(session.settings, session.home), settings)
    if reader is None:
        yield Diagnosis("reader", "note", session.say("doctor.reader_missing"))
        return
    if settings.kind == "bundled":
        reader.answers("?", ["."])
    yield Diagnosis("reader", "ok", session.say("doctor.reader_ok", name=reader.name))


def _ocr(session: Session) -> Iterator[Diagnosis]:
    from rag.ingest.pictures.ocr import Tesseract

    settings = session.settings.ingest
    if not settings.ocr:
        return
    tesseract = Tesseract(settings.ocr_languages)
    if tesseract.problem is None:
        yield Diagnosis("ocr", "ok", session.say("doctor.ocr_ok", name=tesseract.name))
    else:
        yield Diagnosis(
            "ocr", "note", session.say("doctor.ocr_missing", packages=tesseract.wanted["packages"])
        )


def _telemetry(session: Session) -> Iterator[Diagnosis]:
    """Tell of what another program left to be sent. It is the user's: nothing is deleted here."""
    from rag.telemetry import queue_left

    folder = queue_left()
    if folder is None:
        yield Diagnosis("telemetry", "ok", session.say("doctor.telemetry_ok"))
    else:
        yield Diagnosis("telemetry", "note", session.say("doctor.telemetry_queue", folder=folder))


def _database_and_index(session: Session) -> Iterator[Diagnosis]:
    from rag.build import open_home, open_registry
    from rag.cli.damage import record_damage
    from rag.store.identity.desk import IdentityStore

    if not session.home.exists():
        return
    with open_registry(session.settings, session.home) as registry:
        store = registry.store
        documents, passages = store.coverage().documents_searched, store.passage_total()
        unfinished, failed = len(store.unfinished()), sum(1 for _ in registry.inputs.failures())
        proposals, held = IdentityStore(store.database).counts()
    yield Diagnosis("database", "ok", session.say("doctor.database_ok", documents=documents, failed=failed))
    if unfinished:
        yield Diagnosis("database", "note", session.say("doctor.unfinished", count=unfinished))
    if proposals or held:
        yield Diagnosis("database", "note", session.say("doctor.identities", proposals=proposals, held=held))
    if not documents:
        yield Diagnosis("index", "note", session.say("doctor.index_empty"))
        return
    with open_home(session.settings, session.home) as opened:
        found, version = opened.index.count(), opened.index.version
        yield from (Diagnosis(*one) for one in record_damage(session, opened))
    if found != passages:
        yield Diagnosis(
            "index", "bad", session.say("doctor.index_mismatch", found=found, expected=passages), 1
        )
    else:
        yield Diagnosis(
            "index",
            "ok",
            session.say("doctor.index_ok", passages=found, documents=documents, version=version),
        )


def _security(session: Session) -> Iterator[Diagnosis]:
    from rag.cli.people.security import security

    for subject, state, text in security(session):
        yield Diagnosis(subject, state, text, 1 if state == "bad" else 0)


def _show(session: Session, findings: list[Diagnosis], bad: int) -> None:
    from rich.table import Table

    colours = {"ok": "green", "note": "yellow", "bad": "red"}
    table = Table(box=None, show_header=False)
    for finding in findings:
        state = f"[{colours[finding.state]}]{session.say(f'doctor.{finding.state}')}[/]"
        table.add_row(state, session.say(f"doctor.{finding.subject}"), finding.text)
    out = console()
    out.print(table)
    out.print(session.say("doctor.problems", count=bad) if bad else session.say("doctor.all_well"))
