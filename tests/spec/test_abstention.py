"""What must be answered with which words, and what must not be answered at all: on every index and both
databases.

Each question that has no answer stands beside one that has, so that neither a system that always abstains
nor one that never does can pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rag.core.types import Answer, Done, Filters
from rag.home import OpenHome
from rag.pipeline import Question

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]


@dataclass(frozen=True)
class Asked:
    """``about`` is the patient, None for the literature; ``says`` is a word of the right answer, None where
    the record has none; ``never`` are words of somebody else's.
    """

    about: str | None
    question: str
    says: str | None
    never: tuple[str, ...] = ()


SPEC = [
    Asked("A", "Quel saignement pendant l'intervention ?", "350", ("800",)),
    Asked("B", "Quel saignement pendant l'intervention ?", "800", ("350",)),
    Asked("A", "Quelle antibioprophylaxie ?", "céfazoline", ("clindamycine",)),
    Asked("B", "Quelle antibioprophylaxie ?", "clindamycine", ("céfazoline",)),
    Asked("A", "Énoxaparine : quelle durée ?", "35 jours"),
    Asked("B", "Énoxaparine : quelle durée ?", None, ("35",)),
    Asked("B", "Pourquoi la clindamycine ?", "pénicilline"),
    Asked("A", "Pourquoi la clindamycine ?", None, ("pénicilline", "allergi")),
    Asked("B", "Le patient est-il allergique à la pénicilline ?", "pénicilline"),
    Asked("A", "Le patient est-il allergique à la pénicilline ?", None),
    Asked("A", "Quelle est la dernière créatinine ?", None),
    Asked("B", "Quel est le groupe sanguin ?", None),
    Asked(None, "Which dose of enoxaparin after hip replacement?", "4000 IU"),
    Asked(None, "Which dose of rivaroxaban after knee replacement?", None, ("4000",)),
]


def answered(home: OpenHome, row: Asked) -> Answer:
    if row.about is None:
        filters = Filters(patient_ids=frozenset())
    else:
        filters = Filters.for_patient(row.about, literature=False)
    *_, last = home.pipeline().stream(Question(row.question, filters=filters), use_llm=False)
    assert isinstance(last, Done)
    return last.answer


@pytest.mark.parametrize("row", SPEC, ids=lambda row: f"{row.about}: {row.question[:30]}")
def test_what_is_recorded_is_answered_and_what_is_not_is_refused(home: OpenHome, row: Asked) -> None:
    answer = answered(home, row)
    said = " ".join(claim.text for claim in answer.claims).lower()
    if row.says is None:
        assert answer.abstained, said
    else:
        assert row.says.lower() in said
    assert [word for word in row.never if word.lower() in said] == []
