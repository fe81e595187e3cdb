"""The files of the chat page: words in both languages, nothing inline, nothing parsed as markup, nothing from
elsewhere.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from rag.core.types import AbstainReason, Notice

STATIC = Path(__file__).resolve().parents[2] / "rag" / "server" / "static"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
SHEETS = sorted((STATIC / "css").glob("*.css"))
CODE = {path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in SCRIPTS}

PARSERS = re.compile(
    r"\.(innerHTML|outerHTML|srcdoc)\b|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment"
    r"|\beval\(|new Function|setTimeout\(\s*[\"'`]"
)
COMPOSED = tuple(
    f"{family}."
    for family in (
        "kind level notice abstained scope theme upload view review cap language example window fact_kind"
        " fact_status record_tab pathway_form pathway_span lane column treatment_state standing conflict side"
        " origin part traits"
    ).split()
)
"""Families whose last part is put together when the page runs."""


def words(language: str) -> dict[str, str | dict[str, str]]:
    loaded: dict[str, str | dict[str, str]] = json.loads(
        (STATIC / "i18n" / f"{language}.json").read_text(encoding="utf-8")
    )
    return loaded


def forms(entry: str | dict[str, str]) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry.values())


def variables(entry: str | dict[str, str]) -> set[str]:
    return {name for form in forms(entry) for name in re.findall(r"\{(\w+)\}", form)}


def test_both_languages_have_the_same_words_and_variables() -> None:
    french, english = words("fr"), words("en")
    assert list(french) == list(english)
    for key in french:
        assert variables(french[key]) == variables(english[key]), key
        assert type(french[key]) is type(english[key]), key
        assert all(form.strip() for form in forms(french[key]) + forms(english[key])), key


def test_every_word_asked_for_is_there_and_every_word_there_is_asked_for() -> None:
    known = set(words("fr"))
    asked = {
        key for text in CODE.values() for key in re.findall(r"[\"']([a-z_]+(?:\.[a-z_A-Z0-9]+)*)[\"']", text)
    }
    called = {key for text in CODE.values() for key in re.findall(r"\bt\(\s*\"([^\"]+)\"", text)}
    assert called - known == set()
    assert {key for key in known - asked if not key.startswith(COMPOSED)} == set()


def test_every_notice_and_reason_of_an_answer_has_words() -> None:
    told = {f"notice.{name}" for name in get_args(Notice)} - {
        "notice.patient_from_question"
    }  # that one is in the line under the question
    reasons = {f"abstained.{name}" for name in get_args(AbstainReason)}
    assert told | reasons <= set(words("fr"))


def test_french_is_set_with_unbreakable_spaces() -> None:
    loose = {
        key for key, entry in words("fr").items() for form in forms(entry) if re.search(r" [:;?!»]|« ", form)
    }
    assert loose == set()


@pytest.mark.parametrize("name", CODE)
def test_no_script_parses_markup_or_reaches_elsewhere(name: str) -> None:
    text = CODE[name]
    assert PARSERS.search(text) is None
    assert set(re.findall(r"https?://[^\"'` ]+", text)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("name", CODE)
def test_every_import_is_a_file_of_the_page_and_used(name: str) -> None:
    for wanted, origin in re.findall(r"import \{([^}]+)\} from \"([^\"]+)\"", CODE[name]):
        target = (STATIC / name).parent / origin
        assert target.is_file(), origin
        for one in wanted.split(","):
            assert re.search(
                rf"export (async )?(function\*?|const|class) {one.strip()}\b|async function\*"
                rf" {one.strip()}\b",
                target.read_text("utf-8"),
            ), one
            assert len(re.findall(rf"\b{one.strip()}\b", CODE[name])) > 1, (
                f"{one.strip()} is imported and not used"
            )


def test_document_has_nothing_inline_and_names_files_that_exist() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page) is None
    named = re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page)
    assert len(named) > 10
    for address in named:
        assert (STATIC / address.removeprefix("/static/")).is_file(), address


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_style_sheet_is_linked_and_loads_only_own_files(path: Path) -> None:
    assert f"/static/css/{path.name}" in (STATIC / "index.html").read_text(encoding="utf-8")
    for address in re.findall(r"url\(\"([^\"]+)\"\)", path.read_text(encoding="utf-8")):
        assert (path.parent / address).resolve().is_file(), address


def test_fonts_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts" / "OFL.txt").read_text(encoding="utf-8")
