"""National identities: what joins, what contradicts what is known and waits in quarantine, and what a wrong
one is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.errors import NotFound
from tests.unit.ingesting import Home, open_home
from tests.unit.test_identity_desk import (
    INS,
    NATIONAL,
    OTHER,
    OTHER_INS,
    both,
    everything,
    held,
    identities,
    pairs,
    patients,
    proposed,
    report,
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home") as opened:
        yield opened


def test_a_national_identity_that_nobody_knows_is_no_question(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", both("P1")), report(tmp_path, "b", both("P1")))
    assert (pairs(home), held(home), set(patients(home).values())) == ([], [], {"P1"})


@pytest.mark.parametrize("first", ["number", "identity"])
def test_documents_under_the_identity_alone_are_proposed_to_join_the_number(
    home: Home, tmp_path: Path, first: str
) -> None:
    files = [report(tmp_path, "a", NATIONAL), report(tmp_path, "b", both("P1"))]
    home.ingest(*(files if first == "identity" else files[::-1]))
    assert patients(home) == {"Bilan a": INS, "Bilan b": "P1"}
    assert [pair[:2] for pair in pairs(home)] == [(INS, "P1")]
    home.ingestor.desk.confirm(proposed(home).proposal_id, "x")
    home.ingest(report(tmp_path, "c", NATIONAL))
    assert set(patients(home).values()) == {"P1"}
    assert held(home) == []


def test_a_number_beside_the_identity_of_another_waits_in_quarantine(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", both("P1")))
    result = home.only(report(tmp_path, "b", both("P2")))
    assert (result.status, [warning.key for warning in result.warnings]) == (
        "held",
        ["identity_proposed", "identity_held"],
    )
    assert (patients(home), held(home), pairs(home)) == (
        {"Bilan a": "P1"},
        [("P2", "P1")],
        [("P2", "P1", "conflict")],
    )
    assert home.index.count() == home.store.passage_total()
    home.assert_sound()
    assert home.only(tmp_path / "b.hl7").counts.unchanged == 0
    assert held(home) == [("P2", "P1")]


def test_confirming_a_conflict_releases_what_waited_and_reversing_holds_it_again(
    home: Home, tmp_path: Path
) -> None:
    home.ingest(report(tmp_path, "a", both("P1")), report(tmp_path, "b", both("P2")))
    before, proposal = everything(home), proposed(home)
    decided = home.ingestor.desk.confirm(proposal.proposal_id, "x")
    assert (len(decided.released), patients(home), held(home)) == (1, {"Bilan a": "P1", "Bilan b": "P1"}, [])
    home.assert_sound()
    back = home.ingestor.desk.reverse(proposal.proposal_id, "x")
    assert (back.held, patients(home), held(home)) == (decided.released, {"Bilan a": "P1"}, [("P2", "P1")])
    assert everything(home) == before
    home.assert_sound()


def test_another_identity_of_one_number_waits_in_quarantine(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", both("P1")))
    home.ingest(report(tmp_path, "b", both("P1", OTHER)))
    assert (patients(home), held(home), pairs(home)) == (
        {"Bilan a": "P1"},
        [("P1", None)],
        [(OTHER_INS, "P1", "conflict")],
    )
    home.ingestor.desk.confirm(proposed(home).proposal_id, "x")
    assert (patients(home), held(home)) == ({"Bilan a": "P1", "Bilan b": "P1"}, [])
    home.assert_sound()


def test_an_assigned_document_stays_assigned_and_says_nothing_of_others(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", both("P1")), report(tmp_path, "b", both("P2")))
    (waiting,) = identities(home).held()
    assert home.ingestor.desk.assign(waiting.doc_id, "P2") == "P2"
    assert (patients(home), held(home)) == ({"Bilan a": "P1", "Bilan b": "P2"}, [])
    home.assert_sound()
    report(tmp_path, "b", both("P2"), "Texte corrigé depuis.")
    home.ingest(tmp_path / "b.hl7", report(tmp_path, "c", both("P1")))
    assert (patients(home), held(home)) == ({"Bilan a": "P1", "Bilan b": "P2", "Bilan c": "P1"}, [])
    with pytest.raises(NotFound):
        home.ingestor.desk.assign(waiting.doc_id, "P2")


def test_what_waits_is_erased_with_its_document_its_patient_and_its_file(home: Home, tmp_path: Path) -> None:
    home.ingest(
        report(tmp_path, "a", both("P1")),
        *(report(tmp_path, name, both(number)) for name, number in (("b", "P2"), ("c", "P3"))),
    )
    home.ingestor.forget([one.doc_id for one in identities(home).held() if one.patient_id == "P2"])
    assert held(home) == [("P3", "P1")]
    home.ingestor.forget(patient_id="P3")
    assert held(home) == []
    home.ingest(report(tmp_path, "d", both("P4")))
    (tmp_path / "d.hl7").unlink()
    assert len(home.ingestor.gone_from(tmp_path).doc_ids) == 1


@pytest.mark.parametrize(
    "unfit",
    [
        "255069900112206^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS",  # its key is 05
        "2550699001122^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS",  # without key
        "255069900112205^^^LABO&1.2.3&ISO^INS",  # of another authority
        "255069900112205^^^^INS",  # of none
        "255069900112205^^^ASIP-SANTE-INS-NIR&1.2.3&ISO^INS",  # two authorities that are not one
        "255069900112205^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS^^20200101^20210101",  # expired
    ],
)
def test_an_identifier_that_does_not_fit_its_claim_links_nobody(
    home: Home, tmp_path: Path, unfit: str
) -> None:
    home.ingest(
        report(tmp_path, "a", NATIONAL),
        report(tmp_path, "b", both("P1")),
        report(tmp_path, "c", both("P2", unfit)),
    )
    assert [pair[:2] for pair in pairs(home)] == [(INS, "P1")]
    assert (held(home), patients(home)["Bilan c"]) == ([], "P2")


def test_a_second_number_of_the_house_is_proposed_where_somebody_has_it(home: Home, tmp_path: Path) -> None:
    home.ingest(
        report(tmp_path, "a", "P1"),
        report(tmp_path, "b", "P2^^^H^PI~P1^^^H^PI"),
        report(tmp_path, "c", "P3^^^H^PI~P1^^^LABO^PI"),
    )
    assert (pairs(home), patients(home)) == (
        [("P1", "P2", "identifier")],
        {"Bilan a": "P1", "Bilan b": "P2", "Bilan c": "P3"},
    )
