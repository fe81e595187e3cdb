"""What commands do with a document that waits in quarantine, whichever desk they are of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.audited import noting
from rag.cli.session import Session, console, print_json
from rag.core.errors import NotFound

if TYPE_CHECKING:
    from rag.home import OpenHome

DocumentArgument = Annotated[str, typer.Argument(metavar="DOC_ID")]


def assign_held(session: Session, as_json: bool, doc_id: str, patient: str, action: str, key: str) -> None:
    """Say whose a document is, note the action, and tell what was done in the words of a key.

    Raises:
        NotFound: it is not in quarantine.
    """
    with _held(session, doc_id) as (opened, _):
        noting(session, opened.store.database)(action, [(patient, doc_id)])
        filed = opened.ingestor.desk.assign(doc_id, patient)
    tell(session, as_json, {"doc_id": doc_id, "patient_id": filed}, key, doc_id=doc_id, patient=filed)


def erase_held(session: Session, as_json: bool, doc_id: str, action: str, key: str) -> None:
    """Erase a document, as ``assign_held`` assigns it."""
    with _held(session, doc_id) as (opened, patient):
        noting(session, opened.store.database)(action, [(patient, doc_id)])
        erased = opened.forget(doc_ids=[doc_id])
    tell(session, as_json, asdict(erased), key, doc_id=doc_id)


def publish_held(session: Session, as_json: bool, doc_id: str, action: str, key: str) -> None:
    """Say that a document is of no patient, as ``assign_held`` assigns it."""
    with _held(session, doc_id) as (opened, _):
        noting(session, opened.store.database)(action, [(None, doc_id)])
        opened.ingestor.desk.mark_literature(doc_id)
    tell(session, as_json, {"doc_id": doc_id, "patient_id": None}, key, doc_id=doc_id)


@contextmanager
def _held(session: Session, doc_id: str) -> Iterator[tuple[OpenHome, str | None]]:
    """Open the home of a document that waits, with the patient that it names, if any."""
    from rag.build import open_home

    with open_home(session.settings, session.home) as opened:
        found = opened.ingestor.desk.identities.held(doc_id)
        if not found:
            raise NotFound("document_not_held", doc_id=doc_id)
        yield opened, found[0].patient_id


def printable(line: str) -> str:
    """Return a line without the characters that command a terminal: ids and titles are what a sender
    wrote.
    """
    return "".join(sign if sign.isprintable() else "·" for sign in line)


def tell(
    session: Session, as_json: bool, document: Mapping[str, object], key: str, **variables: object
) -> None:
    """Print what was done, as JSON or in the words of a key."""
    if as_json:
        print_json(document)
    else:
        console().print(printable(session.say(key, **variables)), soft_wrap=True, markup=False)
