"""Which questions or pairs of a set are taken: a fixed sample, or every question put to every other patient's
record.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from eval.datasets.questions import EvalQuestion

_T = TypeVar("_T")
SEED = 20_260_101
"""Of every draw, so that the same items are taken every time."""
ANYBODY = "anybody"
"""Marks a question asked without a patient in the filters."""


def sampled(items: Sequence[_T], count: int | None) -> list[_T]:
    """Return ``count`` items drawn without favour, the same every time, in their order; all of them when
    None.
    """
    if count is None or count >= len(items):
        return list(items)
    chosen = sorted(random.Random(SEED).sample(range(len(items)), count))  # noqa: S311
    return [items[place] for place in chosen]


def crossed(questions: Sequence[EvalQuestion]) -> list[EvalQuestion]:
    """Return every question about a patient, asked of each other patient's record and of nobody's in
    particular.

    What the answer should say is not known then, so the gold is dropped: what must hold is that nobody else's
    record is shown.
    """
    patients = sorted({question.patient_id for question in questions if question.patient_id is not None})
    about = [question for question in questions if question.patient_id is not None]
    return [
        _asked_of(question, other)
        for question in about
        for other in [*patients, None]
        if other != question.patient_id
    ]


def _asked_of(question: EvalQuestion, other: str | None) -> EvalQuestion:
    bare = EvalQuestion(
        f"{question.id}@{other or ANYBODY}", question.text, question.language, patient_id=other
    )
    return replace(bare, slices=(("asked_of", "another_patient" if other else ANYBODY),))
