"""What a record denies, doubts or ends is seen as such by the checks of an answer, in both languages."""

from __future__ import annotations

import pytest

from rag.answer.verify.guards import check
from rag.ingest.records.wording.denial import denied
from rag.messages import message


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        (denied("ruled_out", "Embolie pulmonaire", "fr"), "Le patient a une embolie pulmonaire."),
        (denied("absent", "Embolie pulmonaire", "fr"), "Le patient a une embolie pulmonaire."),
        (denied("suspected", "Embolie pulmonaire", "fr"), "Le patient a une embolie pulmonaire."),
        (denied("ruled_out", "Pulmonary embolism", "en"), "The patient has a pulmonary embolism."),
        (denied("absent", "Pulmonary embolism", "en"), "The patient has a pulmonary embolism."),
        (denied("suspected", "Cardiac amyloidosis", "en"), "The patient has cardiac amyloidosis."),
        (
            message("record.no_longer", "fr", what="Ramipril 5 mg", status="arrêté"),
            "Le patient prend du ramipril 5 mg.",
        ),
        (
            message("record.no_longer", "en", what="Ramipril 5 mg", status="stopped"),
            "The patient takes ramipril 5 mg.",
        ),
        (message("record.allergy_ruled_out", "fr", what="Iode"), "Le patient est allergique à l'iode."),
        (
            message("record.allergy_ruled_out", "en", what="iodine contrast"),
            "The patient is allergic to iodine contrast.",
        ),
        (message("record.not_done", "fr", what="IRM cardiaque"), "Une IRM cardiaque a été réalisée."),
        (message("record.not_given", "en", what="Enoxaparin 4000 IU"), "Enoxaparin 4000 IU was given."),
        (
            message("record.vaccine_not_given", "fr", what="Pneumocoque"),
            "Le vaccin contre le pneumocoque a été fait.",
        ),
        (message("record.do_not_give", "fr", what="AINS"), "Le patient reçoit des AINS."),
        (
            message("record.family_of", "fr", who="père") + " Infarctus du myocarde",
            "Le patient a eu un infarctus du myocarde.",
        ),
    ],
)
def test_a_claim_against_a_denial_is_found(line: str, claim: str) -> None:
    assert check(line, claim), line


def test_a_denial_reads_as_a_sentence_would() -> None:
    assert denied("ruled_out", "Embolie pulmonaire", "fr") == "Pas d'embolie pulmonaire (diagnostic écarté)"
    assert denied("absent", "BPCO", "fr") == "Absence de BPCO (donnée codée)"
    assert denied("suspected", "HTA", "en") == "Suspected HTA, not confirmed"
