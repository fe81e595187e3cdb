"""A decision of the identity desk that the process does not survive is done whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.index.memory import MemoryIndex
from rag.ingest.erase import Eraser
from rag.store.documents import DocumentStore
from tests.unit.ingesting import EMBEDDING, open_home
from tests.unit.test_identity_desk import both, held, identities, patients, proposed, report

_STEPS = (
    (DocumentStore, "begin_all"),
    (MemoryIndex, "upsert"),
    (DocumentStore, "commit_all"),
    (MemoryIndex, "delete"),
    (Eraser, "reconcile"),
)


@pytest.mark.parametrize("what", ["confirm", "reverse"])
@pytest.mark.parametrize("step", range(2 * len(_STEPS)))
def test_an_interrupted_decision_is_done_whole_or_not_at_all(
    tmp_path: Path, what: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = MemoryIndex("hash", EMBEDDING.dimensions)
    (owner, name), is_after = _STEPS[step // 2], step % 2
    with open_home(tmp_path / "home", index) as home:
        home.ingest(
            report(tmp_path, "a", both("P1")), report(tmp_path, "b", both("P2")), report(tmp_path, "c", "P2")
        )
        proposal_id = proposed(home).proposal_id
        if what == "reverse":
            home.ingestor.desk.confirm(proposal_id, "x")
        before = patients(home)
        with monkeypatch.context() as patch:
            _interrupt(patch, owner, name, is_after=bool(is_after))
            try:
                getattr(home.ingestor.desk, what)(proposal_id, "x")
            except KeyboardInterrupt:
                pass
            else:
                assert name == "reconcile"  # confirming puts nothing in quarantine
    with open_home(tmp_path / "home", index) as home:
        home.ingestor.recover()
        home.assert_sound()
        done = (
            identities(home).proposal(proposal_id).status
            == {"confirm": "confirmed", "reverse": "reversed"}[what]
        )
        assert patients(home) == before or done
        assert done == (
            patients(home)
            == (
                {"Bilan a": "P1", "Bilan b": "P1", "Bilan c": "P1"}
                if what == "confirm"
                else {"Bilan a": "P1", "Bilan c": "P2"}
            )
        )
        assert len(held(home)) == int((what == "confirm") != done)


def _interrupt(patch: pytest.MonkeyPatch, owner: type, name: str, *, is_after: bool) -> None:
    write = getattr(owner, name)

    def broken(*args: object, **named: object) -> object:
        if is_after:
            write(*args, **named)
        raise KeyboardInterrupt

    patch.setattr(owner, name, broken)
