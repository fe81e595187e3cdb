"""Versions of records: a correction replaces what it corrects, in a file and between files; a history gives
its newest version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rag.core.types import Document
from tests.golden import everything
from tests.unit.ingesting import open_home

PID = "PID|1||P1^^^H^PI||NOM^Prénom||19500101|F"
PATIENT = {"resourceType": "Patient", "id": "a", "name": [{"family": "ANNE"}]}


def oru(
    control: str,
    value: str,
    status: str = "F",
    *,
    at: str = "0930",
    number: str = "F1",
    more: str = "",
    observed: str = "",
) -> str:
    """Return a message with one potassium, reported on 1 March 2026 at a time."""
    return (
        "\r".join(
            (
                f"MSH|^~\\&|A|LAB|C|D|20260301{at}||ORU^R01|{control}|P|2.5|||||FRA|UNICODE UTF-8|fr",
                PID,
                f"OBR|1||{number}|IONO^Ionogramme^L|||20260301080000|||||||||||||||20260301{at}|||{status}",
                f"OBX|1|NM|K^Potassium^L||{value}|mmol/L|3.5-5.1||||{status}|||{observed}",
                more,
            )
        ).rstrip("\r")
        + "\r"
    )


def read(folder: Path, content: str) -> tuple[list[Document], list[str]]:
    path = folder / "flux.hl7"
    path.write_text(content, encoding="utf-8")
    documents, errors, warnings = everything(path)
    assert not errors
    return documents, [warning.key for warning in warnings]


def test_a_corrected_result_replaces_the_old_one_of_the_same_order(tmp_path: Path) -> None:
    (document,), warnings = read(tmp_path, oru("1", "6.8") + oru("2", "4.2", "C", at="1130"))
    assert "4.2 mmol/L" in document.text
    assert "6.8" not in document.text
    assert [(fact.value, fact.status) for fact in document.facts] == [(4.2, "corrected")]
    assert warnings == ["aside_superseded"]


def test_the_newest_version_stands_whatever_their_order_in_the_file(tmp_path: Path) -> None:
    (document,), _ = read(tmp_path, oru("2", "4.2", "C", at="1130") + oru("1", "6.8"))
    assert [fact.value for fact in document.facts] == [4.2]


def test_a_preliminary_result_never_replaces_a_final_one(tmp_path: Path) -> None:
    (document,), _ = read(tmp_path, oru("1", "4.2") + oru("2", "4.9", "P", at="1130"))
    assert [fact.value for fact in document.facts] == [4.2]


def test_results_that_the_newer_version_does_not_send_again_stand(tmp_path: Path) -> None:
    sodium = "OBX|2|NM|NA^Sodium^L||139|mmol/L|||||F"
    (document,), _ = read(tmp_path, oru("1", "6.8", more=sodium) + oru("2", "4.2", "C", at="1130"))
    assert sorted((fact.label, fact.value) for fact in document.facts) == [
        ("Potassium", 4.2),
        ("Sodium", 139.0),
    ]


def test_values_of_other_times_stand_beside_each_other(tmp_path: Path) -> None:
    first, second = (
        oru("1", "4.2", observed="202603010800"),
        oru("2", "4.9", at="1130", observed="202603011100"),
    )
    (document,), _ = read(tmp_path, first + second)
    assert [(fact.value, fact.at.start if fact.at else "") for fact in document.facts] == [
        (4.2, "2026-03-01T08:00"),
        (4.9, "2026-03-01T11:00"),
    ]
    assert "à 08:00" in document.text
    assert "à 11:00" in document.text


def test_orders_of_other_numbers_stay_apart(tmp_path: Path) -> None:
    documents, warnings = read(tmp_path, oru("1", "6.8") + oru("2", "4.2", "C", at="1130", number="F2"))
    assert (len(documents), warnings) == (2, [])


def test_several_examinations_under_one_number_stay_apart(tmp_path: Path) -> None:
    other = (
        oru("2", "139", at="1130")
        .replace("IONO^Ionogramme", "NFS^Numération")
        .replace("K^Potassium", "HB^Hémoglobine")
    )
    first, second = tmp_path / "a.hl7", tmp_path / "b.hl7"
    first.write_text(oru("1", "4.2"), encoding="utf-8")
    second.write_text(other, encoding="utf-8")
    with open_home(tmp_path / "home") as kept:
        kept.ingest(first, second)
        assert len(kept.ids()) == 2


def test_susceptibilities_stay_with_their_culture(tmp_path: Path) -> None:
    child = (
        "OBR|2||F2|ATB^Antibiogramme^L||||||||||||||||||||||F|600-7&Germe^1\rOBX|1|ST|"
        "AMX^Amoxicilline^L||R||||||F"
    )
    (document,), _ = read(tmp_path, oru("1", "4.2", more=child))
    assert "Amoxicilline" in document.text


def test_a_correction_in_another_file_takes_the_place_of_the_result(tmp_path: Path) -> None:
    first, second = tmp_path / "a.hl7", tmp_path / "b.hl7"
    first.write_text(oru("1", "6.8"), encoding="utf-8")
    second.write_text(oru("2", "4.2", "C", at="1130"), encoding="utf-8")
    with open_home(tmp_path / "home") as kept:
        kept.ingest(first)
        result = kept.only(second)
        texts = [document.text for doc_id in kept.ids() if (document := kept.store.whole(doc_id)) is not None]
    assert [warning.key for warning in result.warnings] == ["aside_superseded"]
    assert len(texts) == 1
    assert "4.2" in texts[0]


def test_an_older_version_that_comes_later_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    first, second = tmp_path / "a.hl7", tmp_path / "b.hl7"
    first.write_text(oru("2", "4.2", "C", at="1130"), encoding="utf-8")
    second.write_text(oru("1", "6.8"), encoding="utf-8")
    with open_home(tmp_path / "home") as kept:
        kept.ingest(first)
        result = kept.only(second)
        texts = [document.text for doc_id in kept.ids() if (document := kept.store.whole(doc_id)) is not None]
    assert [warning.key for warning in result.warnings] == ["aside_superseded"]
    assert (result.counts.failed, len(texts)) == (0, 1)
    assert "6.8" not in texts[0]


def test_what_a_later_movement_of_a_stay_does_not_repeat_stands(tmp_path: Path) -> None:
    head = "MSH|^~\\&|A|B|C|D|20260301080000||{kind}|{number}|P|2.5|||||FRA|UNICODE UTF-8|fr"
    visit = "PV1|1|I|CHIR^1|||||||{service}|||||||||S1"
    first = "\r".join(
        (
            head.format(kind="ADT^A01", number=1),
            PID,
            visit.format(service="URGENCES"),
            "AL1|1|DA|P^Pénicilline^L",
        )
    )
    last = "\r".join((head.format(kind="ADT^A02", number=2), PID, visit.format(service="CHIRURGIE")))
    (document,), _ = read(tmp_path, f"{first}\r{last}\r")
    assert "CHIRURGIE" in document.text
    assert "Pénicilline" in document.text


def condition(text: str, **meta: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": "c1",
        "meta": meta,
        "subject": {"reference": "Patient/a"},
        "code": {"text": text},
    }


def history(folder: Path, *entries: dict[str, Any], kind: str = "history") -> tuple[str, list[str]]:
    path = folder / "h.json"
    path.write_text(
        json.dumps({"resourceType": "Bundle", "type": kind, "entry": [{"resource": PATIENT}, *entries]}),
        encoding="utf-8",
    )
    documents, errors, warnings = everything(path)
    assert not errors
    return "\n".join(document.text for document in documents), [warning.key for warning in warnings]


def test_the_newest_version_of_a_history_counts(tmp_path: Path) -> None:
    newer, older = condition("Poignet droit", versionId="2"), condition("Poignet gauche", versionId="1")
    for entries in ((newer, older), (older, newer)):
        text, warnings = history(tmp_path, *({"resource": one} for one in entries))
        assert "Poignet droit" in text
        assert "gauche" not in text
        assert warnings == ["aside_superseded"]


def test_the_later_change_counts_where_no_version_is_given(tmp_path: Path) -> None:
    newer = condition("Poignet droit", lastUpdated="2026-03-02T10:00:00Z")
    older = condition("Poignet gauche", lastUpdated="2026-03-01T10:00:00Z")
    text, _ = history(tmp_path, {"resource": newer}, {"resource": older}, kind="collection")
    assert "Poignet droit" in text
    assert "gauche" not in text


def test_what_a_history_deletes_is_gone(tmp_path: Path) -> None:
    deletion = {"fullUrl": "http://x/Condition/c1", "request": {"method": "DELETE", "url": "Condition/c1"}}
    before = {"fullUrl": "http://x/Condition/c1", "resource": condition("Allergie ancienne", versionId="1")}
    text, warnings = history(tmp_path, deletion, before)
    assert "Allergie ancienne" not in text
    assert "aside_deleted" in warnings
