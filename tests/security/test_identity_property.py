"""Whatever identifiers the records of a feed and of an upload name, the upload changes nothing of anybody
else's, now or later.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.store.identity.desk import IdentityStore
from rag.store.people.accounts import AccountStore
from tests.security.records import FORMATS, Id, bundle, fhir_id, ins, record
from tests.unit.ingesting import Home, open_home

NUMBERS = [Id(f"P{number}") for number in range(3)]
NATIONALS = [Id(ins(f"255069900112{number}"), True) for number in range(3)]
OWN = "P0"

ids = st.lists(st.sampled_from([*NUMBERS, *NATIONALS]), min_size=1, max_size=4, unique=True)
records = st.tuples(st.sampled_from(FORMATS), ids)
links = st.tuples(
    st.sampled_from(["A40", "A24", "replaced-by", "seealso"]),
    st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=2),
)
sent = st.lists(st.one_of(records, links), max_size=5)


def written(folder: Path, files: list[tuple[str, list[Id]]]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, (form, named) in enumerate(files):
        name, content = record(form, f"Texte {number}.", *named) if form in FORMATS else link(form, *named)
        paths.append(folder / f"{number}-{name}")
        paths[-1].write_text(content, newline="")
    return paths


def link(form: str, new: Id, old: Id) -> tuple[str, str]:
    if form.startswith("A"):
        other = f"MRG|{old.value}^^^H^PI" if form == "A40" else f"PID|2||{old.value}^^^H^PI"
        return (
            "link.hl7",
            f"MSH|^~\\&|A|B|C|D|20260302080000||ADT^{form}|1|P|2.5\rPID|1||{new.value}^^^H^PI\r{other}\r",
        )
    said = {"type": form, "other": {"identifier": fhir_id(new)}}
    return "link.json", bundle(
        {"resourceType": "Patient", "id": "o", "identifier": [fhir_id(old)], "link": [said]}
    )


def only_own(document: Document) -> None:
    if document.patient_id != OWN:
        raise ParseError("upload_refused", file="x")


def visible(home: Home) -> dict[str, str | None]:
    return {one.source_uri.rpartition("/")[2] + one.doc_id: one.patient_id for one in home.store.list()}


def waiting(home: Home) -> set[tuple[str, str]]:
    return {(one.doc_id, one.patient_id) for one in IdentityStore(home.store.database).held()}


def readers(home: Home) -> dict[str, frozenset[str]]:
    accounts = AccountStore(home.store.database)
    return {one.value: accounts.patients_of(one.value, ()) for one in (*NUMBERS, *NATIONALS)}


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(before=sent, uploaded=sent, after=sent, merges=st.booleans(), everyone_is_read=st.booleans())
@example([], [("hl7", NUMBERS[:2])], [("hl7", NUMBERS[1:2])], True, True)
@example(
    [],
    [("hl7", [NUMBERS[0]])],
    [("hl7", [NUMBERS[2], NUMBERS[0]]), ("A40", [NUMBERS[1], NUMBERS[0]]), ("hl7", [NUMBERS[0]])],
    True,
    False,
)
def test_no_upload_changes_whose_documents_there_are_or_who_may_read_them(
    before: list[tuple[str, list[Id]]],
    uploaded: list[tuple[str, list[Id]]],
    after: list[tuple[str, list[Id]]],
    merges: bool,
    everyone_is_read: bool,
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        feed, mine, later = (
            written(folder / name, files) for name, files in (("a", before), ("b", uploaded), ("c", after))
        )
        ends = []
        for name in ("with", "without"):
            with open_home(folder / name, merge_identities=merges, workers=0) as home:
                for one in (*NUMBERS, *NATIONALS) if everyone_is_read else ():
                    AccountStore(home.store.database).grant(f"account:{one.value}", [one.value])
                home.ingest(*feed)
                was = visible(home), waiting(home), readers(home)
                if name == "with":
                    home.ingestor.ingest(mine, admit=only_own, origin="upload:P0")
                    added = visible(home).keys() - was[0].keys()
                    assert {visible(home)[one] for one in added} <= {OWN}
                    assert {patient for _, patient in waiting(home) - was[1]} <= {OWN}
                    assert {one: visible(home)[one] for one in was[0]} == was[0]
                    assert (waiting(home) >= was[1], readers(home)) == (True, was[2])
                    home.ingestor.forget([doc_id for doc_id, _ in waiting(home) - was[1]])
                    theirs = added
                home.ingest(*later)
                found = visible(home)
                ends.append(
                    (
                        {one: found[one] for one in found if name == "without" or one not in theirs},
                        waiting(home),
                        readers(home),
                    )
                )
                home.assert_sound()
        assert ends[0] == ends[1]
