"""What is wrong with the record itself: copies of files that changed, vectors that are none, papers of
patients among the literature. It reads every copy and every vector of the home.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from rag.cli.session import Session
from rag.home import OpenHome

Told = tuple[str, Literal["note", "bad"], str, int]
"""Subject, state, text and exit code of a finding."""
_MOST_NAMED = 5
_BATCH = 500
_UNIT = (0.98, 1.02)
"""Length of a sound vector, with what packing into bytes changes."""


def record_damage(session: Session, opened: OpenHome) -> Iterator[Told]:
    """Yield what is wrong, nothing where all is well."""
    say = session.say
    if copies := opened.damaged_copies():
        told = say("doctor.copies_damaged", count=len(copies), names=_named(copies))
        yield "database", "bad", told, 1
    if vectors := _damaged_vectors(opened):
        told = say("doctor.vectors_damaged", count=sum(vectors.values()), names=_named(sorted(vectors)))
        yield "index", "bad", told, 1
    if papers := _papers_of_patients(opened):
        told = say("doctor.patients_in_literature", count=len(papers), names=_named(papers))
        yield "database", "note", told, 0


def _damaged_vectors(opened: OpenHome) -> dict[str, int]:
    """Return, by document, how many passages have no vector or one that is not of length 1."""
    found: dict[str, int] = {}
    for summary in opened.store.list():
        ids = sorted(opened.index.passage_ids(summary.doc_id))
        for start in range(0, len(ids), _BATCH):
            part = ids[start : start + _BATCH]
            vectors = opened.index.vectors(part)
            bad = sum(name not in vectors or not _is_sound(vectors[name]) for name in part)
            if bad:
                found[summary.doc_id] = found.get(summary.doc_id, 0) + bad
    return found


def _is_sound(vector: Sequence[float]) -> bool:
    length = float(sum(value * value for value in vector) ** 0.5)
    return _UNIT[0] <= length <= _UNIT[1]  # false for what is no number too


def _papers_of_patients(opened: OpenHome) -> list[str]:
    """Return the documents of no patient that bear what only the papers of one have: earlier versions read
    them as literature.
    """
    from rag.core.filters import Filters
    from rag.ingest.sources.literature import names_somebody

    texts = opened.store.texts
    return [
        summary.doc_id
        for summary in opened.store.list(Filters(patient_ids=frozenset(), literature=True))
        if summary.patient_id is None and names_somebody(texts([summary.doc_id]).get(summary.doc_id, ""))
    ]


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
