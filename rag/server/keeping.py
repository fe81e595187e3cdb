"""Conversations as their owner may see them now: the scope of today holds for the answers of yesterday."""

from __future__ import annotations

from dataclasses import dataclass

from rag.contract import AnswerJson, answer_json
from rag.core.errors import NotFound
from rag.core.types import Answer
from rag.server.reading import Reading
from rag.store.conversations import Conversation, NewTurn, Turn


@dataclass(frozen=True, slots=True)
class Keeping:
    """The conversations of one caller. Every method is synchronous and runs on a thread."""

    reading: Reading

    def all(self) -> list[Conversation]:
        """Return the conversations that may be shown, the latest first."""
        found = self.reading.services.conversations.of_account(self.reading.caller.account_id)
        return [one for one in found if self._may_show(one)]

    def one(self, conversation_id: str) -> Conversation:
        """Return a conversation. One of somebody else, or of a patient out of scope, is not there: ``NotFound``."""
        found = self.reading.services.conversations.get(conversation_id, self.reading.caller.account_id)
        if found is None or not self._may_show(found):
            raise NotFound("conversation_not_found", conversation_id=conversation_id)
        return found

    def turns(self, conversation: Conversation) -> list[Turn]:
        """Return the turns of a conversation, and note the patients whose documents they quote."""
        found = self.reading.services.conversations.turns(conversation.conversation_id)
        self.reading.note("conversation", ((patient_id, "") for turn in found for patient_id in turn.patients))
        return found

    def questions(self, conversation_id: str) -> tuple[str, ...]:
        """Return what was asked before in a conversation, the oldest first."""
        self.one(conversation_id)
        return tuple(turn.question for turn in self.reading.services.conversations.turns(conversation_id))

    def keep(self, conversation_id: str, answer: Answer, patient_id: str | None) -> str | None:
        """Add an answer to a conversation; return the id of the turn, None where the conversation is gone."""
        sources = {item.scored.passage.doc_id: item.scored.passage.patient_id for item in answer.evidence}
        store = self.reading.services.conversations
        about = patient_id or answer.coverage.patient_id
        turn_id = store.append(conversation_id, NewTurn(answer.question, answer_json(answer).to_json(), sources, about))
        gone = sources.keys() - self.reading.services.opened.store.ready_revisions(sources).keys()
        if gone:  # erased while the answer was written: the turn must not keep what it says
            store.forget(gone)
        return turn_id

    def is_stale(self, turn: Turn) -> bool:
        """Tell whether a quote of an answer no longer stands where it says."""
        answer = AnswerJson.model_validate(turn.answer)
        citations = [citation for claim in answer.claims for citation in claim.citations]
        texts = self.reading.services.opened.store.texts({citation.doc_id for citation in citations})
        return any(texts.get(one.doc_id, "")[one.start : one.end] != one.quote for one in citations)

    def _may_show(self, conversation: Conversation) -> bool:
        return all(map(self.reading.caller.scope.allows, conversation.patients))
