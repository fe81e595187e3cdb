"""Questions as clinicians ask them: what is asked, of what, when, on which side; follow-ups, several
questions in one, typing errors.
"""

from __future__ import annotations

import pytest

from rag.understand import QuestionPart, understand


def one(question: str, *history: str) -> QuestionPart:
    parts = understand(question, history=history).parts
    assert len(parts) == 1, [part.text for part in parts]
    return parts[0]


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("créat ?", "value_last"),
        ("K+ ?", "value_last"),
        ("Dernière kaliémie ?", "value_last"),
        ("KALIEMIE", "value_last"),
        ("What is the latest haemoglobin?", "value_last"),
        ("CRP le 12 mars 2026 ?", "value_at"),
        ("Hb à J3 ?", "value_at"),
        ("créatinine avant l'intervention", "value_at"),
        ("La créatinine a-t-elle augmenté entre novembre 2025 et mai 2026 ?", "trend"),
        ("did creatinine rise?", "trend"),
        ("évolution de la CRP", "trend"),
        ("combien de fois la kaliémie a-t-elle été dosée ?", "count"),
        ("Quel est le traitement actuel ?", "treatment_now"),
        ("traitement de sortie ?", "treatment_now"),
        ("Prend-elle encore de la metformine ?", "treatment_now"),
        ("Is she still on metformin?", "treatment_now"),
        ("quelle est la dose actuelle de furosémide ?", "treatment_now"),
        ("La dose de furosémide a-t-elle été modifiée ?", "dose_change"),
        ("Was the dose of furosemide increased?", "dose_change"),
        ("Pourquoi la metformine a-t-elle été arrêtée ?", "stopped_why"),
        ("why was metformin stopped?", "stopped_why"),
        ("Pourquoi pas de céfazoline ?", "stopped_why"),
        ("Jusqu'à quand l'énoxaparine ?", "who_when"),
        ("Allergies ?", "allergy"),
        ("est-il allergique à la pénicilline ?", "allergy"),
        ("any drug allergies?", "allergy"),
        ("a-t-il de la fièvre ?", "presence"),
        ("Was atrial fibrillation found?", "presence"),
        ("Le patient a-t-il des métastases hépatiques ?", "presence"),
        ("Quel côté a été opéré ?", "laterality"),
        ("Which knee was operated on?", "laterality"),
        ("qui a opéré ?", "who_when"),
        ("quelle voie d'abord ?", "procedure"),
        ("Que s'est-il passé depuis l'opération ?", "timeline"),
        ("What happened after surgery?", "timeline"),
        ("Résume le dossier", "summary"),
        ("Summarise the record", "summary"),
        ("Combien d'opérations ?", "count"),
        ("quels patients ont eu une prothèse de hanche ?", "cohort"),
        ("montre la radio du thorax", "image"),
        ("Que disent les recommandations sur l'énoxaparine ?", "literature"),
        ("Quelle est la météo à Lyon demain ?", "other"),
    ],
)
def test_intent_is_what_the_clinician_wants(question: str, intent: str) -> None:
    assert one(question).intent == intent


def test_two_questions_in_one_sentence_are_two_parts_that_share_what_is_named() -> None:
    parts = understand("PTH : quel côté et quelle voie d'abord ?").parts
    assert [part.intent for part in parts] == ["laterality", "procedure"]
    assert parts[0].concepts == parts[1].concepts != ()


def test_three_questions_in_one_sentence() -> None:
    parts = understand("Quel côté, quelle voie d'abord et pourquoi la clindamycine ?").parts
    assert [part.text.split(" : ")[-1] for part in parts] == [
        "Quel côté",
        "quelle voie d'abord",
        "pourquoi la clindamycine ?",
    ]
    assert [part.intent for part in parts] == ["laterality", "procedure", "dose_change"]


def test_one_thing_listed_with_another_stays_one_part() -> None:
    assert len(one("Ki67 et HER2 ?").named) == 2


def test_a_follow_up_takes_the_thing_from_the_question_before() -> None:
    why = one("pourquoi ?", "Prend-elle encore de la metformine ?")
    assert why.concepts == ("metformin",)
    assert why.asks("reason")


