"""The filter options that ``search`` and ``ask`` share."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.core.errors import UsageError
from rag.core.filters import Filters
from rag.core.times import is_clinical_time

PatientOption = Annotated[str | None, typer.Option("--patient", help="Only this patient's documents.")]
KindOption = Annotated[
    list[str] | None, typer.Option("--kind", help="Only this kind of document; may be repeated.")
]
DateFrom = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help="Not before this date (2026, 2026-03 or 2026-03-12)."),
]
DateTo = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Not after this date.")]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help="Only documents in this language (fr, en).")
]

AssertionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--assertion",
        help="Only passages that state the thing so: present, negated, hypothesis, family, history.",
    ),
]
ConceptOption = Annotated[
    str | None, typer.Option("--concept", help="Only passages that state this thing, by its name or id.")
]


def check_dates(*dates: str | None) -> None:
    """Raise ``UsageError`` for the first text that is no date."""
    for date in dates:
        if date is not None and not is_clinical_time(date):
            raise UsageError("bad_date", value=date[:40])


def filters_from(
    patient: str | None,
    kinds: list[str] | None,
    date_from: str | None,
    date_to: str | None,
    language: str | None,
    *,
    literature: bool = False,
) -> Filters:
    """Return the filters that the options mean.

    Raises:
        UsageError: a date is not one, or a value is empty.
    """
    check_dates(date_from, date_to)
    if patient is not None and not patient.strip():
        raise UsageError("empty_option", option="--patient")
    return Filters(
        patient_ids=None if patient is None else frozenset({patient.strip()}),
        literature=patient is None or literature,
        date_from=date_from,
        date_to=date_to,
        kinds=frozenset(kinds) if kinds else None,
        languages=frozenset({language}) if language else None,
    )
