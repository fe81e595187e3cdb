"""French and English say the same things with the same variables."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from rag.messages import catalogue, message, speak, user_language

ROOT = Path(__file__).resolve().parents[2]


def variables(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_messages() -> None:
    assert catalogue("fr").keys() == catalogue("en").keys()


@pytest.mark.parametrize("key", sorted(catalogue("en")))
def test_a_message_has_the_same_variables_in_both_languages(key: str) -> None:
    assert variables(catalogue("fr")[key]) == variables(catalogue("en")[key])


def raised() -> list[tuple[str, str, set[str]]]:
    """Every error raised with a literal key: (file, key, names of its variables)."""
    names = {
        "UsageError",
        "ConfigurationError",
        "ParseError",
        "NotAllowed",
        "NotFound",
        "Unavailable",
        "StorageError",
    }
    found = []
    for path in [*(ROOT / "rag").rglob("*.py"), *(ROOT / "eval").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in names
                and node.args
            ):
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    unpacked = any(keyword.arg is None for keyword in node.keywords)
                    given = {"*"} if unpacked else {keyword.arg or "" for keyword in node.keywords}
                    found.append((path.relative_to(ROOT).as_posix(), str(key.value), given))
    return found


@pytest.mark.parametrize(("place", "key", "given"), raised())
def test_every_error_raised_has_its_message(place: str, key: str, given: set[str]) -> None:
    text = catalogue("en").get(f"errors.{key}")
    assert text is not None, f"{place}: no message for {key}"
    assert "*" in given or variables(text) <= given, f"{place}: {key} lacks {variables(text) - given}"


def test_errors_are_one_line_and_end_with_a_sentence() -> None:
    for language in ("en", "fr"):
        for key, text in catalogue(language).items():
            if key.startswith("errors."):
                assert "\n" not in text, key
                assert re.search(r"[.!`]$", text), key


def test_message_is_rendered_in_the_language_asked_for() -> None:
    assert message("errors.question_empty", "fr").startswith("La question est vide")
    assert message("errors.question_empty", "en").startswith("The question is empty")


@pytest.mark.parametrize(
    ("locale", "language"), [("fr_FR.UTF-8", "fr"), ("en_GB.UTF-8", "en"), ("C.UTF-8", "en")]
)
def test_user_language_follows_the_locale(
    locale: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "TRABOULE_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", locale)
    assert user_language() == language


def test_the_setting_goes_before_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setenv("TRABOULE_LANGUAGE", "fr")
    assert user_language() == "fr"
    assert speak("en") == user_language() == "en"
    assert speak("auto") == "fr"
