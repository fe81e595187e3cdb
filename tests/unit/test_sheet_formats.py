"""Cells are read as the sheet shows them: leading zeros, percent, dates, literals, conditions; written dates
have the day first.
"""

from __future__ import annotations

import datetime as dt

import pytest

from rag.ingest.office.sheets.dates import is_month_first, iso_of
from rag.ingest.office.sheets.xlsx_formats import shown


@pytest.mark.parametrize(
    ("value", "number_format", "reads"),
    [
        (64, "0000000", "0000064"),
        (64, "General", "64"),
        (0.072, "0.0%", "7,2 %"),
        (0.072, "0.0 %", "7,2 %"),
        (4.2, "General", "4,2"),
        (0.1 + 0.2, "General", "0,3"),
        (4.25, "0.0", "4,3"),
        (12.5, '0.00" mmol/L"', "12,50 mmol/L"),
        (1234567, "#,##0", "1234567"),
        (-4.2, "0.0;(0.0)", "(4,2)"),
        (-4.2, "0.0;[Red]0.0", "-4,2"),
        (1, '[=1]"oui";[=0]"non"', "oui"),
        (0, '"positif";"négatif";"nul"', "nul"),
        (12345, "0.00E+00", "1,23E+04"),
        (612345678, "00 00 00 00 00", "06 12 34 56 78"),
        (5, ";;;", ""),
        (0.5, "# ?/?", "1/2"),
        (0.5, "#.0", ",5"),
        (True, "General", "VRAI"),
        ("0064", "@", "0064"),
        (dt.datetime(2026, 3, 12), "dd/mm/yyyy", "2026-03-12"),
        (dt.datetime(2026, 3, 12, 8, 30), "dd/mm/yyyy hh:mm", "2026-03-12 08:30"),
        (dt.datetime(2026, 3, 12, 8, 30), "dd/mm/yyyy", "2026-03-12"),
        (dt.datetime(2026, 3, 12), "mm/yyyy", "2026-03"),
        (dt.time(8, 5), "hh:mm", "08:05"),
        (dt.timedelta(hours=36, minutes=15), "[h]:mm", "36:15"),
    ],
)
def test_a_value_reads_as_its_cell_shows_it(value: object, number_format: str, reads: str) -> None:
    assert shown(value, number_format, ",") == reads


def test_an_english_sheet_keeps_its_point() -> None:
    assert (shown(0.072, "0.0%", "."), shown(4.2, "General", ".")) == ("7.2%", "4.2")


@pytest.mark.parametrize(
    ("cell", "reads"),
    [
        ("12/03/2026", "2026-03-12"),
        ("12/03/26", "2026-03-12"),
        ("1.3.1948", "1948-03-01"),
        ("12/03/2026 14:30", "2026-03-12T14:30:00"),
        ("2026-03-12 14:30", "2026-03-12T14:30"),
        ("2026-03-12", "2026-03-12"),
        ("mars 2026", "mars 2026"),
    ],
)
def test_a_written_date_has_the_day_first(cell: str, reads: str) -> None:
    assert iso_of(cell) == reads


def test_a_column_has_the_month_first_only_where_it_can_be_read_no_other_way() -> None:
    assert is_month_first(["03/04/2026", "03/25/2026"])
    assert not is_month_first(["03/04/2026", "25/03/2026"])
    assert iso_of("03/04/2026", month_first=True) == "2026-03-04"
