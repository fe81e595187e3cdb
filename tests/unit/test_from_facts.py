"""Answers computed from facts: values of their own day, drugs as they stand now, contradiction told from
change, silence from absence.
"""

from __future__ import annotations

from rag.core.facts import Period
from tests.unit.facts_of_record import answers, fact, lab, record, said, status

CREATININE = (
    lab("creatinine", 96, "umol/L", "2025-11-12", recorded="2025-11-18"),
    lab("creatinine", 101, "umol/L", "2026-02-09", recorded="2026-02-10"),
    lab("creatinine", 112, "umol/L", "2026-05-18", recorded="2026-05-21"),
)
OPERATION = fact(
    "procedure", "total_hip_arthroplasty", "Prothèse totale de hanche", side="right", at="2026-03-12",
    status="done",
    details={"approach": "voie de Moore", "operator": "Dr K."},
)  # fmt: skip


# --- values


def test_the_last_value_is_that_of_the_latest_day_with_its_date() -> None:
    assert (
        said("Dernière créatinine ?", record(*CREATININE))
        == "Créatinine, dernière valeur : 112 µmol/L le 18 mai 2026."
    )


def test_a_value_is_written_in_the_language_of_the_question() -> None:
    potassium = record(lab("potassium", 4.7, "mmol/L", "2026-05-18"))
    assert said("kaliémie ?", potassium) == "Potassium : 4,7 mmol/L le 18 mai 2026."
    assert (
        said("What is the last potassium?", potassium) == "Potassium, last value: 4.7 mmol/L on 18 May 2026."
    )


def test_a_value_repeated_in_a_letter_is_one_value_cited_where_it_was_first_written() -> None:
    repeated = lab("creatinine", 112, "umol/L", "2026-05-18", recorded="2026-06-30", doc="letter")
    (answer,) = answers("créat ?", record(*CREATININE, repeated))
    assert [f.doc_id for f in answer.statements[0].facts] == ["doc-2026-05-21"]
    assert said(
        "combien de fois la créatinine a-t-elle été dosée ?", record(*CREATININE, repeated)
    ).startswith("Créatinine, 3 valeurs")


def test_a_haemolysed_result_is_no_value_even_if_it_is_the_last() -> None:
    of = record(
        lab("potassium", 4.9, "mmol/L", "2026-09-21"),
        lab("potassium", 6.2, "mmol/L", "2026-09-22", status="unusable", reason="échantillon hémolysé"),
    )
    lines = said("Dernière kaliémie ?", of)
    assert lines.startswith("Potassium, dernière valeur : 4,9 mmol/L le 21 septembre 2026.")
    assert "6,2 mmol/L le 22 septembre 2026, résultat déclaré ininterprétable" in lines


def test_an_unusable_result_of_before_is_not_mentioned() -> None:
    of = record(
        lab("potassium", 6.2, "mmol/L", "2026-09-22", status="unusable"),
        lab("potassium", 4.9, "mmol/L", "2026-09-23")
    )  # fmt: skip
    assert "6,2" not in said("Dernière kaliémie ?", of)


def test_a_corrected_result_replaces_the_first_of_its_day() -> None:
    of = record(
        lab("sodium", 152, "mmol/L", "2026-04-02", doc="first"),
        lab("sodium", 142, "mmol/L", "2026-04-02", doc="second", status="corrected"),
    )
    assert said("natrémie ?", of) == "Sodium : 142 mmol/L le 2 avril 2026."


def test_two_documents_that_give_two_values_for_one_day_contradict() -> None:
    of = record(
        lab("haemoglobin", 9.1, "g/dL", "2026-04-22", doc="lab", recorded="2026-04-22"),
        lab("haemoglobin", 9.7, "g/dL", "2026-04-22", doc="letter", recorded="2026-04-24"),
    )
    assert status("Hb ?", of) == "contradictory"
    assert "9,1 g/dL ou 9,7 g/dL" in said("Hb ?", of)


def test_a_value_is_looked_for_on_the_day_asked_and_nowhere_else() -> None:
    of = record(*CREATININE)
    assert said("créatinine en février 2026 ?", of) == "Créatinine : 101 µmol/L le 9 février 2026."
    (answer,) = answers("créatinine en mars 2026 ?", of)
    assert (answer.status, answer.is_certain, answer.statements) == ("not_found", True, ())
    assert answer.near_misses[0].value == 101  # 9 February is nearer to March than 18 May


