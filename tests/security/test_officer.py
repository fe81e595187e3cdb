"""``traboule doctor --security`` says what a security officer would ask for, and what of it is wrong."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.command_line import CommandLine
from tests.server.serving import served


def test_what_an_officer_asks_for_is_said_and_what_is_wrong_is_a_problem(tmp_path: Path) -> None:
    with served(tmp_path) as home:
        place = home.home
    command = CommandLine(place)
    command.run("users", "add", "claire", "--role", "admin", "--all-patients")
    found = findings(command)
    assert {"access", "outside", "parsers", "encryption", "audit", "people"} <= found.keys()
    assert found["outside"][0][0] == "ok"
    assert any("claire" in text for _, text in found["people"])
    assert not [text for state, text in found["audit"] if state == "bad"]
    settings = place / "traboule.toml"
    before = settings.read_text(encoding="utf-8") if settings.exists() else ""
    open_llm = '[llm]\nkind = "openai"\nbase_url = "http://models.example"\napi_key = "s3cret"\n'
    settings.write_text(open_llm + '[server]\nhost = "0.0.0.0"\n', encoding="utf-8")
    told = findings(command)
    assert told["access"][0][0] == "bad"
    assert told["outside"][0][0] == "bad"
    assert ("note", True) in [(state, "llm.api_key" in text) for state, text in told["secrets"]]
    assert "s3cret" not in str(told)
    settings.write_text(before, encoding="utf-8")


def findings(command: CommandLine) -> dict[str, list[tuple[str, str]]]:
    """Return state and text of each finding, by subject."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in json.loads(command.run("doctor", "--security", "--json").out)["findings"]:
        found.setdefault(one["subject"], []).append((one["state"], one["text"]))
    return found
