"""A marked word in every element of a CDA narrative, and in every text of its entries, comes out in the
document or is named as left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden import everything
from tools.marked.cda import ENTRIES, NARRATIVE, WORD, document


def said(folder: Path, text: str, entries: str, code: str = '<code code="10164-2"/>') -> str:
    """Return all that a document gives: texts, codes' labels are not looked at; errors and warnings."""
    path = folder / "note.xml"
    path.write_text(document(text, entries, code), encoding="utf-8")
    documents, errors, warnings = everything(path)
    return "\n".join(
        (*(one.text for one in documents), *(problem.describe() for problem in (*errors, *warnings)))
    )


@pytest.mark.parametrize("where", sorted(NARRATIVE))
def test_every_element_of_a_narrative_is_told(tmp_path: Path, where: str) -> None:
    assert WORD in said(tmp_path, f"<text>{NARRATIVE[where].format(WORD)}</text>", "")


@pytest.mark.parametrize("text", ["", "<text>Rien d'autre.</text>", '<text nullFlavor="NI"/>'])
@pytest.mark.parametrize("where", sorted(ENTRIES))
def test_every_text_of_an_entry_is_told_with_and_without_a_narrative(
    tmp_path: Path, where: str, text: str
) -> None:
    assert WORD in said(tmp_path, text, f"<entry>{ENTRIES[where].format(WORD)}</entry>")


@pytest.mark.parametrize(
    "element",
    [
        "<del>{}</del>",
        '<content revised="delete">{}</content>',
        '<content styleCode="Strikethrough">{}</content>',
    ],
)
def test_what_is_struck_out_is_left_out_and_counted(tmp_path: Path, element: str) -> None:
    told = said(tmp_path, f"<text>Aspirine. {element.format(WORD)}</text>", "")
    assert WORD not in told
    assert "1 passages" in told
