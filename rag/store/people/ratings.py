"""The answers that readers said something of, whoever asked: what feedback is exported from. For the owner of
the home alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.people.conversations import WHOLE_ANSWER, Feedback
from rag.store.people.tables import feedback, turn_sources, turns

_T, _S, _F = turns.c, turn_sources.c, feedback.c


@dataclass(frozen=True, slots=True)
class RatedTurn:
    """A question, its answer as the contract's JSON, and what was said of them, of the whole answer first and
    then by claim.

    ``patient_id`` is whom the question was about, None where nobody was named; ``earlier`` are the questions
    asked before it in the same conversation, the oldest first: they may be needed to understand it.
    ``said_at`` is the time of the latest remark.
    """

    turn_id: str
    asked_at: str
    question: str
    patient_id: str | None
    earlier: tuple[str, ...]
    answer: Mapping[str, object]
    said: tuple[Feedback, ...]
    said_at: str


def rated_turns(database: Database) -> list[RatedTurn]:
    """Return every turn with feedback, in the order in which they were asked."""
    with database.read() as connection:
        said, said_at = _said(connection)
        found = []
        for part in batches(said):
            about = turns.outerjoin(turn_sources, (_S.turn_id == _T.turn_id) & (_S.doc_id == ""))
            for row in connection.execute(
                select(turns, _S.patient_id).select_from(about).where(_T.turn_id.in_(part))
            ):
                earlier = _earlier(connection, row.conversation_id, row.ordinal)
                remarks, last = tuple(said[row.turn_id]), said_at[row.turn_id]
                found.append(
                    RatedTurn(
                        row.turn_id,
                        row.asked_at,
                        row.question,
                        row.patient_id,
                        earlier,
                        row.answer,
                        remarks,
                        last,
                    )
                )
    return sorted(found, key=lambda turn: (turn.asked_at, turn.turn_id))


def _said(connection: Connection) -> tuple[dict[str, list[Feedback]], dict[str, str]]:
    said: dict[str, list[Feedback]] = {}
    said_at: dict[str, str] = {}
    for row in connection.execute(select(feedback).order_by(_F.turn_id, _F.claim, _F.given_at)):
        claim = None if row.claim == WHOLE_ANSWER else row.claim
        said.setdefault(row.turn_id, []).append(Feedback(row.turn_id, claim, row.verdict, row.comment))
        said_at[row.turn_id] = max(said_at.get(row.turn_id, ""), row.given_at)
    return said, said_at


def _earlier(connection: Connection, conversation_id: str, ordinal: int) -> tuple[str, ...]:
    before = select(_T.question).where(_T.conversation_id == conversation_id, _T.ordinal < ordinal)
    return tuple(connection.scalars(before.order_by(_T.ordinal)))
