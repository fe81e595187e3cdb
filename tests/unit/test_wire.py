"""What a worker sends arrives as it was, field by field; anything else breaks the channel and nothing
more.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import fields

import pytest

from rag.core.errors import ParseError
from rag.core.facts import Fact, Period
from rag.core.traits import Traits
from rag.core.types import Code, Document, Link, Original, Page, Section, Source
from rag.ingest.parsing.process.wire import Alive, BrokenChannel, End, Sent, Warned, receive, send

DOCUMENT = Document(
    doc_id="d",
    source=Source("file:///a%20b#1", "text/plain", "0" * 64, "plain/1", "2026-01-01T00:00:00+00:00"),
    kind="note",
    title="Été",
    text="Œdème 10⁹",
    language="fr",
    sections=(Section(("A", "B"), 0, 5, 2),),
    pages=(Page(2, 0, 5, True, 0.5),),
    patient_id="0123",
    encounter_id="s",
    authored_at="2026-03",
    codes=(Code("ccam", "NEKA020", "x"),),
    links=(Link("study", "e"),),
    metadata={"évidence": "rct"},
    places=bytes(range(256)),
    original=Original("image/png", b"\x00\xff"),
    intake={"record": "yes"},
    traits=Traits("FOURVIÈRE", given="Anne", born="1950-05-03", sex="f"),
    facts=(
        Fact(
            "lab",
            "potassium",
            "K",
            ((0, 5),),
            value=4.2,
            at=Period("2026-03-01", None),
            details={"specimen": "sang"},
        ),
    ),
)


def sent(item: Sent) -> Sent:
    stream = io.BytesIO()
    send(stream, item)
    stream.seek(0)
    return receive(stream)


def test_every_field_of_a_document_arrives() -> None:
    found = sent(DOCUMENT)
    assert {field.name: getattr(found, field.name) for field in fields(Document)} == {
        field.name: getattr(DOCUMENT, field.name) for field in fields(Document)
    }


def test_every_field_of_the_document_above_says_something() -> None:
    assert all(
        getattr(DOCUMENT, field.name) for field in fields(Document)
    )  # so that a new field is sent by the test above


def test_errors_warnings_and_signs_arrive() -> None:
    error = sent(ParseError("text_too_long", file="a", chars=7, limit=5))
    assert isinstance(error, ParseError)
    assert (error.key, error.variables) == ("text_too_long", {"file": "a", "chars": 7, "limit": 5})
    warned = sent(Warned(ParseError("file_empty", file="a")))
    assert isinstance(warned, Warned)
    assert warned.error.key == "file_empty"
    assert [type(sent(item)) for item in (Alive(), End())] == [Alive, End]


@pytest.mark.parametrize("data", [b"", b"D", pickle.dumps(DOCUMENT), b"\xff" * 40, b"X" + bytes(24)])
def test_other_bytes_break_the_channel_and_are_never_run(data: bytes) -> None:
    with pytest.raises(BrokenChannel):
        receive(io.BytesIO(data))


@pytest.mark.parametrize("error", [ParseError("no_such_message"), ParseError("text_too_long", file="a")])
def test_problem_that_cannot_be_told_breaks_the_channel(error: ParseError) -> None:
    stream = io.BytesIO()
    send(stream, error)
    stream.seek(0)
    with pytest.raises(BrokenChannel):
        receive(stream)
