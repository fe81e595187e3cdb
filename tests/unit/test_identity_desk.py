"""The identity desk: ids that a record names for one patient are proposed, moved when a person confirms, and
given back on reversal.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from rag.core.errors import NotFound, ParseError, UsageError
from rag.core.types import Document, Filters
from rag.store.identity.desk import IdentityStore, Proposal
from rag.store.identity.merges import MergeStore
from rag.store.people.accounts import AccountStore
from rag.store.people.conversations import ConversationStore, NewTurn
from rag.store.tables import metadata
from tests.unit.ingesting import Home, open_home

PID = "PID|1||{ids}||NOM^Prénom||19500101|F"
REPORT = (
    "MSH|^~\\&|A|B|C|D|20260301080000||ORU^R01|{control}|P|2.5|||||FRA|UNICODE UTF-8|fr\r{pid}\r"
    "OBR|1||L-{name}|NFS^{name}^L\rOBX|1|TX|C^Conclusion^L||{text}\r"
)
MERGE = (
    "MSH|^~\\&|A|B|C|D|20260302080000||ADT^{event}|{control}|P|2.5\rPID|1||{new}^^^H^PI\rMRG|{old}^^^H^PI\r"
)
# 97 - 2550699001122 mod 97 = 5; 97 - 1550699001122 mod 97 = 55
NATIONAL = "255069900112205^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS"
OTHER = "155069900112255^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS"
INS, OTHER_INS = "255069900112205", "155069900112255"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def trusting(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home", merge_identities=True) as opened:
        yield opened


def report(folder: Path, name: str, patient: str, text: str = "Rien à signaler ce jour.") -> Path:
    ids = patient if "^" in patient else f"{patient}^^^H^PI"
    path = folder / f"{name}.hl7"
    path.write_text(
        REPORT.format(control=name, pid=PID.format(ids=ids), name=f"Bilan {name}", text=text), newline=""
    )
    return path


def both(number: str, national: str = NATIONAL) -> str:
    return f"{number}^^^H^PI~{national}"


def merge(folder: Path, old: str, new: str, name: str = "m1", event: str = "A40") -> Path:
    path = folder / f"{name}.hl7"
    path.write_text(MERGE.format(control=name, old=old, new=new, event=event), newline="")
    return path


def patients(home: Home) -> dict[str, str | None]:
    return {summary.title: summary.patient_id for summary in home.store.list() if summary.kind != "identity"}


def identities(home: Home) -> IdentityStore:
    return IdentityStore(home.store.database)


def proposed(home: Home) -> Proposal:
    (found,) = identities(home).proposals("proposed")
    return found


def pairs(home: Home) -> list[tuple[str, str, str]]:
    return [(one.old_id, one.new_id, one.reason) for one in identities(home).proposals("proposed")]


def held(home: Home) -> list[tuple[str, str | None]]:
    return [(one.patient_id, one.other_id) for one in identities(home).held()]


def everything(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but for what tells when, and which revision: what is there before and after
    must be the same.
    """
    passing = {"updated_at", "added_at", "granted_at", "decided_at", "decided_by", "status", "revision"}
    found = {}
    with home.store.database.read() as connection:
        for table in metadata.sorted_tables:
            columns = [column for column in table.c if column.name not in passing]
            found[table.name] = sorted(map(repr, connection.execute(select(*columns)).all()))
    del found["identity_proposals"]
    return found  # type: ignore[return-value]


