"""Accounts, conversations, uploads and the audit keep their promises on every database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.errors import NotFound, UsageError
from rag.store.database import Database
from rag.store.people.accounts import AccountStore, NewAccount, SessionRecord
from rag.store.people.audit import AuditLog
from rag.store.people.audit_entries import AuditEntry
from rag.store.people.conversations import ConversationStore, Feedback, NewTurn
from rag.store.people.ratings import rated_turns
from rag.store.people.uploads import ERASED_NAME, Right, UploadFile, UploadStore, new_upload_id


@pytest.fixture
def opened(store_url: str | None, tmp_path: Path) -> Iterator[Database]:
    found = Database.open(tmp_path / "home", store_url)
    yield found
    found.close()


def test_a_name_is_one_account_whatever_its_case(opened: Database) -> None:
    store = AccountStore(opened)
    assert store.is_empty()
    account = store.add(NewAccount(" Zoé ", "clinician", "digest", groups=("b", "a", "b")))
    assert store.find("ZOÉ") == store.get(account.account_id) == account
    assert (account.name, account.groups, account.must_change) == ("zoé", ("a", "b"), True)
    for name in ("zoé", "", "a b", "x" * 81, "tab\tulation"):
        with pytest.raises(UsageError):
            store.add(NewAccount(name, "clinician", None))
    with pytest.raises(NotFound):
        store.named("nobody")


def test_patients_come_from_the_account_and_its_groups(opened: Database) -> None:
    store = AccountStore(opened)
    store.grant("account:1", ["P1", "P1"])
    store.grant("account:1", ["P1"])
    store.grant("group:cardio", [f"P{number}" for number in range(600)])
    assert store.patients_of("1", ()) == {"P1"}
    assert len(store.patients_of("1", ("cardio",))) == 600
    store.revoke("group:cardio", ["P1"])
    assert "P1" in store.patients_of("1", ("cardio",))  # its own grant stands
    assert store.patients_of("2", ()) == frozenset()


def test_secrets_are_not_stored(opened: Database, tmp_path: Path) -> None:
    store = AccountStore(opened)
    account = store.add(NewAccount("service", "service", None))
    token_id, secret = store.make_token(account.account_id, "nightly", 5.0, ["P2", "P1"])
    found = store.token(secret)
    assert found is not None
    assert (found.token_id, found.patients, found.expires_at) == (token_id, ("P1", "P2"), 5.0)
    key = store.open_session(SessionRecord(account.account_id, {"name": "x"}, None, "csrf", 10.0, 20.0))
    session = store.session(key)
    assert session is not None
    assert (session.identity, session.csrf) == ({"name": "x"}, "csrf")
    assert store.token(key) is store.session(secret) is None
    written = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert secret.encode() not in written
    assert key.encode() not in written
    store.set_disabled(account.account_id, True)
    assert store.session(key) is None
    assert store.drop_token(token_id)
    assert store.token(secret) is None


def test_a_new_session_sweeps_those_that_ended(opened: Database) -> None:
    store = AccountStore(opened)
    old = store.open_session(SessionRecord("1", None, None, "c", 0.0, 10.0))
    store.open_session(SessionRecord("1", None, None, "c", 11.0, 20.0))
    assert store.session(old) is None


def test_entries_of_many_threads_are_all_written_before_each_goes_on(opened: Database) -> None:
    log, seen = AuditLog(opened), []

    def read(number: int) -> None:
        log.write(
            [
                AuditEntry(
                    "1",
                    "one",
                    "token",
                    "read",
                    f"r{number}",
                    patient_id=f"P{number % 2}",
                    doc_ids=(f"d{number}",),
                )
            ]
        )
        seen.append(f"r{number}" in {entry.request_id for entry in log.entries(limit=1000)})

    threads = [threading.Thread(target=read, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 40
    assert len(log.entries(patient_id="P1")) == 20
    assert log.entries(account="two") == []


def turn(question: str, doc_id: str, patient_id: str | None) -> NewTurn:
    return NewTurn(question, {"answer": f"from {doc_id}"}, {doc_id: patient_id}, patient_id)


def test_turns_are_kept_in_order_and_erased_with_what_they_quote(opened: Database) -> None:
    store = ConversationStore(opened)
    first, second = store.start("1"), store.start("1", "Titre", "P2")
    turns = [
        store.append(first.conversation_id, turn(f"q {doc}", doc, patient))
        for doc, patient in (("a", "P1"), ("b", None), ("c", "P1"))
    ]
    store.append(second.conversation_id, turn("q", "d", "P2"))
    found = store.get(first.conversation_id, "1")
    assert found is not None
    assert (found.title, found.turns, found.patients) == ("q a", 3, {"P1"})
    assert store.get(first.conversation_id, "2") is None
    assert [one.question for one in store.turns(first.conversation_id)] == ["q a", "q b", "q c"]

    assert store.forget(["a"]) == 1
    found = store.get(first.conversation_id, "1")
    assert found is not None
    assert (found.title, found.turns) == ("q b", 2)  # the title was the erased question
    assert store.forget([], "P1") == 1
    assert [one.question for one in store.turns(first.conversation_id)] == ["q b"]
    assert store.forget([], "P2") == 1
    assert store.get(second.conversation_id, "1") is None
    assert store.append(second.conversation_id, turn("late", "e", None)) is None
    assert store.owns_turn(turns[1] or "", "1") is not None
    assert store.owns_turn(turns[1] or "", "2") is None


def test_feedback_goes_with_its_turn(opened: Database) -> None:
    store = ConversationStore(opened)
    turn_id = store.append(store.start("1").conversation_id, turn("q", "a", "P1"))
    assert turn_id is not None
    for verdict in ("wrong", "good"):
        store.comment("1", Feedback(turn_id, 0, verdict))
    store.comment("1", Feedback(turn_id, None, "incomplete", "trop court"))
    assert [(one.claim, one.verdict) for one in store.comments([turn_id])[turn_id]] == [
        (None, "incomplete"),
        (0, "good"),
    ]
    store.forget(["a"])
    assert store.comments([turn_id]) == {}


def test_uploads_are_found_again_until_what_they_name_is_erased(opened: Database) -> None:
    store = UploadStore(opened)
    right = Right(("P1",), curate=False)
    kept = store.add("1", right, {"patient_id": "P1"}, [UploadFile("é.md", 3, "0/e.md")], new_upload_id())
    assert store.unfinished() == store.of_account("1") == [kept]
    assert store.get(kept.upload_id, "2") is None
    assert store.forget([], "P3") == ()
    assert store.forget([], "P1") == (kept.upload_id,)  # what waits to be read goes too
    assert not store.put_file(kept.upload_id, 0, kept.files[0])
    two = (UploadFile("é.md", 3, "0/e.md"), UploadFile("f.md", 3, "1/f.md"))
    kept = store.add("1", right, {}, two, new_upload_id())
    assert store.put_file(kept.upload_id, 0, replace(two[0], status="added", doc_ids=("a",)))
    assert store.forget(["a"]) == ()
    assert [file.name for file in store.of_account("1")[0].files] == [ERASED_NAME, "f.md"]
    assert store.put_file(kept.upload_id, 1, replace(two[1], status="added", doc_ids=("b",)))
    store.finish(kept.upload_id)
    assert store.forget(["b"]) == (kept.upload_id,)
    assert store.of_account("1") == []


def test_a_rated_turn_has_its_patient_its_remarks_and_what_was_asked_before(opened: Database) -> None:
    store = ConversationStore(opened)
    thread = store.start("a1", patient_id="P1").conversation_id
    first, second = (
        store.append(thread, NewTurn(text, {"answer": text}, {"hip": "P1"}, "P1"))
        for text in ("Which hip?", "And fever?")
    )
    alone = store.append(store.start("a2").conversation_id, NewTurn("Do hips wear out?", {}, {"paper": None}))
    assert first is not None
    assert second is not None
    assert alone is not None
    store.comment("a1", Feedback(second, 0, "wrong", "no"))
    store.comment("a1", Feedback(second, None, "incomplete"))
    store.comment("a2", Feedback(alone, None, "good"))
    found = {turn.turn_id: turn for turn in rated_turns(opened)}
    assert found.keys() == {second, alone}  # nobody said anything of the first
    assert (found[second].question, found[second].patient_id, found[second].earlier) == (
        "And fever?",
        "P1",
        ("Which hip?",),
    )
    assert [(said.claim, said.verdict, said.comment) for said in found[second].said] == [
        (None, "incomplete", ""),
        (0, "wrong", "no"),
    ]
    assert found[second].answer == {"answer": "And fever?"}
    assert (found[alone].patient_id, found[alone].earlier) == (None, ())
    store.forget((), "P1")
    assert [turn.turn_id for turn in rated_turns(opened)] == [alone]
