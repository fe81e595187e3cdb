"""Raised and lowered figures: an exponent stays one, a call of a note is never read into the number before
it.
"""

from __future__ import annotations

import pytest

from rag.ingest.parsing.scripts import lowered, parted, raised


@pytest.mark.parametrize(
    ("before", "mark", "after", "reads"),
    [
        ("7,2 × 10", "9", "/L", "⁹"),
        ("7.2 x 10", "3", " /mm3", "³"),
        ("10", "6", " copies/mL", "⁶"),
        ("10", "2", "/mL", "²"),
        ("10", "-3", " mol", "⁻³"),
        ("kg/m", "2", "", "²"),
        ("mL/min/1,73 m", "2", "", "²"),
        ("L.s", "-1", "", "⁻¹"),
        ("13,4", "1", " g/dL", " (1)"),
        ("Potassium 4,2", "2", "", " (2)"),
        ("Créatinine 92", "2", " µmol/L", " (2)"),
        ("Sodium 10", "1", "", " (1)"),
        ("210", "3", "", " (3)"),
        ("aspirine", "2,3", ".", " (2,3)"),
        ("45", "a", " µg/L", " (a)"),
        ("g/dL", "1", "", " (1)"),
        ("45", "*", "", " (*)"),
        ("13,4", "(1)", "", " (1)"),
        ("le 1", "er", " mars", "er"),
        ("la 2", "e", " fois", "e"),
        ("M", "me", " Durand", "me"),
        ("Ca", "2+", "", "2+"),
        ("CD4", "+", "", "+"),
        ("", "131", "I", "131"),
    ],
)
def test_a_raised_text_reads_as_it_is_meant(before: str, mark: str, after: str, reads: str) -> None:
    assert raised(mark, before, after) == reads


def test_a_lowered_figure_stays_apart_from_a_number_and_in_line_with_a_word() -> None:
    assert (lowered("2", "SpO"), lowered("3", "10")) == ("2", "₃")


def test_raised_figures_of_a_plain_text_are_told_apart() -> None:
    assert (
        parted("Hb 13,4¹ g/dL, GB 7,2 × 10⁹/L, IMC 31 kg/m²")
        == "Hb 13,4 (1) g/dL, GB 7,2 × 10⁹/L, IMC 31 kg/m²"
    )
