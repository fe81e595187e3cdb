"""The guards of claims, on sentences that a clinician can read and extend (``tests/data/guards/*.md``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answer.verify.guards import check, check_readings, is_copy
from rag.clinical.words import read
from rag.core.text import canonical, sentence_spans

TABLES = Path(__file__).parents[1] / "data" / "guards"
CORPUS = Path(__file__).parents[2] / "rag" / "demo" / "corpus"
NOTHING = "–"


def cases() -> Iterator[object]:
    for table in sorted(TABLES.glob("*.md")):
        rows = [line for line in table.read_text(encoding="utf-8").splitlines() if line.startswith("|")][2:]
        for number, row in enumerate(rows, 1):
            premise, claim, finding = (cell.strip().replace("⏎", "\n") for cell in row.strip("|").split("|"))
            yield pytest.param(premise, claim, finding, id=f"{table.stem}-{number}")


def found(premise: str, claim: str) -> str:
    hard = {f"{finding.kind} {finding.severity}" for finding in check(premise, claim) if finding.is_hard}
    return "; ".join(sorted(hard, reverse=True)) or NOTHING


@pytest.mark.parametrize(("premise", "claim", "finding"), list(cases()))
def test_a_claim_is_judged_as_the_table_says(premise: str, claim: str, finding: str) -> None:
    assert found(premise, claim) == finding


def passages() -> Iterator[tuple[str, str]]:
    """Every sentence of the demo corpus with the text around it."""
    for path in sorted(CORPUS.rglob("*")):
        if path.suffix in (".md", ".txt"):
            text = canonical(path.read_text(encoding="utf-8").split("---\n", 2)[-1])
            cut = sentence_spans(text)
            for place, (start, end) in enumerate(cut):
                first, last = cut[max(0, place - 2)], cut[min(len(cut) - 1, place + 2)]
                yield text[first[0] : last[1]], text[start:end]


def test_a_sentence_of_the_premise_has_no_finding() -> None:
    pairs = list(passages())
    assert len(pairs) > 1500
    assert [claim for premise, claim in pairs if check(premise, claim)] == []


def test_the_guards_themselves_hardly_ever_find_anything_in_a_sentence_of_the_premise() -> None:
    """Not even without the rule that a copy is not examined: each guard must find the claim's words where
    they stand.
    """
    judged = [(claim, check_readings(read(premise), read(claim))) for premise, claim in passages()]
    wrong = [claim for claim, findings in judged if any(finding.is_hard for finding in findings)]
    assert len(wrong) / len(judged) < 0.002, wrong


@pytest.mark.parametrize(
    ("premise", "claim", "expected"),
    [
        ("Pas de fièvre. Douleur modérée.", "douleur modérée", True),
        ("- Pas de fièvre.\n- Douleur modérée.", "Pas de fièvre. Douleur modérée.", True),
        ("Pas de fièvre. Douleur modérée.", "fièvre", False),  # a part of a sentence may say the contrary
        ("Créatinine > 60.", "Créatinine < 60.", False),
        ("Douleur modérée.", "", False),
    ],
)
def test_a_copy_is_whole_sentences(premise: str, claim: str, expected: bool) -> None:
    assert is_copy(read(premise), read(claim)) is expected


def test_a_finding_points_at_the_words_of_the_claim() -> None:
    claim = "La patiente a une prothèse de hanche droite."
    (finding,) = check("Prothèse de hanche gauche.", claim)
    assert claim[slice(*finding.claim_span)] == "droite"


@pytest.mark.parametrize(
    ("premise", "claim"), [("", ""), ("Pas de fièvre.", ""), ("", "Pas de fièvre."), ("|---|", "|---|")]
)
def test_empty_texts_are_no_error(premise: str, claim: str) -> None:
    assert not any(finding.severity == "contradiction" for finding in check(premise, claim))
