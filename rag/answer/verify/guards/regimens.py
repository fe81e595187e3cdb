"""Guard: how often. The frequency that the claim gives must be the premise's, for the same dose.

``40 mg deux fois par jour`` is neither ``40 mg par jour`` nor ``40 mg trois fois par jour``; it is ``80 mg
par jour en deux prises``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rag.answer.verify.guards.finding import Finding
from rag.clinical.measures.quantities import Quantity
from rag.clinical.measures.units import DOSES

_REACH = 40


@dataclass(frozen=True, slots=True)
class _Regimen:
    """A frequency with the dose it follows, if any."""

    frequency: Quantity
    dose: Quantity | None

    @property
    def per_day(self) -> Fraction:
        return next(
            value for reading in self.frequency.readings for value in reading if isinstance(value, Fraction)
        )

    @property
    def is_counted(self) -> bool:
        return self.frequency.required


def check_regimens(
    premise: Sequence[Quantity], claim: Sequence[Quantity], premise_text: str, claim_text: str
) -> list[Finding]:
    """Return the frequencies of the claim that the premise lacks or gives otherwise."""
    given = _regimens(premise, premise_text)
    findings = []
    for regimen in _regimens(claim, claim_text):
        finding = _compare(regimen, given, claim_text[regimen.frequency.start : regimen.frequency.end])
        if finding is not None:
            findings.append(finding)
    return findings


def _regimens(quantities: Sequence[Quantity], text: str) -> list[_Regimen]:
    doses = [quantity for quantity in quantities if quantity.kind == "number" and quantity.dimension in DOSES]
    found = []
    for frequency in (quantity for quantity in quantities if quantity.kind == "frequency"):
        before = [
            dose
            for dose in doses
            if dose.end <= frequency.start <= dose.end + _REACH
            and ". " not in text[dose.end : frequency.start]
        ]
        found.append(_Regimen(frequency, before[-1] if before else None))
    return found


def _compare(ours: _Regimen, given: Sequence[_Regimen], written: str) -> Finding | None:
    span = (ours.frequency.start, ours.frequency.end)
    if any(_agree(ours, theirs) for theirs in given):
        return None
    same_dose = [
        theirs for theirs in given if ours.dose and theirs.dose and _same_dose(ours.dose, theirs.dose)
    ]
    if same_dose or (given and ours.is_counted):
        return Finding("frequency", span, f"{written}: the premise gives another frequency", "contradiction")
    if ours.is_counted:
        return Finding("frequency", span, f"{written}: no frequency in the premise", "unsupported")
    return (
        Finding("frequency", span, f"{written}: no such frequency in the premise", "doubt")
        if ours.dose
        else None
    )


def _agree(ours: _Regimen, theirs: _Regimen) -> bool:
    same_rate = ours.per_day == theirs.per_day
    if ours.dose is None or theirs.dose is None:
        return same_rate or (ours.dose is None and not ours.is_counted and ours.per_day <= theirs.per_day)
    if same_rate and _same_dose(ours.dose, theirs.dose):
        return True
    is_daily_total = not (ours.is_counted and theirs.is_counted)
    return (
        is_daily_total and ours.dose.dimension == theirs.dose.dimension and _per_day(ours) == _per_day(theirs)
    )


def _same_dose(first: Quantity, second: Quantity) -> bool:
    return first.dimension == second.dimension and not first.values.isdisjoint(second.values)


def _per_day(regimen: _Regimen) -> Fraction:
    return min(regimen.dose.values) * regimen.per_day if regimen.dose else Fraction(0)
