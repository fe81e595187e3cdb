"""``traboule identities``: list, confirm, reject, reverse, assign and discard, in both languages, with an
audit of each.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.build import open_home, open_registry
from rag.settings import load_settings
from rag.store.people.audit import AuditLog
from rag.store.people.audit_entries import AuditEntry
from tests.integration.command_line import CommandLine
from tests.security.records import Id, bundle, fhir_id, ins, record
from tests.spec import schemas


@pytest.fixture
def command_on(bare: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], CommandLine]:
    """The command line on a home of hashed words that has read a folder."""
    for name, value in bare.settings.items():
        monkeypatch.setenv(name, value)

    def read(folder: Path) -> CommandLine:
        with open_home(load_settings(bare.home), bare.home, allow_fallback=True) as opened:
            opened.ingestor.ingest([folder])
        return bare

    return read


def link_bundle(old: str, new: str) -> str:
    """The shape of a merge in FHIR: both patients, each naming the other, and a condition of each."""
    patients: list[dict[str, object]] = [
        {
            "resourceType": "Patient",
            "id": place,
            "identifier": [fhir_id(Id(number))],
            "link": [{"type": kind, "other": {"reference": other}}],
        }
        for place, number, kind, other in (
            ("n", new, "replaces", "Patient/o"),
            ("o", old, "replaced-by", "Patient/n"),
        )
    ]
    conditions: list[dict[str, object]] = [
        {
            "resourceType": "Condition",
            "id": f"c{place}",
            "code": {"text": name},
            "subject": {"reference": f"Patient/{place}"},
        }
        for place, name in (("o", "Épilepsie"), ("n", "Migraine"))
    ]
    return bundle(*patients, *conditions)


def waiting(command: CommandLine, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = command.run("identities", "list", *words, "--json").json(schemas.IDENTITIES)
    return found


def of_patient(command: CommandLine, patient: str) -> int:
    count: int = command.run("documents", "--patient", patient, "--json").json(schemas.DOCUMENTS)["count"]
    return count


def test_a_replaced_patient_is_found_under_the_other_once_it_is_confirmed(
    command_on: Callable[[Path], CommandLine], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bundle.json").write_text(link_bundle("OLD-1", "NEW-1"))
    command = command_on(tmp_path / "in")
    (proposal,) = waiting(command)["proposals"]
    assert (proposal["old_id"], proposal["new_id"], proposal["reason"]) == ("OLD-1", "NEW-1", "announced")
    assert of_patient(command, "OLD-1") == 1
    command.run("identities", "reject", proposal["proposal_id"])
    with open_registry(load_settings(command.home), command.home) as registry:
        AuditLog(registry.store.database).write(
            [AuditEntry("7", "anne", "token", "read", "r1", patient_id="OLD-1", doc_ids=("d1",))]
        )
    assert "anne" not in command.run("audit", "--patient", "NEW-1").out
    done = command.run("identities", "confirm", proposal["proposal_id"], "--json").json(schemas.DECIDED)
    assert (
        "anne" in command.run("audit", "--patient", "NEW-1").out
    )  # what was read under the old id is of the same patient
    assert (done["proposal"]["status"], len(done["moved"])) == ("confirmed", 1)
    hits = command.run("search", "épilepsie", "--patient", "NEW-1", "--json").json(schemas.SEARCH)["hits"]
    assert any("Épilepsie" in hit["text"] for hit in hits)
    assert waiting(command) == {"count": 0, "proposals": [], "held": []}
    assert "annulée" in command.run("identities", "reverse", proposal["proposal_id"], LANG="fr_FR.UTF-8").out
    assert of_patient(command, "OLD-1") == 1
    audit = command.run("audit", "--patient", "OLD-1", "--json")
    assert '"identity_confirm"' in audit.out
    assert '"identity_reverse"' in audit.out


def test_what_waits_is_listed_assigned_or_discarded(
    command_on: Callable[[Path], CommandLine], tmp_path: Path
) -> None:
    folder, national = tmp_path / "in", Id(ins("2550699001122"), True)
    folder.mkdir()
    for number, patient in enumerate(("B-1", "A-1", "A-2")):
        name, content = record("hl7", f"Texte {number}.", Id(patient), national)
        (folder / f"{number}{name}").write_text(content, newline="")
    command = command_on(folder)
    found = waiting(command)
    kept = sorted(found["held"], key=lambda one: str(one["patient_id"]))
    assert [(one["patient_id"], one["other_id"]) for one in kept] == [("A-1", "B-1"), ("A-2", "B-1")]
    ids = [one["doc_id"] for one in kept]
    listed = command.run("identities", "list")
    assert all(doc_id in listed.out for doc_id in ids)
    assert command.run("show", ids[0]).code == 2
    assert "2 identity proposals and 2 documents in quarantine" in command.run("doctor", COLUMNS="200").out
    assert "A-1" in command.run("identities", "assign", ids[0], "--patient", "A-1").out
    assert command.run("show", ids[0]).code == 0
    assert command.run("identities", "discard", ids[1]).code == 0
    rejected = next(one["proposal_id"] for one in found["proposals"] if one["old_id"] == "A-1")
    assert command.run("identities", "reject", rejected).code == 0
    again = waiting(command, "--all")
    assert (again["held"], {one["status"] for one in again["proposals"]}) == ([], {"rejected", "proposed"})


def test_what_is_not_there_is_a_wrong_use(command_on: Callable[[Path], CommandLine], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    command = command_on(tmp_path / "in")
    for words in (
        ("confirm", "x"),
        ("reject", "x"),
        ("reverse", "x"),
        ("discard", "x"),
        ("assign", "x", "--patient", "P"),
    ):
        ended = command.run("identities", *words)
        assert ended.code == 2
        assert ended.error_line()


def test_what_names_no_patient_is_listed_shown_and_given_to_one(
    command_on: Callable[[Path], CommandLine], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bio.txt").write_text("Kaliémie 3,1 mmol/L.", encoding="utf-8")
    (tmp_path / "in" / "drain.txt").write_text("Le drain est retiré au troisième jour.", encoding="utf-8")
    command = command_on(tmp_path / "in")
    waiting = json.loads(command.run("quarantine", "list", "--json").out)["documents"]
    assert {one["reason"] for one in waiting} == {"no_patient"}
    first, second = (one["doc_id"] for one in sorted(waiting, key=lambda one: one["title"]))
    assert "names no patient" in command.run("quarantine", "list").out
    assert "ne nomme pas de patient" in command.run("quarantine", "list", LANG="fr_FR.UTF-8").out
    assert "Kaliémie" in command.run("quarantine", "show", first).out
    assert "DEMO-P1" in command.run("quarantine", "assign", first, "--patient", "DEMO-P1").out
    assert command.run("quarantine", "literature", second).code == 0
    shown = json.loads(command.run("documents", "--json").out)["documents"]
    assert {one["doc_id"]: one["patient_id"] for one in shown} == {first: "DEMO-P1", second: None}
    assert command.run("quarantine", "delete", second).code == 2
