"""Facts of running text: what each kind reads, and what is never taken for a fact of the patient."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.clinical.facts import extract
from rag.core.facts import Fact

DAY = "2026-03-20"
_PIECES = (
    "Pas de;HTA;K+;4,2;mmol/L;mère :;le 12/03;31/02/2026;arrêt de;metformine;1 g;allergie à;?;si;\n;|;["
    " ];→;non;J2;no;fever;droite;(;);: ;, ;TA 12/8;∑;é;0;PTH;dr"
).split(";")


def _facts(text: str, kind: str = "", language: str = "fr", note: str = "") -> list[Fact]:
    found = extract(text, language=language, authored_at=DAY, kind=note)
    return [fact for fact in found if not kind or fact.kind == kind]


def _one(text: str, kind: str, language: str = "fr", note: str = "") -> Fact:
    (fact,) = _facts(text, kind, language, note)
    return fact


@contextmanager
def _failing_on_errors() -> Iterator[None]:
    """Make a rule that fails on a text fail the test too: outside it costs no more than the facts of its
    kind.
    """
    handler = _Raising(level=logging.ERROR)
    logger = logging.getLogger("rag.clinical.facts")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Raising(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage())


def _day(fact: Fact) -> str | None:
    return None if fact.at is None else fact.at.start


def test_value_unit_and_quote_of_a_result() -> None:
    fact = _one("Créatinine : 134 µmol/L le 12/03/2026.", "lab")
    assert (fact.concept, fact.value, fact.unit, fact.value_text, _day(fact)) == (
        "creatinine",
        134.0,
        "umol/L",
        "134 µmol/L",
        "2026-03-12",
    )
    assert (fact.status, fact.source, fact.doc_id) == ("final", "narrative", "")


@pytest.mark.parametrize(
    ("written", "value"),
    [("4,2", 4.2), ("4.2", 4.2), ("<0,01", 0.01), ("1.234,5", 1234.5), ("1 250", 1250.0)],
)
def test_number_is_read_as_french_writes_it(written: str, value: float) -> None:
    assert _one(f"Ferritine {written} µg/L", "lab").value == value


def test_comparator_is_kept() -> None:
    fact = _one("Troponine < 5 ng/L", "lab")
    assert (fact.comparator, fact.value) == ("<", 5.0)


def test_series_by_arrow_dates_the_last_value_only() -> None:
    first, last = _facts("Créatinine 92 → 134 µmol/L le 12/03", "lab")
    assert (first.value, first.unit, first.at) == (92.0, "umol/L", None)
    assert (last.value, _day(last)) == (134.0, "2026-03-12")


def test_table_with_a_date_a_column_dates_each_value() -> None:
    table = (
        "| Examen | 10/03/2026 | 12/03/2026 | Unité | Normes |\n|---|---|---|---|---|\n| Créat | 92 | 134 |"
        " µmol/L | 60 - 110 |"
    )
    first, last = _facts(table, "lab")
    assert [(fact.value, fact.unit, _day(fact)) for fact in (first, last)] == [
        (92.0, "umol/L", "2026-03-10"),
        (134.0, "umol/L", "2026-03-12"),
    ]
    assert (first.details["interpretation"], last.details["interpretation"]) == ("N", "H")


def test_table_with_a_row_a_date_dates_each_value() -> None:
    table = "| Date | Hb (g/dL) |\n|---|---|\n| 10/03/2026 | 9,8 |\n| 12/03/2026 | 10,2 |"
    assert [(fact.value, _day(fact)) for fact in _facts(table, "lab")] == [
        (9.8, "2026-03-10"),
        (10.2, "2026-03-12"),
    ]


def test_earlier_column_of_a_laid_out_report_keeps_its_own_day() -> None:
    report = (
        "Prélevé le : 18/03/2026\nANALYSE          RESULTAT     UNITE      ANTERIEUR\n                       "
        "                  01/03/2026\nPotassium        4,1          mmol/L     4,3\n"
    )
    assert [(fact.value, _day(fact)) for fact in _facts(report, "lab")] == [
        (4.1, "2026-03-18"),
        (4.3, "2026-03-01"),
    ]


def test_blood_pressure_gives_both_pressures_and_centimetres_are_converted() -> None:
    assert [(fact.concept, fact.value) for fact in _facts("TA 12/8", "vital")] == [
        ("systolic_pressure", 120.0),
        ("diastolic_pressure", 80.0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Objectif INR 2-3.",
        "Si K+ > 5,5 mmol/L, arrêter.",
        "Transfuser si Hb < 7 g/dL.",
        "Donneur : créatinine 90 µmol/L.",
        "Mère : Hb 9,8 g/dL.",
        "Cible : HbA1c 7 %.",
        "Plaquettes < 100 G/L : appeler.",
        "Baisse de l'hémoglobine de 2 g/dL.",
    ],
)
def test_limits_aims_and_other_persons_give_no_result(text: str) -> None:
    assert _facts(text, "lab") == []


def test_unfit_sample_is_unusable() -> None:
    assert _one("Potassium 6,2 mmol/L (prélèvement hémolysé)", "lab").status == "unusable"
    assert _one("Potassium : hémolysé", "lab").status == "unusable"


@pytest.mark.parametrize("text", ["Créatinine 12 mmol/L", "Température 372 °C", "Poids 8800 kg"])
def test_impossible_value_is_unconfirmed(text: str) -> None:
    (fact,) = [fact for fact in _facts(text) if fact.kind in ("lab", "vital")]
    assert fact.status == "unconfirmed"
    assert fact.confidence < 0.5


@pytest.mark.parametrize("text", ["Hb 9,8 g/dL le 31/02/2026", "Hb 9,8 g/dL le 12/08/2026"])
def test_day_that_no_calendar_has_or_that_lies_ahead_gives_no_time(text: str) -> None:
    fact = _one(text, "lab")
    assert fact.at is None
    assert fact.confidence < 0.9


def test_undated_value_of_a_letter_is_not_dated_with_the_letter() -> None:
    assert _one("Évolution favorable. CRP 12 mg/L.", "lab", note="discharge_letter").at is None


@pytest.mark.parametrize(
    ("text", "status", "dose"),
    [
        ("Arrêt du bisoprolol 2,5 mg.", "stopped", "2,5 mg"),
        ("Bisoprolol 2,5 mg arrêté le 12/03/2026.", "stopped", "2,5 mg"),
        ("Introduction de furosémide 40 mg.", "started", "40 mg"),
        ("Furosémide augmenté de 40 à 80 mg.", "changed", "80 mg"),
        ("Poursuite de la metformine 1000 mg.", "continued", "1000 mg"),
        ("Apixaban 5 mg à débuter demain.", "planned", "5 mg"),
        ("Ne pas donner d'ibuprofène.", "not_to_give", ""),
        ("A reçu ceftriaxone 1 g IV.", "given", "1 g"),
        ("Le bisoprolol n'a pas été arrêté.", "continued", ""),
        ("En cas de saignement, arrêter l'apixaban.", "planned", ""),
    ],
)
def test_what_becomes_of_a_drug(text: str, status: str, dose: str) -> None:
    fact = _one(text, "drug")
    assert (fact.status, fact.details.get("dose", "")) == (status, dose)


def test_drug_has_old_dose_reason_route_and_frequency() -> None:
    assert _one("Furosémide augmenté de 40 à 80 mg.", "drug").details["old_dose"] == "40 mg"
    assert _one("Metformine arrêtée pour insuffisance rénale.", "drug").reason == "insuffisance rénale"
    details = _one("Paracétamol 1 g IV x 4/j pendant 5 jours", "drug").details
    assert (details["route"], details["frequency"], details["duration"]) == ("IV", "x 4/j", "pendant 5 jours")


def test_entry_that_says_two_things_of_a_drug_gives_both_with_their_days() -> None:
    stopped, started = _facts("Ramipril arrêté le 03/03/2026, repris à 2,5 mg le 08/03/2026.", "drug")
    assert (stopped.status, _day(stopped), stopped.details.get("dose")) == ("stopped", "2026-03-03", None)
    assert (started.status, _day(started), started.details["dose"]) == ("started", "2026-03-08", "2,5 mg")


def test_cue_at_the_end_of_a_list_of_drugs_speaks_of_all() -> None:
    assert [fact.status for fact in _facts("Metformine et gliclazide arrêtés.", "drug")] == [
        "stopped",
        "stopped",
    ]
    assert [fact.status for fact in _facts("Périndopril, amlodipine maintenue.", "drug")] == ["", "continued"]


def test_given_before_an_illness_is_a_reason() -> None:
    assert _one("Hold lisinopril given acute kidney injury.", "drug", "en").status == "stopped"


def test_strength_of_two_substances_is_kept_whole() -> None:
    fact = _one("Sacubitril/valsartan 24/26 mg matin et soir", "drug")
    assert (fact.value_text, fact.value, fact.unit) == ("24/26 mg", None, "")


def test_each_value_of_a_series_has_the_day_beside_it() -> None:
    values = _facts("Créatinine : 156 → 120 (05/03/2026) → 92 µmol/L (08/03/2026)", "lab")
    assert [(fact.value, _day(fact)) for fact in values] == [
        (156.0, None),
        (120.0, "2026-03-05"),
        (92.0, "2026-03-08"),
    ]


def test_examination_on_arrival_in_a_letter_has_the_day_of_admission() -> None:
    text = "Hospitalisé du 10/03/2026 au 16/03/2026.\n\nExamen à l'entrée : FC 112/min."
    assert _day(_one(text, "vital", note="discharge_letter")) == "2026-03-10"


def test_abbreviation_of_what_is_breathed_is_no_illness() -> None:
    assert _facts("SpO2 96% RA.", "condition", "en") == []


def test_denied_drug_is_not_taken() -> None:
    assert _one("Pas d'anticoagulant.", "drug").assertion == "negated"


@pytest.mark.parametrize(
    ("text", "status", "assertion"),
    [
        ("Allergie à la pénicilline", "present", "present"),
        ("Allergies : aucune connue", "documented_absent", "negated"),
        ("Pas d'allergie au latex", "documented_absent", "negated"),
        ("Tolère bien l'amoxicilline", "documented_absent", "negated"),
        ("Allergie à l'aspirine ? à explorer", "unconfirmed", "hypothesis"),
    ],
)
def test_allergy_is_present_absent_or_unconfirmed(text: str, status: str, assertion: str) -> None:
    fact = _one(text, "allergy")
    assert (fact.status, fact.assertion) == (status, assertion)


def test_allergy_label_that_was_removed_is_documented_absent() -> None:
    assert (
        _one("Penicillin allergy label removed after negative challenge.", "allergy", "en").status
        == "documented_absent"
    )


@pytest.mark.parametrize("text", ["K           hémolysé", "Prélèvement hémolysé."])
def test_word_for_an_unfit_sample_is_no_illness(text: str) -> None:
    assert _facts(text, "condition") == []


def test_no_allergy_beside_a_named_one_is_doubtful() -> None:
    facts = _facts("Allergies : aucune connue.\nAllergie à la pénicilline (urticaire).", "allergy")
    assert {fact.concept: fact.confidence >= 0.5 for fact in facts} == {"allergy": False, "penicillin": True}


def test_reaction_and_intolerance_are_told() -> None:
    assert _one("Allergie à la pénicilline (urticaire)", "allergy").details["reaction"] == "urticaire"
    assert _one("Intolérance digestive à la codéine", "allergy").details["type"] == "intolerance"


def test_family_is_kept_apart_from_the_patient() -> None:
    text = "Mère : cancer du sein à 45 ans. La patiente a une HTA."
    family = _one(text, "family")
    assert (family.assertion, family.details) == ("family", {"relation": "mother", "age": "45"})
    assert [fact.concept for fact in _facts(text, "condition")] == ["hypertension"]


def test_block_of_another_patient_is_doubtful() -> None:
    first = "Patient : DUPONT Jean, né le 01/02/1950\nHTA traitée.\n\n"
    text = first + "Patient : MARTIN Paul, né le 03/04/1960\nMetformine 1 g x 3/j\nCréatinine 450 µmol/L"
    facts = _facts(text)
    assert [fact.concept for fact in facts if fact.confidence >= 0.5] == ["hypertension"]
    assert {fact.concept for fact in facts if fact.confidence < 0.5} >= {"metformin", "creatinine"}


def test_list_of_several_patients_by_bed_is_doubtful() -> None:
    facts = _facts(
        "Chambre 12 : M. DUPONT : HTA, K 4,2 mmol/L\nChambre 13 : Mme MARTIN : diabète, metformine 1 g"
    )
    assert len(facts) >= 4
    assert all(fact.confidence < 0.5 for fact in facts)


@pytest.mark.parametrize(
    "text",
    [
        "Creatinine l34 umol/L",
        "K+ 4.,2 mmol/L",
        "Hb 9,8,7 g/dL",
        "TA 1 2 8/76",
        "INR 2-3",
        "Na 13B",
        "CRP 12/03",
        "Créatinine = mmol",
    ],
)
def test_number_that_cannot_be_read_gives_no_value(text: str) -> None:
    assert all(
        fact.value is None or fact.confidence < 0.5 for fact in _facts(text) if fact.kind in ("lab", "vital")
    )


@pytest.mark.parametrize("text", ["IVG en 2010.", "IRA."])
def test_abbreviation_of_several_meanings_never_answers_alone(text: str) -> None:
    assert all(fact.confidence < 0.5 and fact.status == "unconfirmed" for fact in _facts(text, "condition"))


def test_stay_and_appointment() -> None:
    text = "Hospitalisé du 10/03/2026 au 16/03/2026. Revoir en consultation le 20/04/2026."
    stay = _one(text, "encounter")
    assert stay.at is not None
    assert (stay.at.start, stay.at.end) == ("2026-03-10", "2026-03-16")
    assert _day(_one(text, "appointment")) == "2026-04-20"


def test_act_device_side_and_time() -> None:
    act = _one("PTH gauche le 10/03/2026 par voie postérieure.", "procedure")
    assert (act.status, act.side, _day(act), act.details["approach"]) == (
        "done",
        "left",
        "2026-03-10",
        "voie postérieure",
    )
    assert _one("Coloscopie prévue le 15/04/2026.", "procedure").status == "planned"
    assert _one("IRM annulée.", "procedure").status == "cancelled"
    assert _one("Sonde urinaire retirée ce jour.", "device").status == "removed"


def test_tobacco_that_ended_is_past() -> None:
    fact = _one("Tabac : 20 PA, sevré en 2010.", "lifestyle")
    assert (fact.assertion, fact.details) == (
        "history",
        {
            "state": "former",
            "pack_years": "20",
            "quit": "2010",
        },
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(_PIECES) | st.text(max_size=12),
        max_size=30,
    ),
    st.sampled_from(["fr", "en", "xx"]),
    st.sampled_from([None, "2026-03-20", "2026", "garbage", "0001-01-01", "9999-12-31"]),
)
def test_any_text_gives_exact_quotes_unique_ids_and_no_error(
    parts: list[str], language: str, day: str | None
) -> None:
    text = " ".join(parts)
    with _failing_on_errors():
        facts = extract(text, language=language, authored_at=day)
    assert all(0 <= start < end <= len(text) for fact in facts for start, end in fact.spans)
    assert len({fact.fact_id for fact in facts}) == len(facts)
    assert all(0 <= fact.confidence <= 1 for fact in facts)


def test_no_rule_fails_silently_on_odd_text(caplog: pytest.LogCaptureFixture) -> None:
    for text in (
        "",
        " ",
        "|",
        "||||\n|",
        "K",
        "?",
        "\x00",
        "Pas de",
        "12/03/",
        "TA /",
        "J",
        "a" * 5000,
        "- " * 500,
        "(" * 300,
    ):
        extract(text, authored_at=DAY)
    assert caplog.records == []