def test_a_follow_up_with_another_thing_keeps_what_is_asked() -> None:
    part = one("et la créatinine ?", "Dernière kaliémie ?")
    assert part.concepts == ("creatinine",)
    assert (part.intent, part.when.mode) == ("value_last", "latest")


def test_a_follow_up_with_a_side_keeps_the_rest() -> None:
    part = one("et à droite ?", "Quel genou a été opéré à gauche en septembre 2026 ?")
    assert (part.intent, part.side) == ("laterality", "right")
    assert part.when.dates == ((2026, 9, None),)


def test_a_follow_up_of_time_in_english() -> None:
    part = one("and before?", "What is the last creatinine?")
    assert (part.concepts, part.when.mode) == (("creatinine",), "before")


def test_since_when_of_the_drug_before() -> None:
    part = one("depuis quand ?", "Prend-elle encore de la metformine ?")
    assert (part.intent, part.concepts) == ("who_when", ("metformin",))


def test_a_whole_question_takes_nothing_from_the_conversation() -> None:
    assert one("Allergies ?", "Dernière kaliémie ?").named == ()


@pytest.mark.parametrize(
    ("question", "mode", "dates"),
    [
        ("créatinine le 1er février", "at", ((None, 2, 1),)),
        ("créatinine en mars", "at", ((None, 3, None),)),
        ("créatinine depuis 2022", "after", ((2022, None, None),)),
        ("creatinine before 3 May 2026", "before", ((2026, 5, 3),)),
        ("créatinine entre novembre et mai", "between", ((None, 11, None), (None, 5, None))),
        ("creatinine may be high?", "any", ()),
    ],
)
def test_time_is_read_as_written(question: str, mode: str, dates: tuple[object, ...]) -> None:
    when = one(question).when
    assert (when.mode, when.dates) == (mode, dates)


@pytest.mark.parametrize(
    ("question", "anchor", "mode"),
    [
        ("Hb avant l'intervention ?", "operation", "before"),
        ("CRP à l'entrée ?", "admission", "at"),
        ("potassium at discharge?", "discharge", "at"),
        ("haemoglobin after surgery", "operation", "after"),
    ],
)
def test_a_time_may_be_an_event_of_the_record(question: str, anchor: str, mode: str) -> None:
    when = one(question).when
    assert (when.anchor, when.mode) == (anchor, mode)


def test_days_after_the_operation() -> None:
    assert one("Hb à J+3").when.day == 3
    assert one("haemoglobin on POD 2").when.day == 2


def test_yes_no_questions_are_told_from_open_ones() -> None:
    assert one("A-t-elle du diabète ?").is_yes_no
    assert one("Does she have diabetes?").is_yes_no
    assert not one("Quand a-t-elle eu du diabète ?").is_yes_no
    assert not one("diabète ?").is_yes_no


def test_a_typing_error_in_a_long_word_is_set_right_and_marked() -> None:
    (named,) = one("derniere creatinnine ?").named
    assert (named.concept, named.is_guessed) == ("creatinine", True)


def test_a_short_word_is_never_set_right() -> None:
    assert one("taux de kali ?").words == ("kali",)


def test_no_accents_and_no_punctuation_change_nothing() -> None:
    accented, dictated = (
        one("Prend-elle encore de la metformine ?"),
        one("prend elle encore de la metformine"),
    )
    assert accented.concepts == dictated.concepts
    assert accented.intent == dictated.intent == "treatment_now"


def test_words_in_no_table_are_kept_since_an_answer_must_hold_them() -> None:
    assert one("score de Harris ?").words == ("harris",)


def test_names_of_persons_say_whose_record_not_what_is_asked() -> None:
    assert one("Mme Confluence : dernière kaliémie ?").words == ()
    assert understand("Bellecour, dernière kaliémie ?", names=frozenset({"bellecour"})).parts[0].words == ()


def test_the_language_of_a_bare_follow_up_is_that_of_the_conversation() -> None:
    assert understand("K+ ?", history=("What is the last creatinine?",)).language == "en"