def test_a_date_without_a_year_is_that_of_the_record() -> None:
    assert "101" in said("créatinine le 9 février ?", record(*CREATININE))


def test_before_the_operation_is_the_last_value_before_it() -> None:
    assert (
        said("créatinine avant l'intervention ?", record(*CREATININE, OPERATION))
        == "Créatinine : 101 µmol/L le 9 février 2026."
    )


def test_days_after_the_operation_are_counted_from_it() -> None:
    of = record(
        OPERATION,
        lab("haemoglobin", 10.2, "g/dL", "2026-03-13"),
        lab("haemoglobin", 9.4, "g/dL", "2026-03-15"),
    )
    assert said("Hb à J3 ?", of) == "Hémoglobine : 9,4 g/dL le 15 mars 2026."


def test_a_rise_is_told_with_its_ends_and_what_lies_between() -> None:
    lines = said("La créatinine a-t-elle augmenté entre novembre 2025 et mai 2026 ?", record(*CREATININE))
    assert (
        lines == "Oui. Créatinine : a augmenté de 96 µmol/L le 12 novembre 2025 à 112 µmol/L le 18 mai 2026. "
        "Entre les deux : 101 µmol/L le 9 février 2026."
    )


def test_a_rise_answers_no_to_did_it_fall() -> None:
    assert said("Did creatinine fall?", record(*CREATININE)).startswith("No. Creatinine: rose from 96")


def test_units_are_brought_together_before_they_are_compared() -> None:
    # 12 mg/L of creatinine are 106 µmol/L: more than 96, though 12 is less.
    of = record(CREATININE[0], lab("creatinine", 12, "mg/L", "2026-06-01"))
    assert "a augmenté de 96 µmol/L" in said("évolution de la créatinine", of)


def test_one_value_makes_no_course() -> None:
    assert status("évolution de la créatinine", record(CREATININE[0])) == "partial"


def test_a_value_read_from_a_poor_scan_never_answers_alone() -> None:
    assert (
        status("créat ?", record(lab("creatinine", 700, "umol/L", "2026-05-18", confidence=0.3)))
        == "not_found"
    )


def test_a_value_of_a_relative_is_no_value_of_the_patient() -> None:
    assert (
        status("créat ?", record(lab("creatinine", 400, "umol/L", "2026-05-18", assertion="family")))
        == "not_found"
    )


# --- treatments

FUROSEMIDE = (
    fact(
        "drug", "furosemide", "Furosémide", text="40 mg par jour", recorded="2025-11-18", status="continued"
    ),
    fact(
        "drug",
        "furosemide",
        "Furosémide",
        text="80 mg par jour",
        at="2026-02-10",
        status="changed",
        reason="prise de poids",
    ),
    fact("drug", "furosemide", "Furosémide", text="60 mg par jour", at="2026-05-21", status="changed"),
)
METFORMIN = (
    fact(
        "drug",
        "metformin",
        "Metformine",
        text="500 mg matin et soir",
        at=Period("2025-11-27", None),
        status="changed",
    ),
    fact(
        "drug",
        "metformin",
        "Metformine",
        at="2026-09-23",
        recorded="2026-10-27",
        status="stopped",
        reason="DFG inférieur à 30",
    ),
)


def test_the_current_dose_is_the_latest_and_no_older_one_is_said() -> None:
    lines = said("dose actuelle de furosémide ?", record(*FUROSEMIDE))
    assert "60 mg" in lines
    assert "80 mg" not in lines
    assert "40 mg" not in lines


def test_a_stopped_drug_is_not_taken_whatever_was_written_before() -> None:
    continued = fact("drug", "metformin", "Metformine", recorded="2026-08-01", status="continued")
    lines = said("Prend-elle encore de la metformine ?", record(*METFORMIN, continued))
    assert lines == "Non. Metformine : arrêt le 23 septembre 2026 (motif : DFG inférieur à 30)."


def test_yes_to_a_drug_says_that_a_record_is_no_proof() -> None:
    assert said("Prend-elle du furosémide ?", record(*FUROSEMIDE)).startswith(
        "Oui. Furosémide : 60 mg par jour"
    )
    assert "preuve de prise" in said("Prend-elle du furosémide ?", record(*FUROSEMIDE))


