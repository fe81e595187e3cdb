"""XML from anywhere: read whole, or refused with the line; never an entity, a DTD or the network."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.ingest.parsing.xml_tree import parse, records, text_of

ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE a [<!ENTITY l0 "lol">{ENTITIES}]>\n<a>&l9;</a>'


def key_of(data: bytes) -> str:
    with pytest.raises(ParseError) as caught:
        parse(io.BytesIO(data), "a.xml")
    return caught.value.key


def test_text_is_read_through_markup_and_comments() -> None:
    root = parse(io.BytesIO("<a>Été <!-- c --><b>2026</b>\n  fin</a>".encode()), "a.xml")
    assert text_of(root) == "Été 2026 fin"


def test_named_letters_are_read_though_the_dtd_is_not_fetched() -> None:
    data = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a>&Eacute;t<b/>&eacute; &unknown;</a>'
    assert text_of(parse(io.BytesIO(data), "a.xml")) == "Été &unknown;"


def test_billion_laughs_are_refused() -> None:
    assert key_of(LAUGHS.encode()) == "xml_entities"
    assert key_of(LAUGHS.encode("utf-16")) == "xml_entities"


def test_external_entity_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    data = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]><a>&x;</a>'
    assert key_of(data.encode()) == "xml_entities"


def test_document_type_that_never_ends_is_refused() -> None:
    assert key_of(b"<!DOCTYPE a [" + b"<!-- x -->" * 200_000) == "xml_entities"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"<a><b></a>", "xml_damaged"),
        (b"<a>" + b"<b>" * 5000 + b"</b>" * 5000 + b"</a>", "xml_damaged"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>\xe9</a>', "xml_encoding"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml_encoding"),
    ],
)
def test_fault_is_told(data: bytes, key: str) -> None:
    assert key_of(data) == key


def test_records_before_a_fault_are_read() -> None:
    found = records(io.BytesIO(b"<s>\n<a>1</a>\n<x><a>2</a></x>\n<a>3"), "s.xml", "a")
    assert [text_of(next(found)), text_of(next(found))] == ["1", "2"]
    with pytest.raises(ParseError) as caught:
        next(found)
    assert (caught.value.key, caught.value.variables["line"]) == ("xml_damaged", 4)
