"""What was asked and answered, and what readers said of it. A conversation belongs to one account.

Answers quote documents, so each turn names its documents and its patient: erasing one of these erases the
turn.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.people.tables import conversations, feedback, turn_sources, turns
from rag.store.records import utc_now

_C, _T, _S, _F = conversations.c, turns.c, turn_sources.c, feedback.c
_TITLE = 120
WHOLE_ANSWER = -1


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; ``patients`` are all whose documents its answers quote or whom its questions were
    about.
    """

    conversation_id: str
    account_id: str
    title: str
    patient_id: str | None
    created_at: str
    updated_at: str
    turns: int
    patients: frozenset[str]


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A question and its answer, as the contract's JSON; ``sources`` maps each quoted document to its
    patient.
    """

    question: str
    answer: Mapping[str, object]
    sources: Mapping[str, str | None]
    patient_id: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer, as they were."""

    turn_id: str
    asked_at: str
    question: str
    answer: Mapping[str, object]
    patients: frozenset[str]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said of an answer, or of the claim at place ``claim`` (None: all of it)."""

    turn_id: str
    claim: int | None
    verdict: str
    comment: str = ""


class ConversationStore:
    """Conversations and feedback, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, account_id: str, title: str = "", patient_id: str | None = None) -> Conversation:
        """Begin a conversation."""
        now, conversation_id = utc_now(), secrets.token_hex(10)
        with self._database.write() as connection:
            values = {
                "account_id": account_id,
                "title": title[:_TITLE],
                "patient_id": patient_id,
                "created_at": now,
                "updated_at": now,
            }
            connection.execute(insert(conversations).values(conversation_id=conversation_id, **values))
        return Conversation(
            conversation_id, account_id, title[:_TITLE], patient_id, now, now, 0, _set([patient_id])
        )

    def of_account(self, account_id: str) -> list[Conversation]:
        """Return the conversations of an account, the latest first."""
        with self._database.read() as connection:
            return self._read(connection, _C.account_id == account_id)

    def get(self, conversation_id: str, account_id: str) -> Conversation | None:
        """Return a conversation of an account; one of another is not there."""
        with self._database.read() as connection:
            found = self._read(
                connection, (_C.conversation_id == conversation_id) & (_C.account_id == account_id)
            )
        return found[0] if found else None

    def turns(self, conversation_id: str) -> list[Turn]:
        """Return the turns of a conversation, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(turns).where(_T.conversation_id == conversation_id).order_by(_T.ordinal)
            ).all()
            patients = _patients(connection, [row.turn_id for row in rows])
        return [
            Turn(row.turn_id, row.asked_at, row.question, row.answer, patients.get(row.turn_id, frozenset()))
            for row in rows
        ]

    def append(self, conversation_id: str, turn: NewTurn) -> str | None:
        """Add a turn and return its id; None where the conversation is gone. An untitled one takes the
        question as its title.
        """
        turn_id, now = secrets.token_hex(10), utc_now()
        with self._database.write() as connection:
            title = connection.scalar(select(_C.title).where(_C.conversation_id == conversation_id))
            if title is None:
                return None
            last = connection.scalar(
                select(func.max(_T.ordinal)).where(_T.conversation_id == conversation_id)
            )
            values = {
                "ordinal": (last or 0) + 1,
                "asked_at": now,
                "question": turn.question,
                "answer": dict(turn.answer),
            }
            connection.execute(
                insert(turns).values(turn_id=turn_id, conversation_id=conversation_id, **values)
            )
            sources = [*turn.sources.items(), *([("", turn.patient_id)] if turn.patient_id else [])]
            if sources:
                rows = [
                    {"turn_id": turn_id, "doc_id": doc_id, "patient_id": patient_id}
                    for doc_id, patient_id in sources
                ]
                connection.execute(insert(turn_sources), rows)
            changed = {"updated_at": now, "title": title or _title_of(turn.question)}
            connection.execute(
                update(conversations).where(_C.conversation_id == conversation_id).values(**changed)
            )
        return turn_id

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        with self._database.write() as connection:
            connection.execute(
                update(conversations)
                .where(_C.conversation_id == conversation_id)
                .values(title=title[:_TITLE])
            )

    def remove(self, conversation_id: str) -> None:
        """Remove a conversation with its turns and what was said of them."""
        with self._database.write() as connection:
            connection.execute(delete(conversations).where(_C.conversation_id == conversation_id))
        self._database.scrub()

    def forget(self, doc_ids: Iterable[str], patient_id: str | None = None) -> int:
        """Erase every turn that quotes these documents or is about this patient; return how many. Titles made
        of them go too.
        """
        with self._database.write() as connection:
            gone = {
                turn
                for part in batches(doc_ids)
                for turn in connection.scalars(select(_S.turn_id).where(_S.doc_id.in_(part)))
            }
            if patient_id is not None:
                about = select(_C.conversation_id).where(_C.patient_id == patient_id)
                of_patient = select(_T.turn_id).outerjoin(turn_sources, _S.turn_id == _T.turn_id)
                gone |= set(
                    connection.scalars(
                        of_patient.where(or_(_S.patient_id == patient_id, _T.conversation_id.in_(about)))
                    )
                )
                connection.execute(delete(conversations).where(_C.patient_id == patient_id))
            self._erase(connection, gone)
        if gone:
            self._database.scrub()
        return len(gone)

    def count_naming(self, doc_ids: Iterable[str], patients: Iterable[str]) -> int:
        """Return how many turns and conversations name any of these."""
        with self._database.read() as connection:
            named = sum(
                len(connection.scalars(select(_S.turn_id).where(column.in_(part))).all())
                for column, values in ((_S.doc_id, doc_ids), (_S.patient_id, patients))
                for part in batches(values)
            )
            about = sum(
                len(connection.scalars(select(_C.title).where(_C.patient_id.in_(part))).all())
                for part in batches(patients)
            )
        return named + about

    def owns_turn(self, turn_id: str, account_id: str) -> Turn | None:
        """Return a turn of one of the account's conversations; one of another is not there."""
        statement = select(turns).join(conversations, _C.conversation_id == _T.conversation_id)
        with self._database.read() as connection:
            row = connection.execute(
                statement.where(_T.turn_id == turn_id, _C.account_id == account_id)
            ).one_or_none()
            if row is None:
                return None
            return Turn(
                row.turn_id,
                row.asked_at,
                row.question,
                row.answer,
                _patients(connection, [turn_id]).get(turn_id, frozenset()),
            )

    def comment(self, account_id: str, said: Feedback) -> str:
        """Keep what a reader says of an answer or of one claim, in place of what they said of it before;
        return its id.
        """
        feedback_id, claim = secrets.token_hex(8), WHOLE_ANSWER if said.claim is None else said.claim
        with self._database.write() as connection:
            same = (_F.turn_id == said.turn_id) & (_F.account_id == account_id) & (_F.claim == claim)
            connection.execute(delete(feedback).where(same))
            values = {
                "turn_id": said.turn_id,
                "claim": claim,
                "verdict": said.verdict,
                "comment": said.comment,
                "given_at": utc_now(),
            }
            connection.execute(
                insert(feedback).values(feedback_id=feedback_id, account_id=account_id, **values)
            )
        return feedback_id

    def comments(self, turn_ids: Iterable[str]) -> dict[str, list[Feedback]]:
        """Return what was said of turns, by turn."""
        found: dict[str, list[Feedback]] = {}
        with self._database.read() as connection:
            for part in batches(turn_ids):
                for row in connection.execute(
                    select(feedback).where(_F.turn_id.in_(part)).order_by(_F.claim)
                ):
                    claim = None if row.claim == WHOLE_ANSWER else row.claim
                    found.setdefault(row.turn_id, []).append(
                        Feedback(row.turn_id, claim, row.verdict, row.comment)
                    )
        return found

    def _read(self, connection: Connection, condition: Any) -> list[Conversation]:
        rows = connection.execute(
            select(conversations).where(condition).order_by(_C.updated_at.desc(), _C.conversation_id)
        ).all()
        ids = [row.conversation_id for row in rows]
        counts: dict[str, int] = {}
        patients: dict[str, set[str | None]] = {}
        for part in batches(ids):
            of_these = _T.conversation_id.in_(part)
            counts |= {
                row[0]: row[1]
                for row in connection.execute(
                    select(_T.conversation_id, func.count()).where(of_these).group_by(_T.conversation_id)
                )
            }
            pairs = (
                select(_T.conversation_id, _S.patient_id)
                .join(turn_sources, _S.turn_id == _T.turn_id)
                .where(of_these)
                .distinct()
            )
            for conversation_id, patient_id in connection.execute(pairs):
                patients.setdefault(conversation_id, set()).add(patient_id)
        return [
            _conversation(row, counts.get(row.conversation_id, 0), patients.get(row.conversation_id, set()))
            for row in rows
        ]

    def _erase(self, connection: Connection, gone: set[str]) -> None:
        touched: set[str] = set()
        for part in batches(gone):
            touched |= set(connection.scalars(select(_T.conversation_id).where(_T.turn_id.in_(part))))
            connection.execute(delete(turns).where(_T.turn_id.in_(part)))
        for conversation_id in sorted(touched):
            first = connection.scalar(
                select(_T.question).where(_T.conversation_id == conversation_id).order_by(_T.ordinal).limit(1)
            )
            place = _C.conversation_id == conversation_id
            if first is None:
                connection.execute(delete(conversations).where(place))
            else:
                connection.execute(update(conversations).where(place).values(title=_title_of(first)))


def _title_of(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rsplit(" ", 1)[0] + "…"


def _patients(connection: Connection, turn_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for part in batches(turn_ids):
        for turn_id, patient_id in connection.execute(
            select(_S.turn_id, _S.patient_id).where(_S.turn_id.in_(part))
        ):
            if patient_id is not None:
                found.setdefault(turn_id, set()).add(patient_id)
    return {turn_id: frozenset(patients) for turn_id, patients in found.items()}


def _conversation(row: Row[Any], count: int, patients: set[str | None]) -> Conversation:
    return Conversation(**row._asdict(), turns=count, patients=_set({*patients, row.patient_id}))


def _set(values: Iterable[str | None]) -> frozenset[str]:
    return frozenset(value for value in values if value is not None)