def test_the_treatment_lists_what_is_taken_and_leaves_out_what_was_stopped_planned_or_over() -> None:
    of = record(
        *FUROSEMIDE,
        *METFORMIN,
        fact(
            "drug",
            "enoxaparin",
            "Énoxaparine",
            text="4000 UI",
            at=Period("2026-01-01", "2026-02-04"),
            status="started",
        ),
        fact("drug", "ramipril", "Ramipril", text="5 mg", recorded="2026-10-27", status="planned"),
    )
    lines = said("traitement actuel ?", of)
    assert "Furosémide : 60 mg par jour" in lines
    assert not any(name in lines for name in ("Metformine", "Énoxaparine", "Ramipril"))


def test_doses_are_told_in_time_with_their_reasons() -> None:
    lines = said("La dose de furosémide a-t-elle changé ?", record(*FUROSEMIDE))
    assert lines.index("40 mg") < lines.index("80 mg") < lines.index("60 mg")
    assert "(motif : prise de poids)" in lines


def test_why_a_drug_was_stopped() -> None:
    (answer,) = answers("Pourquoi la metformine a-t-elle été arrêtée ?", record(*METFORMIN))
    (line,) = answer.statements
    assert line.text.startswith("Metformine : arrêt le 23 septembre 2026.")
    assert line.is_quoted  # the document's own sentence, with its reason, follows


def test_why_without_a_documented_reason_is_partly_answered() -> None:
    of = record(fact("drug", "metformin", "Metformine", at="2026-09-23", status="stopped"))
    assert status("Pourquoi la metformine a-t-elle été arrêtée ?", of) == "partial"


def test_until_when_a_drug_is_given() -> None:
    of = record(
        fact(
            "drug",
            "enoxaparin",
            "Énoxaparine",
            text="4000 UI par jour",
            at=Period("2026-03-12", "2026-04-16"),
            status="started",
        )
    )
    assert (
        said("Jusqu'à quand l'énoxaparine ?", of) == "Énoxaparine : 4000 UI par jour jusqu'au 16 avril 2026."
    )


def test_the_treatment_at_discharge_is_that_of_the_letter() -> None:
    of = record(
        fact(
            "drug",
            "ramipril",
            "Ramipril",
            text="5 mg",
            recorded="2026-06-07",
            doc="entry",
            status="continued",
        ),
        fact(
            "drug",
            "bisoprolol",
            "Bisoprolol",
            text="2,5 mg",
            recorded="2026-06-12",
            doc="letter",
            status="continued",
        ),
        kinds={"entry": "admission_note", "letter": "discharge_letter"},
    )
    lines = said("Quel est le traitement de sortie ?", of)
    assert "Bisoprolol" in lines
    assert "Ramipril" not in lines


# --- allergies


def allergy(concept: str, label: str, recorded: str, **more: object):  # type: ignore[no-untyped-def]
    return fact("allergy", concept, label, recorded=recorded, **{"status": "present", **more})  # type: ignore[arg-type]


def test_allergies_are_listed_with_reaction() -> None:
    of = record(allergy("amoxicillin", "amoxicilline", "2026-01-02", details={"reaction": "urticaire"}))
    assert said("Allergies ?", of).startswith(
        "Allergie ou intolérance documentée : amoxicilline, réaction : urticaire"
    )


def test_an_allergy_to_a_drug_is_one_to_its_class() -> None:
    of = record(allergy("amoxicillin", "amoxicilline", "2026-01-02"))
    assert said("Est-il allergique aux pénicillines ?", of).startswith("Oui.")


def test_another_allergy_is_neither_yes_nor_no() -> None:
    (answer,) = answers(
        "Est-il allergique au latex ?", record(allergy("amoxicillin", "amoxicilline", "2026-01-02"))
    )
    assert answer.status == "not_found"
    assert [near.label for near in answer.near_misses] == ["amoxicilline"]


def test_a_documented_absence_answers_no() -> None:
    of = record(fact("allergy", "allergy", "allergie", recorded="2026-01-02", status="documented_absent"))
    assert said("Est-il allergique ?", of).startswith("Non. Absence d'allergie documentée")
    assert status("Allergies ?", record(*CREATININE)) == "not_found"


def test_an_allergy_and_its_denial_contradict_and_both_are_shown() -> None:
    of = record(
        allergy("amoxicillin", "amoxicilline", "2026-01-02"),
        fact("allergy", "allergy", "allergie", recorded="2026-03-12", status="documented_absent"),
    )
    assert status("Allergies ?", of) == "contradictory"
    assert "amoxicilline" in said("Allergies ?", of)
    assert "Absence d'allergie documentée" in said("Allergies ?", of)


