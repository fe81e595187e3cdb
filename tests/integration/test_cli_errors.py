"""Errors on the command line: one line on standard error that says the mend, and the exit code of the
contract.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.build import open_home
from rag.settings import load_settings
from tests.integration.command_line import CommandLine
from tests.spec import schemas

WRONG_USE = [
    (["ask", ""], "question is empty"),
    (["ask", "?!"], "question is empty"),
    (["search", "  "], "question is empty"),
    (["ask", "x" * 100_000], "100000"),
    (["search", "x" * 100_000], "100000"),
    (["search", "hip", "--bogus"], "--bogus"),
    (["search", "hip", "-k", "0"], "-k"),
    (["search"], "'Q'"),
    (["ask", "hip", "--language", "de"], "--language"),
    (["search", "hip", "--from", "12/03/2026"], "12/03/2026"),
    (["search", "hip", "--to", "2026-13"], "2026-13"),
    (["ask", "hip", "--patient", " "], "--patient"),
    (["nothing-like-it"], "nothing-like-it"),
    (["show", "no-such-document"], "no-such-document"),
    (["models", "pull", "no-such-model"], "no-such-model"),
    (["ingest"], "--rebuild"),
    (["forget"], "--doc"),
    (["forget", "--doc", "d", "--patient", "p"], "--doc"),
]


@pytest.mark.parametrize(
    ("words", "named"), WRONG_USE, ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else ""
)
def test_wrong_use_ends_with_2_and_one_line_that_names_it(
    bare: CommandLine, words: list[str], named: str
) -> None:
    ended = bare.run(*words)
    assert ended.code == 2
    assert named in ended.error_line()
    assert len(ended.err) < 500


def test_a_question_too_long_is_refused_from_standard_input_too(bare: CommandLine) -> None:
    ended = bare.run("ask", "-", stdin="x" * 100_000)
    assert ended.code == 2
    assert "100000" in ended.error_line()


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("TRABOULE_SEARCH__KK", "3", "search.kk"),
        ("TRABOULE_NOSUCH", "3", "nosuch"),
        ("TRABOULE_SEARCH__K", "many", "search.k"),
        ("TRABOULE_LLM__KIND", "magic", "llm.kind"),
        ("TRABOULE_SEARCH", "3", "search"),
    ],
)
def test_a_wrong_setting_in_the_environment_is_named(
    bare: CommandLine, name: str, value: str, named: str
) -> None:
    ended = bare.run("documents", **{name: value})
    assert ended.code == 2
    assert named in ended.error_line()


def test_a_wrong_setting_in_the_file_is_named(bare: CommandLine) -> None:
    bare.home.mkdir()
    (bare.home / "traboule.toml").write_text("[search]\nkk = 3\n")
    ended = bare.run("documents")
    assert ended.code == 2
    assert "search.kk" in ended.error_line()
    assert "traboule.toml" in ended.err


def test_a_settings_file_that_is_not_there_is_named(bare: CommandLine, tmp_path: Path) -> None:
    ended = bare.run("documents", "--config", tmp_path / "no.toml")
    assert ended.code == 2
    assert "no.toml" in ended.error_line()


def test_reading_without_a_model_ends_with_5_and_the_mend(bare: CommandLine, corpus: Path) -> None:
    ended = bare.run("ingest", corpus, "--json")
    assert ended.code == 5
    assert "traboule models pull" in ended.error_line()
    assert bare.run("documents", "--json").json(schemas.DOCUMENTS)["documents"] == []


def test_pulling_where_no_source_answers_ends_with_5_and_the_mend(bare: CommandLine) -> None:
    ended = bare.run("models", "pull", "multilingual-e5-small", "--json")
    assert (ended.code, ended.out) == (5, "")
    assert "models.mirror_url" in ended.err
    assert "Traceback" not in ended.err


def test_a_home_that_another_process_holds_ends_with_5(bare: CommandLine) -> None:
    with open_home(load_settings(bare.home), bare.home, allow_fallback=True):
        ended = bare.spawn("search", "hip", "--json")
    assert ended.code == 5
    assert str(bare.home) in ended.error_line()


def test_a_free_home_opens_in_a_process_of_its_own(bare: CommandLine) -> None:
    with open_home(load_settings(bare.home), bare.home, allow_fallback=True):
        pass
    ended = bare.spawn("search", "hip", "--json")
    assert ended.code == 0, ended.err
    assert ended.json(schemas.SEARCH)["hits"] == []


def test_errors_speak_french_where_the_locale_is_french(bare: CommandLine) -> None:
    assert bare.run("ask", "", LANG="fr_FR.UTF-8").error_line().startswith("La question est vide")
    assert bare.run("ask", "", LC_ALL="fr_CA.UTF-8").error_line().startswith("La question est vide")


def test_results_speak_french_where_the_locale_is_french(bare: CommandLine) -> None:
    assert bare.run("documents", LANG="fr_FR.UTF-8").out.startswith("Rien n'est encore indexé")
