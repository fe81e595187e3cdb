"""One answer speaks of one patient at most.

A question asked without a patient may find the records of several. Mixing them, or picking one silently when
another fits as well, could put one patient's facts into another's answer; so the evidence is cut to one
patient who is named or clearly stands out, or refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.clinical.persons import named_in, person_names
from rag.core.types import Notice, ScoredPassage
from rag.retrieve.tuning import tuning


@dataclass(frozen=True, slots=True)
class PatientChoice:
    """The hits that may be used together, the patient they speak of, and a notice. ``clear`` is false where
    none can be chosen.
    """

    hits: tuple[ScoredPassage, ...]
    patient_id: str | None = None
    notice: Notice | None = None
    clear: bool = True


def named_patients(question: str, patient_ids: Iterable[str]) -> frozenset[str]:
    """Return the patients whose identifier stands as a word in the question, whatever its case."""
    folded = question.casefold()
    return frozenset(
        known
        for known in patient_ids
        if re.search(rf"(?<![\w-]){re.escape(known.casefold())}(?![\w-])", folded)
    )


def names_of(hits: Sequence[ScoredPassage]) -> frozenset[str]:
    """Return the names of persons that the passages and their titles speak of."""
    return person_names(
        f"{hit.passage.title}\n{hit.passage.text}" for hit in hits if hit.passage.patient_id is not None
    )


def choose_patient(question: str, hits: Sequence[ScoredPassage]) -> PatientChoice:
    """Cut ranked hits (fused score, highest first) to one patient: the one whose name the question holds,
    else who clearly stands out.
    """
    owned = [hit for hit in hits if hit.passage.patient_id is not None]
    if not owned:
        return PatientChoice(())
    bearers = {hit.passage.patient_id for hit in owned if named_in(question, names_of([hit]))}
    chosen = next(iter(bearers)) if len(bearers) == 1 else _standing_out(owned) if not bearers else None
    if chosen is None:
        return PatientChoice(tuple(owned), notice="several_patients", clear=False)
    return PatientChoice(tuple(hit for hit in owned if hit.passage.patient_id == chosen), chosen)


def _standing_out(owned: Sequence[ScoredPassage]) -> str | None:
    best: dict[str, float] = {}
    for hit in owned:
        best.setdefault(hit.passage.patient_id or "", hit.score)
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    margin = tuning().patients.clear_margin
    return ranked[0][0] if len(ranked) == 1 or ranked[1][1] <= margin * ranked[0][1] else None