def test_an_allergy_lifted_later_is_a_change_and_no_contradiction() -> None:
    of = record(
        allergy("amoxicillin", "amoxicilline", "2026-01-02"),
        allergy("amoxicillin", "amoxicilline", "2026-03-12", status="documented_absent"),
    )
    assert status("Est-il allergique à l'amoxicilline ?", of) == "answered"
    assert said("Est-il allergique à l'amoxicilline ?", of).startswith("Non.")


# --- presence


def test_a_suspicion_later_ruled_out_is_ruled_out_and_both_are_told() -> None:
    of = record(
        fact(
            "condition",
            "liver_metastasis",
            "métastases hépatiques",
            recorded="2026-01-14",
            status="suspected",
        ),
        fact(
            "condition", "liver_metastasis", "métastases hépatiques", recorded="2026-01-22", status="refuted"
        ),
    )
    lines = said("A-t-il des métastases hépatiques ?", of)
    assert lines.startswith("Non. Absence de métastases hépatiques (écarté) le 22 janvier 2026.")
    assert "suspecté" in lines


def test_a_suspicion_is_neither_yes_nor_no() -> None:
    of = record(
        fact(
            "condition", "pulmonary_embolism", "embolie pulmonaire", recorded="2026-01-14", status="suspected"
        )
    )
    assert said("A-t-il une embolie pulmonaire ?", of).startswith("Embolie pulmonaire : suspecté")


def test_not_mentioned_is_not_absent() -> None:
    assert status("A-t-elle du diabète ?", record(*CREATININE)) == "not_found"


def test_a_disease_of_the_mother_is_not_the_patients() -> None:
    of = record(
        fact(
            "condition",
            "phlebitis",
            "phlébite",
            recorded="2026-03-12",
            assertion="family",
            details={"relation": "mère"},
        )
    )
    assert status("A-t-elle eu une phlébite ?", of) == "not_found"
    (answer,) = answers("antécédents familiaux ?", of)
    assert [(line.is_quoted, line.facts[0].label) for line in answer.statements] == [(True, "phlébite")]


def test_yes_and_no_of_one_day_contradict_while_yes_then_no_is_a_change() -> None:
    yes = fact("condition", "fever", "fièvre", recorded="2026-03-12", doc="a")
    no = fact("condition", "fever", "fièvre", recorded="2026-03-12", doc="b", assertion="negated")
    later = fact("condition", "fever", "fièvre", recorded="2026-03-14", doc="b", assertion="negated")
    assert status("a-t-il de la fièvre ?", record(yes, no)) == "contradictory"
    assert status("a-t-il de la fièvre ?", record(yes, later)) == "answered"


# --- operations


def test_side_and_approach_come_from_the_operation() -> None:
    lines = said("PTH : quel côté et quelle voie d'abord ?", record(OPERATION))
    assert "Prothèse totale de hanche à droite" in lines
    assert "voie d'abord : voie de Moore" in lines


def test_who_operated_and_when() -> None:
    lines = said("qui a opéré et quand ?", record(OPERATION))
    assert "opérateur : Dr K" in lines
    assert "le 12 mars 2026" in lines


def test_what_an_image_showed_is_told_in_the_documents_own_words() -> None:
    of = record(fact("procedure", "ct_head", "Scanner cérébral", at="2026-03-04", status="done"))
    (answer,) = answers("Résultat du scanner cérébral ?", of)
    assert [line.is_quoted for line in answer.statements] == [True]
    (answer,) = answers("Scanner cérébral ?", of)
    assert [line.is_quoted for line in answer.statements] == [False]


def test_a_detail_that_no_operation_gives_is_not_made_up() -> None:
    assert status("Quel implant a été posé ?", record(OPERATION)) == "not_found"


def test_planned_is_not_done() -> None:
    planned = fact(
        "procedure",
        "cholecystectomy",
        "cholécystectomie",
        at="2026-04-02",
        recorded="2026-03-01",
        status="planned",
    )
    assert "prévu, non réalisé" in said("Quelle opération ?", record(planned))
    assert status("Combien d'opérations ?", record(planned)) == "not_found"


