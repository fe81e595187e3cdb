"""Settings: later sources win, a key or value that is not understood is named, and equal settings have equal
fingerprints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, BeforeValidator

from rag.core.errors import ConfigurationError
from rag.environment import with_environment
from rag.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in os.environ:
        if name.startswith("TRABOULE_"):
            monkeypatch.delenv(name)


def written(home: Path, text: str) -> Path:
    (home / "traboule.toml").write_text(text, encoding="utf-8")
    return home


def test_variables_win_over_the_file_and_the_file_over_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = written(tmp_path, '[llm]\nbase_url = "http://file"\nmax_tokens = 64\n[search]\nk = 7\n')
    monkeypatch.setenv("TRABOULE_LLM__BASE_URL", "http://variable")
    settings = load_settings(home)
    assert (settings.llm.base_url, settings.llm.max_tokens, settings.llm.context_tokens) == (
        "http://variable",
        64,
        4096,
    )
    assert settings.search.k == 7


def test_values_of_every_shape_are_read_from_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "TRABOULE_LANGUAGE": "fr",
        "TRABOULE_LLM__NAME": "123",
        "TRABOULE_INGEST__OCR": "false",
        "TRABOULE_INGEST__WORKERS": "2",
        "TRABOULE_SEARCH__DENSE_WEIGHT": "0.25",
        "TRABOULE_STORE__URL": "postgresql://u:p@h/d",
        "TRABOULE_SERVER__OIDC__ISSUER": "https://id.example",
        "TRABOULE_SERVER__OIDC__AUDIENCE": "traboule",
        "TRABOULE_SERVER__OIDC__ALGORITHMS": '["ES256", "RS256"]',
        "TRABOULE_SERVER__OIDC__ROLES": '{"Médecin": "clinician"}',
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(tmp_path)
    assert (settings.language, settings.llm.name, settings.ingest.ocr, settings.ingest.workers) == (
        "fr",
        "123",
        False,
        2,
    )
    assert settings.search.dense_weight == 0.25
    assert settings.store.url is not None
    assert settings.store.url.get_secret_value() == "postgresql://u:p@h/d"
    assert settings.server.oidc is not None
    assert (settings.server.oidc.algorithms, settings.server.oidc.roles) == (
        ("ES256", "RS256"),
        {"Médecin": "clinician"},
    )


def test_a_model_may_read_a_list_in_a_way_of_its_own() -> None:
    class Names(BaseModel):
        names: Annotated[
            tuple[str, ...],
            BeforeValidator(lambda value: value.split(",") if isinstance(value, str) else value),
        ] = ()

    class Table(BaseModel):
        inner: Names = Names()

    for value in ("12", "a,b", '["a", "b"]'):
        read = Table.model_validate(with_environment(Table, {}, {"TRABOULE_INNER__NAMES": value}))
        assert read.inner.names == (("12",) if value == "12" else ("a", "b"))


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("TRABOULE_NOSUCH", "3", "nosuch"),
        ("TRABOULE_SEARCH__KK", "3", "search.kk"),
        ("TRABOULE_LLM__KIND__DEEPER", "x", "llm.kind"),
        ("TRABOULE_SERVER__OIDC__NOSUCH", "x", "server.oidc"),
        ("TRABOULE_SEARCH", "3", "search"),
        ("TRABOULE_SEARCH", "three", "search"),
        ("TRABOULE_SERVER__OIDC__ALGORITHMS", "RS256", "server.oidc"),
        ("TRABOULE_SEARCH__K", "many", "search.k"),
    ],
)
def test_a_variable_that_is_not_understood_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert str(caught.value.variables["key"]).startswith(key)


def test_a_variable_below_one_that_is_set_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRABOULE_LLM__KIND", "none")
    monkeypatch.setenv("TRABOULE_LLM__KIND__DEEPER", "x")
    with pytest.raises(ConfigurationError, match=r"llm\.kind"):
        load_settings(tmp_path)


def test_an_unknown_key_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"search\.kk"):
        load_settings(written(tmp_path, "[search]\nkk = 3\n"))


def test_equal_settings_have_equal_fingerprints_wherever_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_file = load_settings(written(tmp_path, '[search]\nk = 7\n[llm]\nkind = "none"\n'))
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("TRABOULE_SEARCH__K", "7")
    monkeypatch.setenv("TRABOULE_LLM__KIND", "none")
    assert load_settings(other) == from_file
    assert load_settings(other).fingerprint() == from_file.fingerprint()
    assert from_file.fingerprint() != Settings().fingerprint()


def test_the_library_is_not_loaded_where_no_variable_is_set(tmp_path: Path) -> None:
    load = f"import pathlib, rag.settings; rag.settings.load_settings(pathlib.Path({str(tmp_path)!r}))"
    code = f"{load}\nimport sys; print('pydantic_settings' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path.cwd())},
    )
    assert shown.stdout.strip() == "False"
