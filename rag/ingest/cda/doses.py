"""Doses of CDA medicines in words: amount, limit, rate, and how often."""

from __future__ import annotations

from rag.ingest.cda.values import NarrativeIds, limits, type_of
from rag.ingest.records.facts import Measured, measured
from rag.ingest.records.wording.units import unit_in_words
from rag.ingest.records.xml import Element, child, children, value_at
from rag.messages import catalogue, message


def dose_in_words(found: Element, names: NarrativeIds) -> str:
    """Return the dose, what it must not exceed, and its rate."""
    parts = [_amount(child(found, "doseQuantity"), names.language)]
    most = names.value(child(found, "maxDoseQuantity"))
    parts.append(message("record.max_dose", names.language, dose=most) if most else "")
    rate = _amount(child(found, "rateQuantity"), names.language)
    parts.append(message("record.at_rate", names.language, rate=rate) if rate else "")
    return ", ".join(filter(None, parts))


def _amount(element: Element | None, language: str) -> str:
    if element is None:
        return ""
    if element.get("value"):
        unit = unit_in_words(element.get("unit") or "")
        return f"{element.get('value')} {unit}".strip()
    return limits(element, language)


def number_of_dose(found: Element) -> Measured:
    """Return the dose as a number with its unit."""
    dose = child(found, "doseQuantity")
    return (
        measured(dose.get("value") or "", dose.get("unit") or "")
        if dose is not None and dose.get("value")
        else Measured()
    )


def frequency(found: Element, language: str) -> str:
    """Return how often a medicine is taken: every so many hours (PIVL), or at an event of the day (EIVL)."""
    parts = []
    for time in children(found, "effectiveTime"):
        kind = type_of(time)
        if kind == "PIVL_TS" or child(time, "period") is not None:
            parts.append(_period(child(time, "period"), language))
        elif kind == "EIVL_TS":
            code = value_at(time, "code", "event")
            parts.append(catalogue(language).get(f"when.{code.lower()}", code))
    return ", ".join(filter(None, parts))


def _period(period: Element | None, language: str) -> str:
    if period is None:
        return ""
    shown = _amount(period, language)
    unit = period.get("unit") or ""
    if period.get("value"):
        one, _, many = catalogue(language).get(f"duration.{unit}", unit).partition("|")
        shown = f"{period.get('value')} {one if period.get('value') in ('0', '1') or not many else many}"
    return message("record.every", language, time=shown) if shown else ""