def test_one_operation_on_two_sides_contradicts_and_two_operations_do_not() -> None:
    wrong = fact(
        "procedure", "total_hip_arthroplasty", "Prothèse totale de hanche", side="left", at="2026-03-12",
        status="done", doc="letter",
        recorded="2026-03-16",
    )  # fmt: skip
    other = fact(
        "procedure", "total_hip_arthroplasty", "PTH", side="left", at="2024-01-09", status="done", doc="old"
    )
    assert status("Quel côté a été opéré ?", record(OPERATION, wrong)) == "contradictory"
    assert status("Quel côté a été opéré ?", record(OPERATION, other)) == "answered"


def test_the_course_since_the_operation_is_told_by_days() -> None:
    lines = said("Que s'est-il passé depuis l'opération ?", record(OPERATION, *FUROSEMIDE, *METFORMIN))
    assert lines.index("12 mars 2026") < lines.index("21 mai 2026") < lines.index("23 septembre 2026")
    assert "10 février" not in lines


def test_a_summary_has_its_sections() -> None:
    of = record(
        *CREATININE, OPERATION, *FUROSEMIDE, allergy("amoxicillin", "amoxicilline", "2026-01-02"),
        fact("condition", "atrial_fibrillation", "fibrillation auriculaire", recorded="2026-01-02"),
    )  # fmt: skip
    lines = said("Résume le dossier", of)
    for word in (
        "Fibrillation auriculaire",
        "Amoxicilline",
        "Prothèse totale de hanche",
        "Furosémide 60 mg",
        "Créatinine 112",
    ):
        assert word in lines


def test_a_word_that_no_fact_holds_leaves_the_question_to_the_sentences() -> None:
    assert status("score de Harris après la prothèse de hanche ?", record(OPERATION)) == "not_found"


def test_the_days_of_a_stay_are_no_end_of_a_treatment() -> None:
    stay = fact("encounter", "hospitalization", "hospitalisé", at=Period("2026-02-11", "2026-02-16"))
    during = fact(
        "drug",
        "levothyroxine",
        "Lévothyroxine",
        text="50 µg",
        at=Period("2026-02-11", "2026-02-16"),
        status="continued",
    )
    later = lab("creatinine", 90, "umol/L", "2026-05-01")
    assert "Lévothyroxine" in said("traitement actuel ?", record(stay, during, later))


def test_a_device_removed_and_then_noted_in_place_is_a_contradiction() -> None:
    removed = fact("device", "drain", "drain", at="2026-02-12", status="removed")
    copied = fact("device", "drain", "drain", at="2026-02-13", status="in_place")
    assert status("A-t-il encore son drain le 13 février ?", record(removed, copied)) == "contradictory"
    assert said("Le drain est-il encore en place ?", record(removed)).startswith(
        "Non. Drain : retiré le 12 février 2026."
    )


def test_an_operation_told_again_in_a_letter_is_counted_once() -> None:
    again = fact(
        "procedure",
        "total_hip_arthroplasty",
        "PTH droite",
        side="right",
        at="2026-03-20",
        status="done",
        doc="letter",
    )
    assert said("Combien d'opérations ?", record(OPERATION, again)).startswith("1 opération")


def test_a_remark_that_a_sample_was_haemolysed_makes_its_value_unusable() -> None:
    of = record(
        lab("potassium", 4.7, "mmol/L", "2025-11-18"),
        lab("potassium", 6.2, "mmol/L", "2026-09-22", doc="lab"),
        fact("lab", "potassium", text="hémolysé", at="2026-09-22", doc="lab", status="unusable"),
    )
    assert said("Dernière kaliémie ?", of).startswith(
        "Potassium, dernière valeur : 4,7 mmol/L le 18 novembre 2025."
    )


def test_who_operated_is_asked_of_the_operation_and_not_of_what_surrounds_it() -> None:
    film = fact("procedure", "colonoscopy", "coloscopie", at="2026-01-08", status="done")
    assert (
        said("quand a-t-il été opéré ?", record(OPERATION, film))
        == "Prothèse totale de hanche à droite le 12 mars 2026."
    )


def test_a_change_told_twice_in_one_letter_is_one_step() -> None:
    bare = fact("drug", "furosemide", "furosémide", recorded="2026-05-21", status="changed")
    assert (
        said("La dose de furosémide a-t-elle changé ?", record(*FUROSEMIDE, bare)).count("21 mai 2026") == 1
    )
