"""The one meaning of ``Filters``: a predicate on passages, and the same as conditions that an engine can
apply.

``passes(filters, passage)`` and ``conditions(filters)`` say the same; the conformance suite compares them on
every index.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.errors import UsageError
from rag.core.times import bounds, is_clinical_time, is_within
from rag.core.types import Filters, Passage
from rag.index.payload import AUTHORED_FIRST, AUTHORED_LAST, LITERATURE, OF_A_PATIENT, SCOPE


@dataclass(frozen=True, slots=True)
class Among:
    """The field holds one of the values (never none of them)."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The field holds none of the values (never none of them); a point without it passes."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The field is a number of this size or more; a point without it does not pass."""

    field: str
    limit: float


@dataclass(frozen=True, slots=True)
class AtMost:
    """The field is a number of this size or less; a point without it does not pass."""

    field: str
    limit: float


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the conditions holds."""

    conditions: tuple[Among, ...]


Condition = Among | NoneOf | AtLeast | AtMost | Either


def passes(filters: Filters, passage: Passage) -> bool:
    """Tell whether a passage passes every filter.

    Raises:
        UsageError: a date of the filters is not ISO 8601.
    """
    _check_dates(filters)
    return (
        _passes_patient(filters, passage.patient_id)
        and passage.patient_id not in filters.barred_patients
        and passage.doc_id not in filters.barred_docs
        and (filters.kinds is None or passage.kind in filters.kinds)
        and (filters.languages is None or passage.language in filters.languages)
        and (filters.doc_ids is None or passage.doc_id in filters.doc_ids)
        and is_within(passage.authored_at, filters.date_from, filters.date_to)
    )


def _passes_patient(filters: Filters, patient_id: str | None) -> bool:
    if patient_id is None:
        return filters.literature
    return filters.patient_ids is None or patient_id in filters.patient_ids


def conditions(filters: Filters) -> tuple[Condition, ...] | None:
    """Return what a passage must satisfy, all of it; empty where everything passes, None where nothing can.

    Raises:
        UsageError: a date of the filters is not ISO 8601.
    """
    _check_dates(filters)
    wanted = (("kind", filters.kinds), ("language", filters.languages), ("doc_id", filters.doc_ids))
    if any(values is not None and not values for _, values in wanted):
        return None
    of_whom = _of_whom(filters)
    if of_whom is None:
        return None
    among = tuple(Among(field, tuple(sorted(values))) for field, values in wanted if values is not None)
    return of_whom + among + _barred(filters) + _period(filters)


def _of_whom(filters: Filters) -> tuple[Condition, ...] | None:
    if filters.patient_ids is None:
        return () if filters.literature else (Among(SCOPE, (OF_A_PATIENT,)),)
    patients = Among("patient_id", tuple(sorted(filters.patient_ids)))
    literature = Among(SCOPE, (LITERATURE,))
    if not filters.literature:
        return (patients,) if patients.values else None
    return (Either((patients, literature)) if patients.values else literature,)


def _barred(filters: Filters) -> tuple[Condition, ...]:
    barred = (("patient_id", filters.barred_patients), ("doc_id", filters.barred_docs))
    return tuple(NoneOf(field, tuple(sorted(values))) for field, values in barred if values)


def _period(filters: Filters) -> tuple[Condition, ...]:
    limits: tuple[Condition, ...] = ()
    if filters.date_from is not None:
        limits += (AtLeast(AUTHORED_LAST, bounds(filters.date_from)[0]),)
    if filters.date_to is not None:
        limits += (AtMost(AUTHORED_FIRST, bounds(filters.date_to)[1]),)
    return limits


def _check_dates(filters: Filters) -> None:
    for date in (filters.date_from, filters.date_to):
        if date is not None and not is_clinical_time(date):
            raise UsageError("bad_date", value=date[:40])
