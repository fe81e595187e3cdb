"""The ledger of an ingest: what a file held, what was read of it, and what was set aside and why."""

from __future__ import annotations

from pathlib import Path

from rag.core.errors import ParseError
from rag.ingest.ledger import Ledger, summed
from rag.ingest.parsing.aside import Aside
from rag.ingest.tally import Tally
from rag.messages import catalogue


def told(tally: Tally, file: str, *reasons: tuple[str, int], characters: int = 0) -> None:
    aside = Aside(file, characters=characters)
    for reason, count in reasons:
        aside.note(reason, "p. 1", count)
    aside.tell(tally.warn)


def test_what_is_set_aside_is_counted_by_reason_and_is_no_failure() -> None:
    tally = Tally("a.docx")
    told(tally, "a.docx", ("struck", 2), ("hidden", 1), characters=120)
    told(tally, "a.docx", ("struck", 3), characters=30)
    result = tally.result()
    assert result.ledger == Ledger(read=0, held=150, aside=(("hidden", 1), ("struck", 5)))
    assert not result.counts.failed
    assert [warning.key for warning in result.warnings] == ["aside_struck", "aside_hidden", "aside_struck"]


def test_what_is_set_aside_is_counted_beyond_the_warnings_kept_in_words() -> None:
    tally = Tally("a.hl7")
    for _ in range(250):
        tally.warn(ParseError("aside_segments", file="a.hl7", count=2, where="ZZZ"))
    assert len(tally.result().warnings) == 100
    assert tally.result().ledger.aside == (("segments", 500),)


def test_ledgers_of_files_add_up() -> None:
    total = summed([Ledger(10, 12, (("struck", 1),)), Ledger(5, None, (("hidden", 2), ("struck", 1)))])
    assert total == Ledger(15, 12, (("hidden", 2), ("struck", 2)))
    assert total.as_json() == {"held": 12, "read": 15, "set_aside": 4, "reasons": {"hidden": 2, "struck": 2}}


def test_every_reason_is_in_the_table_of_the_documentation_and_has_a_name_for_the_sum() -> None:
    reasons = {key.partition("aside_")[2] for key in catalogue("en") if key.startswith("errors.aside_")}
    page = (Path(__file__).parents[2] / "docs" / "ingest.md").read_text(encoding="utf-8")
    assert reasons
    assert not [reason for reason in reasons if f"`{reason}`" not in page]
    assert not [reason for reason in reasons if not catalogue("fr").get(f"ledger.{reason}")]
