"""A marked word at every place of a message where text may stand comes out in a document, or a warning names
what was left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.ingest.hl7v2.telling.fields import types
from tests.golden import everything
from tools.marked.hl7 import (
    ALLERGY,
    AROUND,
    OBX_TYPES,
    ORDER,
    PID,
    PLACES,
    VALUE,
    WORD,
    message,
    segment,
)


def said(folder: Path, kind: str, body: str) -> str:
    """Return all that a message gives: texts and titles of documents, errors, warnings."""
    path = folder / "flux.hl7"
    path.write_text(message(kind, body), encoding="utf-8", newline="")
    documents, errors, warnings = everything(path)
    problems = [problem.describe() for problem in (*errors, *warnings)]
    return "\n".join((*(document.text + document.title for document in documents), *problems))


@pytest.mark.parametrize("name", sorted(types()))
def test_every_text_of_a_segment_that_is_read_is_told(tmp_path: Path, name: str) -> None:
    kind, body = AROUND[name]
    lost = []
    for field, type_ in enumerate(types()[name], start=1):
        for place in PLACES.get(type_, ()):
            value = place.format(WORD)
            if WORD not in said(tmp_path, kind, body.format(segment(name, field, value))):
                lost.append(f"{name}-{field} {value!r}")
    assert not lost


@pytest.mark.parametrize("type_", sorted(OBX_TYPES))
def test_every_text_of_a_value_is_told_whatever_its_type(tmp_path: Path, type_: str) -> None:
    kind, body = AROUND["OBX"]
    lost = []
    for place in OBX_TYPES[type_]:
        written = f"OBX|1|{type_}|K^Potassium^L||{place.format(WORD)}||||||F"
        if WORD not in said(tmp_path, kind, body.format(written)):
            lost.append(place)
    assert not lost


@pytest.mark.parametrize(
    "before",
    [
        PID,
        "ORC|NW|PL1|FI1",
        ORDER,
        VALUE,
        ALLERGY,
        "RXE||M^Médicament^L|1||g",
        "SPM|1|||L^LCR^L",
        "DG1|1||J18^P^I10",
    ],
)
@pytest.mark.parametrize("kind", ["ORU^R01", "ADT^A01", "ORM^O01", "RDE^O11"])
def test_a_note_is_told_wherever_it_stands(tmp_path: Path, kind: str, before: str) -> None:
    held = [PID, ORDER, VALUE, ALLERGY]
    body = "\r".join(part + (f"\rNTE|1||{WORD}" if part == before else "") for part in held)
    if before not in held:
        body += f"\r{before}\rNTE|1||{WORD}"
    assert WORD in said(tmp_path, kind, body)


@pytest.mark.parametrize("name", ["IN1", "NK1", "ZAA"])
def test_a_segment_that_is_not_read_is_named(tmp_path: Path, name: str) -> None:
    kind, body = AROUND[name]
    assert f"{name} 1" in said(tmp_path, kind, body.format(f"{name}|1|{WORD}"))
