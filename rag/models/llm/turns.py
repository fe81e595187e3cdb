"""The turns of a conversation as every model is sent them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from rag.models.control_tokens import without_control_tokens


def turns_of(messages: Sequence[ChatMessage], tokens: Iterable[str] = ()) -> list[dict[str, str]]:
    """Return role and text of each message; none but the program's own instructions can spell a control
    token. ``tokens`` are those of the model, where they are known.
    """
    known = tuple(tokens)
    return [
        {
            "role": message.role.value,
            "content": message.content or ""
            if message.role == MessageRole.SYSTEM
            else without_control_tokens(message.content or "", known),
        }
        for message in messages
    ]
