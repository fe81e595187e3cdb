"""A quote in another language is shown with its translation only where what must not change is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag import build
from rag.answer.write.translation import Translator, is_faithful
from rag.core.types import Answer, Citation, Claim
from rag.settings import Settings
from rag.testing import ScriptedLLM
from tests.unit.answering import COVERAGE, TRACE, evidence

QUOTE = "Rivaroxaban 10 mg once daily until 28 September 2026, no bleeding."
GOOD = "Rivaroxaban 10 mg une fois par jour jusqu'au 28 septembre 2026, pas de saignement."


@pytest.mark.parametrize(
    ("original", "translation", "language", "stands"),
    [
        (QUOTE, GOOD, "fr", True),
        (QUOTE, GOOD.replace("10", "20"), "fr", False),
        (QUOTE, GOOD.replace("Rivaroxaban", "Apixaban"), "fr", False),
        (QUOTE, GOOD.replace("pas de saignement", "saignement"), "fr", False),
        (QUOTE, QUOTE, "fr", False),
        (QUOTE, "Rivaroxaban 10 mg 28 2026.", "fr", False),
        ("Fracture of the left wrist.", "Fracture du poignet gauche.", "fr", True),
        ("Fracture of the left wrist.", "Fracture du poignet droit.", "fr", False),
        ("Créatinine 1,2 mg/dL, stable.", "Creatinine 1.2 mg/dL, stable.", "en", True),
        ("Créatinine 12 mg/L, stable.", "Creatinine 12 mg/dL, stable.", "en", False),
        ("Pas d'embolie pulmonaire.", "No pulmonary embolism.", "en", True),
        ("Pas d'embolie pulmonaire.", "Pulmonary embolism.", "en", False),
        ("Metformine arrêtée le 3 mai.", "Metformin was stopped on 3 May.", "en", True),
    ],
)
def test_what_must_not_change(original: str, translation: str, language: str, stands: bool) -> None:
    assert is_faithful(original, translation, language) is stands


def answer_of(text: str, language: str = "fr") -> Answer:
    item = evidence(1, "d", text=text)
    item = replace(item, scored=replace(item.scored, passage=replace(item.scored.passage, language="en")))
    claim = Claim(text, 0, len(text), (Citation(1, "d", "d-0", text, 0, len(text)),), "full", 1.0)
    return Answer("q", language, text, False, None, (claim,), (), (), (item,), COVERAGE, 0, TRACE)


def translated(script: str, *, seconds: float = 5.0, text: str = QUOTE, language: str = "fr") -> Claim:
    translator = Translator(ScriptedLLM(script=script), seconds)
    return translator.with_translations(answer_of(text, language)).claims[0]


def test_a_translation_stands_beside_the_quote_and_changes_nothing_of_it() -> None:
    claim = translated(json.dumps({"translation": GOOD}))
    assert claim.translation is not None
    assert claim.translation.text == GOOD
    assert claim.translation.language == "fr"
    assert (claim.text, claim.origin) == (QUOTE, "quoted")


@pytest.mark.parametrize(
    "script",
    [
        json.dumps({"translation": GOOD.replace("10", "100")}),
        json.dumps({"translation": 3}),
        json.dumps({"other": "x"}),
        '{"translation": "Riva',
        "",
        "la " * 400,
    ],
    ids=["wrong dose", "no text", "other field", "cut", "silent", "looping"],
)
def test_what_a_model_breaks_leaves_the_original_alone(script: str) -> None:
    assert translated(script).translation is None


def test_a_model_that_dies_or_is_late_leaves_the_original_alone() -> None:
    from rag.core.errors import Unavailable

    script = json.dumps({"translation": GOOD})
    dying = Translator(ScriptedLLM(script=script[:9], fails_with=Unavailable("llm_unreachable")), 5.0)
    assert dying.with_translations(answer_of(QUOTE)).claims[0].translation is None
    assert translated(script, seconds=0.0).translation is None


def test_a_quote_in_the_language_of_the_answer_is_not_translated() -> None:
    assert translated(json.dumps({"translation": GOOD}), language="en").translation is None


def test_a_translation_is_kept_until_texts_are_forgotten() -> None:
    translator = Translator(ScriptedLLM(script=json.dumps({"translation": GOOD})), 5.0)
    translator.with_translations(answer_of(QUOTE))
    translator.llm = ScriptedLLM(script="")
    assert translator.with_translations(answer_of(QUOTE)).claims[0].translation is not None
    translator.forget()
    assert translator.with_translations(answer_of(QUOTE)).claims[0].translation is None


@pytest.mark.parametrize(("seconds", "translates"), [(0.0, False), (5.0, True)])
def test_a_home_translates_where_its_settings_give_time_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, translates: bool
) -> None:
    monkeypatch.setattr(build, "make_llm", lambda *_: ScriptedLLM(script="{}"))
    settings = Settings.model_validate(
        {"models": {"dir": str(tmp_path / "models")}, "answer": {"translate_seconds": seconds}}
    )
    with build.open_home(settings, tmp_path / "home", allow_fallback=True) as opened:
        assert (opened.stages.translator is not None) == translates
