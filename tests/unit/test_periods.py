"""Times of a note as periods: absolute, relative, of the operation, and what has no day."""

from __future__ import annotations

import pytest

from rag.clinical.folding import flat
from rag.clinical.times.periods import whens_in


def _period(
    text: str, language: str = "fr", day: str | None = "2026-03-20"
) -> tuple[str | None, str | None, str] | None:
    whens, _ = whens_in(flat(text), day, language)
    last = whens[-1].period
    return None if last is None else (last.start, last.end, last.precision)


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("le 12/03/04", "2004-03-12", "day"),
        ("le 1er février 2025", "2025-02-01", "day"),
        ("le 1er février", "2026-02-01", "day"),  # the last one before the note
        ("le 12/11", "2025-11-12", "day"),  # 2026-11-12 lies far ahead
        ("mars 2024", "2024-03", "month"),
        ("en 2022", "2022", "year"),
        ("2026-03-12", "2026-03-12", "day"),
        ("le 12/03/2026 à 8h30", "2026-03-12T08:30", "minute"),
        ("il y a 3 jours", "2026-03-17", "day"),
        ("il y a 2 mois", "2026-01", "month"),
        ("il y a cinq ans", "2021", "year"),
        ("hier", "2026-03-19", "day"),
        ("avant-hier", "2026-03-18", "day"),
        ("Opéré le 12/03/2026. A J2", "2026-03-14", "day"),
        ("Opéré le 12/03/2026. A J+5", "2026-03-17", "day"),
        ("Opéré le 12/03/2026. La veille de l'intervention", "2026-03-11", "day"),
        ("Opéré le 12/09/2025. Contrôle à M6", "2026-03", "month"),
    ],
)
def test_french_time_is_one_day_or_month_or_year(text: str, day: str, precision: str) -> None:
    assert _period(text) == (day, day, precision)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on 12 March 2026", "2026-03-12"),
        ("March 12, 2026", "2026-03-12"),
        ("2 weeks ago", "2026-03-06"),
        ("Surgery on 12 March 2026. POD 2", "2026-03-14"),
        ("Surgery on 12 March 2026. The day before surgery", "2026-03-11"),
        (
            "Seen on 02/25/2026, labs on 03/05/2026",
            "2026-03-05",
        ),  # 25 is no month: the month comes first throughout
        ("on 11/12/2025", "2025-12-11"),
    ],
)
def test_english_time_is_one_day(text: str, day: str) -> None:
    assert _period(text, "en") == (day, day, "day")


@pytest.mark.parametrize(
    ("text", "start"),
    [("depuis 3 semaines", "2026-02-27"), ("depuis 2012", "2012"), ("depuis le 12/03/2026", "2026-03-12")],
)
def test_since_leaves_the_end_open(text: str, start: str) -> None:
    period = _period(text)
    assert period is not None
    assert period[:2] == (start, None)


def test_range_has_both_ends() -> None:
    assert _period("du 10 au 12/03/2026") == ("2026-03-10", "2026-03-12", "day")


@pytest.mark.parametrize("text", ["le 31/02/2026", "A J2", "le 30 février 2025"])
def test_day_that_cannot_be_known_has_no_period(text: str) -> None:
    assert _period(text) is None


def test_day_ahead_of_the_note_is_marked() -> None:
    whens, _ = whens_in("hb le 12/08/2026", "2026-03-20", "fr")
    assert whens[0].is_future


@pytest.mark.parametrize(
    "text", ["TA 12/8", "EVA 4/10", "1/2 comprimé", "Hb 9,8", "vertèbre C3-C4", "1500 mL", "2000 mg"]
)
def test_measures_and_codes_are_no_dates(text: str) -> None:
    assert whens_in(flat(text), "2026-03-20", "fr")[0] == ()


def test_birth_is_told_from_other_dates() -> None:
    whens, anchors = whens_in(flat("Né le 01/02/1950"), "2026-03-20", "fr")
    assert whens[0].event == "birth"
    assert anchors.birth is not None
