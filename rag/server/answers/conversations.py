"""Conversations as their owner may see them now: the scope of today holds for the answers of yesterday."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.contract import AnswerJson, answer_json
from rag.core.errors import NotFound, UsageError
from rag.core.types import Answer
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Caller
from rag.store.documents import DocumentStore
from rag.store.people.audit_entries import AuditNote
from rag.store.people.conversations import Conversation, ConversationStore, Feedback, NewTurn, Turn


@dataclass(frozen=True, slots=True)
class OwnConversations:
    """The conversations of one caller. Every method is synchronous and runs on a thread; ``note`` writes to
    the audit."""

    _store: ConversationStore
    _documents: DocumentStore
    _caller: Caller
    _note: AuditNote

    def all(self) -> list[Conversation]:
        """Return the conversations that may be shown, the latest first."""
        return [one for one in self._store.of_account(self._caller.account_id) if self._may_show(one)]

    def one(self, conversation_id: str) -> Conversation:
        """Return a conversation. One of somebody else, or of a patient out of scope, is not there:
        ``NotFound``."""
        found = self._store.get(conversation_id, self._caller.account_id)
        if found is None or not self._may_show(found):
            raise NotFound("conversation_not_found", conversation_id=conversation_id)
        return found

    def start(self, title: str, patient_id: str | None) -> Conversation:
        """Begin a conversation. Raises ``Forbidden`` where the patient is out of scope."""
        if patient_id is not None and not self._caller.scope.allows(patient_id):
            raise Forbidden("patient_not_allowed")
        return self._store.start(self._caller.account_id, title, patient_id)

    def rename(self, conversation_id: str, title: str) -> Conversation:
        """Give a conversation another title; return it as it was. Raises as ``one`` does."""
        found = self.one(conversation_id)
        self._store.rename(conversation_id, title)
        return found

    def remove(self, conversation_id: str) -> None:
        """Remove a conversation with everything said in it. Raises as ``one`` does."""
        self.one(conversation_id)
        self._store.remove(conversation_id)

    def turns(self, conversation: Conversation) -> list[Turn]:
        """Return the turns of a conversation, and note the patients whose documents they quote."""
        found = self._store.turns(conversation.conversation_id)
        self._note("conversation", ((patient_id, "") for turn in found for patient_id in turn.patients))
        return found

    def questions(self, conversation_id: str) -> tuple[str, ...]:
        """Return what was asked before in a conversation, the oldest first."""
        if "converse" not in self._caller.permissions:
            raise Forbidden("role_not_allowed", permission="converse")
        self.one(conversation_id)
        return tuple(turn.question for turn in self._store.turns(conversation_id))

    def keep(self, conversation_id: str, answer: Answer, patient_id: str | None) -> str | None:
        """Add an answer to a conversation; return the id of the turn, None where the conversation is gone."""
        sources = {item.scored.passage.doc_id: item.scored.passage.patient_id for item in answer.evidence}
        about = patient_id or answer.coverage.patient_id
        turn = NewTurn(answer.question, answer_json(answer).to_json(), sources, about)
        turn_id = self._store.append(conversation_id, turn)
        gone = sources.keys() - self._documents.ready_revisions(sources).keys()
        if gone:  # erased while the answer was written: the turn must not keep what it says
            self._store.forget(gone)
        return turn_id

    def is_stale(self, turn: Turn) -> bool:
        """Tell whether a quote of an answer no longer stands where it says."""
        if self._caller.role == "researcher":
            return False  # what was kept is veiled: its quotes stand in no document
        answer = AnswerJson.model_validate(turn.answer)
        citations = [citation for claim in answer.claims for citation in claim.citations]
        texts = self._documents.texts({citation.doc_id for citation in citations})
        return any(texts.get(one.doc_id, "")[one.start : one.end] != one.quote for one in citations)

    def comments(self, turn_ids: Iterable[str]) -> dict[str, list[Feedback]]:
        """Return what was said of turns, by turn."""
        return self._store.comments(turn_ids)

    def comment(self, said: Feedback) -> str:
        """Keep what the caller says of an answer; return its id.

        Raises:
            NotFound: the turn is not the caller's, or quotes a patient out of scope.
            UsageError: the answer has no such claim.
        """
        turn = self._store.owns_turn(said.turn_id, self._caller.account_id)
        if turn is None or not all(map(self._caller.scope.allows, turn.patients)):
            raise NotFound("turn_not_found", turn_id=said.turn_id)
        if said.claim is not None and said.claim >= len(AnswerJson.model_validate(turn.answer).claims):
            raise UsageError("claim_not_there", claim=said.claim)
        return self._store.comment(self._caller.account_id, said)

    def _may_show(self, conversation: Conversation) -> bool:
        return all(map(self._caller.scope.allows, conversation.patients))