def test_a_merge_moves_nothing_until_it_is_confirmed(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", "P1"), report(tmp_path, "b", "P2"))
    result = home.only(merge(tmp_path, "P1", "P2"))
    assert [warning.key for warning in result.warnings] == ["identity_proposed"]
    assert patients(home) == {"Bilan a": "P1", "Bilan b": "P2"}
    assert pairs(home) == [("P1", "P2", "announced")]
    decided = home.ingestor.desk.confirm(proposed(home).proposal_id, "somebody")
    assert (decided.proposal.status, decided.proposal.decided_by, len(decided.moved)) == (
        "confirmed",
        "somebody",
        1,
    )
    assert patients(home) == {"Bilan a": "P2", "Bilan b": "P2"}
    assert home.index.count(Filters.for_patient("P1", literature=False)) == 0
    assert home.index.count(Filters.for_patient("P2", literature=False)) == home.store.passage_total()
    assert home.store.surviving(["P1", "P3"]) == {"P2", "P3"}
    home.assert_sound()


@pytest.mark.parametrize("event", ["A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"])
def test_every_kind_of_merge_is_a_proposal(home: Home, tmp_path: Path, event: str) -> None:
    home.ingest(report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2", event=event))
    assert (pairs(home), patients(home)) == ([("P1", "P2", "announced")], {"Bilan a": "P1"})


def test_a_link_of_two_patients_is_a_proposal(home: Home, tmp_path: Path) -> None:
    link = tmp_path / "link.hl7"
    link.write_text(
        "MSH|^~\\&|A|B|C|D|20260302080000||ADT^A24|l|P|2.5\rPID|1||P1^^^H^PI\rPID|2||P2^^^H^PI\r", newline=""
    )
    home.ingest(report(tmp_path, "b", "P2"), link)
    assert (pairs(home), patients(home)) == ([("P2", "P1", "announced")], {"Bilan b": "P2"})


def test_reversing_gives_back_exactly_what_was_before(home: Home, tmp_path: Path) -> None:
    accounts, conversations = AccountStore(home.store.database), ConversationStore(home.store.database)
    accounts.grant("account:anne", ["P1"])
    accounts.grant("account:paul", ["P2"])
    home.ingest(report(tmp_path, "a", "P1"), report(tmp_path, "b", "P2"), merge(tmp_path, "P1", "P2"))
    (doc_id,) = home.store.of_patient("P1")
    talk = conversations.start("anne", "Sur P1", "P1")
    conversations.append(talk.conversation_id, NewTurn("Et alors ?", {}, {doc_id: "P1"}, "P1"))
    before = everything(home)
    desk, proposal = home.ingestor.desk, proposed(home)
    desk.confirm(proposal.proposal_id, "x")
    assert accounts.patients_of("anne", ()) == accounts.patients_of("paul", ()) == {"P2"}
    assert conversations.of_account("anne")[0].patients == {"P2"}
    home.assert_sound()
    reversed_ = desk.reverse(proposal.proposal_id, "y")
    assert (reversed_.proposal.status, reversed_.moved) == ("reversed", (doc_id,))
    assert everything(home) == before
    assert (accounts.patients_of("anne", ()), accounts.patients_of("paul", ())) == ({"P1"}, {"P2"})
    home.assert_sound()


def test_who_is_refused_the_surviving_patient_is_refused_every_id_of_it(home: Home, tmp_path: Path) -> None:
    accounts = AccountStore(home.store.database)
    accounts.grant("account:anne", ["P1"])
    home.ingest(report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2"))
    home.ingestor.desk.confirm(proposed(home).proposal_id, "x")
    accounts.revoke("account:anne", ["P2"])
    assert accounts.patients_of("anne", ()) == frozenset()


def test_what_came_since_returns_to_the_id_that_it_names(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2"))
    proposal = proposed(home)
    home.ingestor.desk.confirm(proposal.proposal_id, "x")
    home.ingest(report(tmp_path, "z", "P1"), report(tmp_path, "y", "P2"))
    assert patients(home) == {"Bilan a": "P2", "Bilan z": "P2", "Bilan y": "P2"}
    home.ingestor.desk.reverse(proposal.proposal_id, "x")
    assert patients(home) == {"Bilan a": "P1", "Bilan z": "P1", "Bilan y": "P2"}
    home.assert_sound()


def test_merges_follow_each_other_and_are_reversed_in_any_order(home: Home, tmp_path: Path) -> None:
    conversations = ConversationStore(home.store.database)
    talk = conversations.start("anne", "", "P1").conversation_id
    home.ingest(report(tmp_path, "a", "P1"), report(tmp_path, "b", "P2"))
    home.ingest(merge(tmp_path, "P1", "P2"), merge(tmp_path, "P2", "P3", "m2"))
    first, second = (identities(home).between(*pair) for pair in (("P1", "P2"), ("P2", "P3")))
    assert first is not None
    assert second is not None

    def where() -> tuple[object, ...]:
        home.assert_sound()
        kept = conversations.get(talk, "anne")
        return (*(patients(home)[f"Bilan {name}"] for name in "ab"), kept and kept.patient_id)

    desk = home.ingestor.desk
    for one, other in ((first, second), (second, first)):
        desk.confirm(one.proposal_id, "x")
        desk.confirm(other.proposal_id, "x")
        assert where() == ("P3", "P3", "P3")
        desk.reverse(first.proposal_id, "x")
        assert where() == ("P1", "P3", "P1")
        desk.confirm(first.proposal_id, "x")
        desk.reverse(second.proposal_id, "x")
        assert where() == ("P2", "P2", "P2")
        desk.reverse(first.proposal_id, "x")
        assert where() == ("P1", "P2", "P1")


def test_a_proposal_is_made_once_and_a_rejected_one_stays_so(home: Home, tmp_path: Path) -> None:
    home.ingest(
        report(tmp_path, "a", "P1"),
        merge(tmp_path, "P1", "P2"),
        merge(tmp_path, "P1", "P2", "m2"),
        merge(tmp_path, "P2", "P1", "m3"),
    )
    home.ingestor.desk.reject(proposed(home).proposal_id, "x")
    home.ingest(merge(tmp_path, "P1", "P2", "m4"))
    assert (pairs(home), patients(home)) == ([], {"Bilan a": "P1"})


def test_what_cannot_be_is_refused_and_moves_nothing(home: Home, tmp_path: Path) -> None:
    home.ingest(
        report(tmp_path, "a", "P1"),
        merge(tmp_path, "P1", "P2"),
        merge(tmp_path, "P1", "P9", "m2"),
        merge(tmp_path, "P2", "P9", "m3"),
    )
    desk = home.ingestor.desk
    ids = {(one.old_id, one.new_id): one.proposal_id for one in identities(home).proposals()}
    desk.confirm(ids["P1", "P2"], "x")
    for call, proposal_id in (
        (desk.confirm, ids["P1", "P2"]),
        (desk.reject, ids["P1", "P2"]),
        (desk.reverse, ids["P1", "P9"]),
    ):
        with pytest.raises(UsageError, match="proposal"):
            call(proposal_id, "x")
    with pytest.raises(UsageError, match="P9"):
        desk.confirm(ids["P1", "P9"], "x")  # P1 is P2 already
    with pytest.raises(NotFound):
        desk.confirm("nothing", "x")
    assert patients(home) == {"Bilan a": "P2"}


def test_a_merge_of_a_patient_with_itself_or_with_nobody_is_refused(home: Home, tmp_path: Path) -> None:
    assert [problem.key for problem in home.only(merge(tmp_path, "P2", "P2")).problems] == [
        "merge_same_patient"
    ]
    assert [problem.key for problem in home.only(merge(tmp_path, "", "P2", "m2")).problems] == [
        "hl7_merge_incomplete"
    ]


def test_who_may_not_read_the_old_patient_announces_nothing(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", "P1"))

    def only_p2(document: Document) -> None:
        if document.patient_id != "P2":
            raise ParseError("upload_refused", file="x")

    read = home.ingestor.ingest([merge(tmp_path, "P1", "P2")], admit=only_p2, origin="upload:anne")
    assert (read.counts.failed, pairs(home), patients(home)) == (1, [], {"Bilan a": "P1"})


# --- uploads


def test_what_is_uploaded_holds_no_later_document_back(home: Home, tmp_path: Path) -> None:
    home.ingestor.ingest([report(tmp_path, "mine", both("P1"))], origin="upload:anne")
    home.ingest(report(tmp_path, "theirs", both("P2")), report(tmp_path, "other", both("P1", OTHER)))
    assert (set(patients(home).values()), held(home)) == ({"P1", "P2"}, [])
    assert [pair for pair in pairs(home) if pair[2] == "conflict"] == [("P1", "P2", "conflict")]


def test_nothing_uploaded_is_joined_whatever_the_settings_say(trusting: Home, tmp_path: Path) -> None:
    trusting.ingest(report(tmp_path, "a", "P1"), report(tmp_path, "n", NATIONAL))
    for file in (merge(tmp_path, "P1", "P2"), report(tmp_path, "b", both("P2"))):
        read = trusting.ingestor.ingest([file], origin="upload:anne")
        assert [
            warning.key for warning in read.files[0].warnings
        ] == []  # an uploader learns nothing of other patients
    assert patients(trusting) == {"Bilan a": "P1", "Bilan n": INS, "Bilan b": "P2"}
    assert sorted(pair[:2] for pair in pairs(trusting)) == [(INS, "P2"), ("P1", "P2")]


def two(first: str, second: str) -> str:
    return f"{first}^^^H^PI~{second}^^^H^PI"


def test_a_feed_is_not_joined_to_what_only_an_upload_says_it_is(trusting: Home, tmp_path: Path) -> None:
    trusting.ingestor.ingest([report(tmp_path, "mine", two("P0", "P1"))], origin="upload:anne")
    trusting.ingest(report(tmp_path, "theirs", "P1"))
    assert patients(trusting) == {"Bilan mine": "P0", "Bilan theirs": "P1"}
    assert [(one.old_id, one.new_id, one.origin) for one in identities(trusting).proposals("proposed")] == [
        ("P1", "P0", "upload")
    ]


def test_a_feed_that_meets_an_upload_still_joins_what_a_later_feed_says(
    trusting: Home, tmp_path: Path
) -> None:
    trusting.ingestor.ingest([report(tmp_path, "mine", both("P1"))], origin="upload:anne")
    trusting.ingest(report(tmp_path, "theirs", both("P2")))
    assert [
        (one.reason, one.origin)
        for one in identities(trusting).proposals("proposed")
        if one.reason == "conflict"
    ] == [("conflict", "upload")]
    trusting.ingest(merge(tmp_path, "P1", "P2"))
    assert set(patients(trusting).values()) == {"P2"}
    assert [(one.old_id, one.new_id, one.origin) for one in identities(trusting).proposals("confirmed")] == [
        ("P1", "P2", "feed")
    ]


def test_an_id_that_uploads_alone_know_is_not_joined_before_a_feed_knows_it(
    trusting: Home, tmp_path: Path
) -> None:
    trusting.ingestor.ingest([report(tmp_path, "mine", "P0")], origin="upload:anne")
    trusting.ingest(report(tmp_path, "theirs", two("P2", "P0")))
    assert patients(trusting) == {"Bilan mine": "P0", "Bilan theirs": "P2"}
    trusting.ingest(report(tmp_path, "later", "P0"))
    assert set(patients(trusting).values()) == {"P2"}


def test_reindexing_and_joining_do_not_make_an_upload_trusted(trusting: Home, tmp_path: Path) -> None:
    trusting.ingestor.ingest([report(tmp_path, "mine", two("P0", "P1"))], origin="upload:anne")
    trusting.ingest(report(tmp_path, "a", "P0"), merge(tmp_path, "P0", "P3"))
    trusting.ingestor.reindex()
    trusted = {
        one.title: identities(trusting).claims_of(one.doc_id, "ready")[1]
        for one in trusting.store.list()
        if one.kind != "identity"
    }
    assert trusted == {"Bilan mine": False, "Bilan a": True}


# --- feeds that are trusted to merge


def test_a_trusted_feed_merges_at_once_and_what_comes_later_follows(trusting: Home, tmp_path: Path) -> None:
    trusting.ingest(report(tmp_path, "a", "P1"), report(tmp_path, "n", NATIONAL))
    result = trusting.only(merge(tmp_path, "P1", "P2"))
    assert (result.counts.added, result.counts.updated, result.problems, result.warnings) == (1, 1, (), ())
    trusting.ingest(report(tmp_path, "z", "P1"), report(tmp_path, "b", both("P2")))
    assert set(patients(trusting).values()) == {"P2"}
    trusting.assert_sound()
    assert {one.decided_by for one in identities(trusting).proposals("confirmed")} == {"ingest"}


def test_merging_again_changes_nothing(trusting: Home, tmp_path: Path) -> None:
    trusting.ingest(report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2"))
    again = trusting.ingest(
        report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2"), merge(tmp_path, "P1", "P2", "m2")
    )
    assert (again.counts.updated, again.counts.failed, again.counts.unchanged) == (0, 0, 2)
    assert patients(trusting) == {"Bilan a": "P2"}


def test_a_folder_of_the_old_number_and_forgetting_follow_the_merge(trusting: Home, tmp_path: Path) -> None:
    note = tmp_path / "patients" / "P1" / "note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("Le patient va bien ce jour.")
    trusting.ingest(note, merge(tmp_path, "P1", "P2"))
    assert patients(trusting) == {"note": "P2"}
    assert trusting.inputs.of_patient("P1") == ()
    assert trusting.ingestor.forget(patient_id="P1").inputs == 2
    assert (
        trusting.ids(),
        MergeStore(trusting.store.database).survivors(),
        identities(trusting).proposals(),
    ) == (set(), {}, [])


def test_a_feed_never_joins_two_identities(trusting: Home, tmp_path: Path) -> None:
    trusting.ingest(
        report(tmp_path, "a", both("P1")),
        report(tmp_path, "b", both("P2")),
        report(tmp_path, "c", both("P1", OTHER)),
    )
    assert (patients(trusting), sorted(held(trusting), key=str)) == (
        {"Bilan a": "P1"},
        [("P1", None), ("P2", "P1")],
    )
