"""Whoever may write to the database tries to change the record of accesses: every try is found."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rag.store.database import Database
from rag.store.people.anchors import ChainAnchors
from rag.store.people.audit import AuditLog
from rag.store.people.audit_chain import FIRST_LINK, link
from rag.store.people.audit_entries import AuditEntry

ENTRIES, EDITS = 60, 1000
TEXTS = ("at", "account_id", "name", "via", "action", "outcome", "patient_id", "request_id", "address")
Rows = list[dict[str, Any]]


def log_of(home: Path, **anchors: Any) -> tuple[Database, AuditLog]:
    database = Database.open(home)
    return database, AuditLog(database, ChainAnchors(home / "audit", **anchors))


def fill(log: AuditLog, count: int = ENTRIES) -> None:
    for number in range(count):
        entry = AuditEntry(
            f"a{number % 5}",
            f"n{number % 5}",
            "session",
            "read",
            f"request-{number:04}",
            patient_id=f"P{number % 7}",
            doc_ids=(f"d{number}", f"e{number}"),
            address="192.0.2.7",
            detail={"llm": "here", "count": number},
        )
        log.write([entry])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    database, log = log_of(tmp_path / "home")
    fill(log)
    assert log.verify().holds
    database.close()
    return tmp_path / "home"


def rows_of(connection: sqlite3.Connection) -> Rows:
    connection.row_factory = sqlite3.Row
    return [dict(row) for row in connection.execute("select * from audit order by entry")]


def edit(rows: Rows, chance: random.Random) -> str:
    """Do one thing to the rows that somebody might do to hide or invent a reading."""
    place = chance.randrange(len(rows))
    what = chance.choice(
        ("text", "documents", "detail", "remove", "swap", "insert", "cut", "chain", "renumber", "copy")
    )
    row = rows[place]
    if what == "text":
        name = chance.choice(TEXTS)
        row[name] = f"{row[name]}{chance.choice('xyz0')}"
    elif what == "documents":
        row["doc_ids"] = json.dumps(json.loads(row["doc_ids"])[1:])
    elif what == "detail":
        row["detail"] = json.dumps({**json.loads(row["detail"]), "count": -1})
    elif what == "remove":
        del rows[place]
    elif what == "swap":
        other = (place + 1) % len(rows)
        for name in {*row} - {"entry"}:
            rows[place][name], rows[other][name] = rows[other][name], rows[place][name]
    elif what == "insert":
        rows.append({**row, "entry": rows[-1]["entry"] + 1, "patient_id": "P-invented"})
    elif what == "cut":
        del rows[chance.randrange(1, len(rows)) :]
    elif what == "chain":
        row["chain"] = f"{chance.getrandbits(256):064x}"
    elif what == "renumber":
        rows[-1]["entry"] += 1
    else:
        row.update({name: value for name, value in rows[place - 1].items() if name != "entry"})
    return what


def rechain(rows: Rows, key: bytes | None = None) -> None:
    """Write the digests anew, as somebody does who knows how they are made, and perhaps has the key."""
    chain = FIRST_LINK
    for number, row in enumerate(rows, start=1):
        row["entry"] = number
        told = {**row, "doc_ids": json.loads(row["doc_ids"]), "detail": json.loads(row["detail"])}
        row["chain"] = chain = link(chain, told, key)


def put(connection: sqlite3.Connection, rows: Rows) -> None:
    connection.execute("delete from audit")
    names = list(rows[0])
    marks = ", ".join("?" * len(names))
    connection.executemany(
        f"insert into audit ({', '.join(names)}) values ({marks})",
        [tuple(row[name] for name in names) for row in rows],
    )
    connection.commit()


def test_a_thousand_edits_are_found(home: Path) -> None:
    """Half of them by somebody who knows how digests are made, but not the key."""
    chance, missed, done = random.Random(20261128), [], 0
    with closing(sqlite3.connect(home / "traboule.db")) as connection:
        written = rows_of(connection)
        database, log = log_of(home)
        for number in range(EDITS):
            rows = [dict(row) for row in written]
            what = edit(rows, chance)
            if number % 2:
                rechain(rows)  # gives all plain digests: that alone is an edit
            if [list(row.values()) for row in rows] == [list(row.values()) for row in written]:
                continue  # nothing changed
            done += 1
            put(connection, rows)
            if log.verify().holds:
                missed.append((number, what))
        database.close()
    assert done >= 0.95 * EDITS
    assert missed == []


def test_an_entry_invented_at_the_end_with_a_digest_that_follows_is_found(home: Path) -> None:
    with closing(sqlite3.connect(home / "traboule.db")) as connection:
        rows = rows_of(connection)
        new = {**rows[-1], "entry": ENTRIES + 1, "patient_id": "P-invented"}
        told = {**new, "doc_ids": json.loads(new["doc_ids"]), "detail": json.loads(new["detail"])}
        rows.append({**new, "chain": link(rows[-1]["chain"], told)})
        put(connection, rows)
    database, log = log_of(home)
    verdict = log.verify()
    assert [(one.entry, one.fault) for one in verdict.faults] == [(ENTRIES + 1, "changed")]
    assert verdict.unanchored == 1
    database.close()


def test_entries_of_before_the_key_was_used_still_hold_and_nothing_is_added_to_them(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "home")
    fill(AuditLog(database), 10)  # digests without a key, as earlier versions made them
    log = AuditLog(database, ChainAnchors(tmp_path / "home" / "audit"))
    fill(log, 10)
    assert (log.verify().holds, log.verify().entries) == (True, 20)
    fill(AuditLog(database), 1)
    assert [(one.entry, one.fault) for one in log.verify().faults] == [(21, "changed")]
    database.close()


def test_what_is_wrong_is_told_at_its_place(home: Path) -> None:
    def after(change: Any) -> list[tuple[int, str]]:
        with closing(sqlite3.connect(home / "traboule.db")) as connection:
            rows = [dict(row) for row in written]
            change(rows)
            put(connection, rows)
        database, log = log_of(home)
        found = [(one.entry, one.fault) for one in log.verify().faults]
        database.close()
        return found

    with closing(sqlite3.connect(home / "traboule.db")) as connection:
        written = rows_of(connection)
    assert after(lambda rows: None) == []
    assert after(lambda rows: rows[9].update(name="somebody-else")) == [(10, "changed")]
    assert after(lambda rows: rows.pop(9)) == [(11, "missing")]
    assert after(lambda rows: rows.__delitem__(slice(50, None))) == [(60, "cut")]

    def anew(rows: Rows) -> None:
        rows[9]["name"] = "somebody-else"
        rechain(rows, (home / "audit" / "key").read_bytes().strip())

    assert (60, "rewritten") in after(anew)


def test_anchors_that_are_not_ours_and_none_at_all_are_told(home: Path, tmp_path: Path) -> None:
    head = home / "audit" / "head.json"
    told = head.read_text()
    head.write_text(told.replace('"entry": 60', '"entry": 59'))
    database, log = log_of(home)
    assert "anchor_forged" in {one.fault for one in log.verify().faults}
    shutil.rmtree(home / "audit")
    faults = {one.fault for one in AuditLog(database, ChainAnchors(home / "audit")).verify().faults}
    assert "no_anchor" in faults  # without the key, nothing of the chain is proven
    database.close()


def test_entries_whose_time_is_over_go_and_the_rest_still_holds(home: Path) -> None:
    with closing(sqlite3.connect(home / "traboule.db")) as connection:
        rows = rows_of(connection)
        for row in rows[:20]:
            row["at"] = "2020-01-01T00:00:00+00:00"
        rechain(rows)
        put(connection, rows)
    shutil.rmtree(home / "audit")
    database, log = log_of(home)
    fill(log, 1)
    assert log.verify().holds
    assert log.prune("2021-01-01T00:00:00+00:00") == 20
    verdict = log.verify()
    assert (verdict.holds, verdict.first, verdict.entries) == (True, 21, ENTRIES + 1 - 20)
    with closing(sqlite3.connect(home / "traboule.db")) as connection:
        connection.execute("delete from audit where entry = 21")
        connection.commit()
    assert {one.fault for one in log.verify().faults} == {"missing"}
    database.close()


def test_the_files_of_the_anchors_are_for_their_owner_alone(home: Path) -> None:
    assert {path.stat().st_mode & 0o077 for path in (home / "audit").iterdir()} == {0}
