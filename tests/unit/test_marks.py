"""What a reader sees at once of an article, in both languages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from rag.cli.answer_view import AnswerView
from rag.cli.marks import marks
from rag.cli.session import Session
from rag.core.types import Citation, Claim, ClaimChecked
from rag.settings import Settings


@pytest.mark.parametrize(
    ("language", "level", "retracted", "shown"),
    [
        ("fr", "rct", False, "[essai randomisé] "),
        ("en", "rct", True, "RETRACTED [randomised trial] "),
        ("fr", "", True, "RÉTRACTÉ "),
        ("en", "grade B", False, "[grade B] "),
        ("en", "", False, ""),
    ],
)
def test_level_and_retraction_stand_before_the_title(
    language: str, level: str, retracted: bool, shown: str
) -> None:
    assert marks(Session(Path(), Settings(), language), level, retracted).plain == shown


@pytest.mark.parametrize("retracted", [True, False])
def test_sentence_from_a_retracted_article_says_so(retracted: bool) -> None:
    out = io.StringIO()
    citation = Citation(1, "d", "p", "Dose halved stays.", 0, 18, retracted=retracted)
    view = AnswerView(Session(Path(), Settings(), "en"), Console(file=out, width=100))
    view.show(
        ClaimChecked(Claim("Dose halved stays.", 0, 18, (citation,), "full", 0.9, "written"), withheld=False)
    )
    assert ("RETRACTED" in out.getvalue()) is retracted
