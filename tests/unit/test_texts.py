"""The passages of a search: read when looked at, equals by date, erased ones left out."""

from __future__ import annotations

from collections.abc import Sequence

from rag.core.types import Passage, SparseVector
from rag.index.memory import MemoryIndex
from rag.retrieve.fusion import Fused
from rag.retrieve.texts import Texts


class Counting(MemoryIndex):
    """An index that remembers which passages were read."""

    def __init__(self, **dates: str | None) -> None:
        super().__init__("none", 2)
        passages = [
            Passage(name, name, "r", 0, 0, 1, name, "", "note", "fr", authored_at=date)
            for name, date in dates.items()
        ]
        self.upsert(passages, [(1.0, 0.0)] * len(passages), [SparseVector((), ())] * len(passages))
        self.read: list[str] = []

    def get(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        self.read.extend(passage_ids)
        return super().get(passage_ids)


def ranked(**scores: float) -> list[Fused]:
    return [Fused(name, score, {}) for name, score in scores.items()]


def names(texts: Texts, candidates: list[Fused]) -> list[str]:
    return [passage.passage_id for _, passage in texts.each(candidates)]


def test_equals_go_most_recent_first_then_by_id() -> None:
    index = Counting(b=None, a=None, old="2020", new="2026-01", best="2001", last="2026")
    candidates = ranked(best=0.9, b=0.5, a=0.5, old=0.5, new=0.5, last=0.1)
    assert names(Texts(index), candidates) == ["best", "new", "old", "a", "b", "last"]


def test_no_more_is_read_than_looked_at_and_nothing_twice() -> None:
    many = [f"p{number:02d}" for number in range(60)]
    index = Counting(**dict.fromkeys(many))
    texts = Texts(index)
    candidates = [Fused(name, 1 - number / 100, {}) for number, name in enumerate(many)]
    assert next(texts.each(candidates))[1].passage_id == "p00"
    assert 0 < len(index.read) < 30
    assert [passage.passage_id for _, passage in texts.read(candidates[:40])] == many[:40]
    assert names(texts, candidates) == many
    assert sorted(index.read) == many


def test_equals_are_put_in_order_whole_however_many() -> None:
    dates = {f"p{number:02d}": f"{2026 - number}" for number in range(40)}
    candidates = [Fused(name, 0.5, {}) for name in sorted(dates, reverse=True)]
    assert names(Texts(Counting(**dates)), candidates) == sorted(dates)


def test_erased_passage_is_left_out() -> None:
    index = Counting(a=None, b=None)
    candidates = ranked(a=0.9, gone=0.8, b=0.7)
    assert [one.passage_id for one, _ in Texts(index).read(candidates)] == ["a", "b"]
    assert names(Texts(index), candidates) == ["a", "b"]
