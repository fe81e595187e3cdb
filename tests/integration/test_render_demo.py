"""The tool that renders demo documents: what it writes reads back as what it was given, and never differs
from run to run.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.unit.ingesting import read

TOOL: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "render_demo.py"))

PARAGRAPH = (
    "Le patient a été opéré – sans incident – d'une hernie à droite ; l'œdème a disparu à J2, sous 1 g de"
    " paracétamol par prise."
)
SOURCE = f"""---
id: d1
title: Compte rendu – hernie
patient_id: "0123"
kind: operative_report
date: 2026-03-12
language: fr
render: FORM
---
# Compte rendu

{PARAGRAPH}

## Suites
- **Lever** le jour même
- Sortie à J1

| Implant | Taille |
| --- | --- |
| Plaque | 10 cm |

Document fictif.
"""


def rendered(folder: Path, form: str) -> Path:
    folder.mkdir()
    path = folder / "2026-03-12_operative_report.md"
    path.write_text(SOURCE.replace("FORM", form))
    target: Path = TOOL["render"](path)
    assert not path.exists()
    return target


@pytest.mark.parametrize(
    ("form", "item", "row"),
    [
        ("pdf", "• Lever le jour même", "Plaque   10 cm"),
        ("docx", "- Lever le jour même", "| Plaque | 10 cm |"),
    ],
)
def test_rendered_document_reads_back(tmp_path: Path, form: str, item: str, row: str) -> None:
    document = read(rendered(tmp_path / form, form))
    assert (document.doc_id, document.patient_id, document.authored_at) == ("d1", "0123", "2026-03-12")
    assert document.metadata == {}
    lines = document.text.split("\n")
    assert {"Compte rendu", PARAGRAPH, "Suites", item, row, "Document fictif."} <= set(lines)
    assert [section.path for section in document.sections] == [("Compte rendu",), ("Compte rendu", "Suites")]


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_same_text_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    assert rendered(tmp_path / "a", form).read_bytes() == rendered(tmp_path / "b", form).read_bytes()
