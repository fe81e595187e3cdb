"""Has the language model choose among the options of a question, with or without evidence, under constrained
decoding.

The schema lists the letters that exist, so that anything else is impossible; the options are shown to the
model and never to the search.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from eval.answers.interview import attempted
from eval.answers.outage import TIMEOUTS
from eval.datasets.choice import ChoiceQuestion
from rag.answer.write.generator import extract_text
from rag.core.errors import Unavailable
from rag.models.llm.structured import JsonStream, stream_json
from rag.prompts import Prompt, load_prompt

if TYPE_CHECKING:
    from llama_index.core.llms.llm import LLM

    from rag.core.types import Evidence

PROMPT_VERSION = 1
UNREADABLE = "unreadable"
"""What is said of a choice that is no letter of the question: a server without constrained decoding, or a
document cut short.
"""
_TOKENS, _TOKENS_A_LETTER = 24, 6


@dataclass(frozen=True, slots=True)
class Choice:
    """The letters that were chosen, in their order; ``error`` is why there are none."""

    letters: tuple[str, ...] = ()
    error: str | None = None
    latency_ms: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Chooser:
    """Chooses with a language model. Temperature and seed are those it was built with."""

    llm: LLM

    def choose(self, question: ChoiceQuestion, evidence: Sequence[Evidence]) -> Choice:
        """Return the choice. A question that fails or takes too long is a choice with its error; what happens
        to every one is raised.
        """
        begun = time.perf_counter()
        try:
            stream, error = attempted(question.id, lambda: self._written(question, evidence))
        except Unavailable as unavailable:
            if unavailable.key not in TIMEOUTS:
                raise
            stream, error = None, unavailable.key
        if stream is None:
            return Choice(error=error)
        letters = chosen_letters(stream.text, question)
        spent = round(1000 * (time.perf_counter() - begun), 1)
        return Choice(
            letters, None if letters else UNREADABLE, spent, stream.usage.tokens_in, stream.usage.tokens_out
        )

    def _written(self, question: ChoiceQuestion, evidence: Sequence[Evidence]) -> JsonStream:
        prompt = choice_prompt(question.language)
        messages = [
            ChatMessage(
                role=MessageRole.SYSTEM, content=prompt.render("several" if question.takes_several else "one")
            ),
            ChatMessage(role=MessageRole.USER, content=_user_text(prompt, question, evidence)),
        ]
        stream = stream_json(
            self.llm, messages, choice_schema(question), _TOKENS + _TOKENS_A_LETTER * len(question.options)
        )
        for _ in stream:
            pass
        return stream


def choice_prompt(language: str) -> Prompt:
    """Return the prompt for questions in a language."""
    return load_prompt("choice", PROMPT_VERSION, language)


def choice_schema(question: ChoiceQuestion) -> dict[str, object]:
    """Return the JSON schema of a choice among the letters of a question: one of them, or a list of one or
    more.
    """
    letter: dict[str, object] = {"enum": list(question.letters)}
    several = {"type": "array", "items": letter, "minItems": 1, "maxItems": len(question.letters)}
    name, value = ("answers", several) if question.takes_several else ("answer", letter)
    return {"type": "object", "properties": {name: value}, "required": [name], "additionalProperties": False}


def chosen_letters(text: str, question: ChoiceQuestion) -> tuple[str, ...]:
    """Return the letters of a document that the model wrote, each once; none where it is not of the
    schema.
    """
    try:
        document = json.loads(text)
        found = document["answers"] if question.takes_several else [document["answer"]]
    except (ValueError, KeyError, TypeError):
        return ()
    if not isinstance(found, list) or not all(
        isinstance(letter, str) and letter in tuple(question.letters) for letter in found
    ):
        return ()
    return tuple(sorted(set(found)))


def _user_text(prompt: Prompt, question: ChoiceQuestion, evidence: Sequence[Evidence]) -> str:
    lettered = zip(question.letters, question.options, strict=True)
    shown = {
        "question": " ".join(question.text.split()),
        "options": "\n".join(
            prompt.render("option", letter=letter, option=option).strip() for letter, option in lettered
        ),
    }
    if not evidence:
        return prompt.render("no_context", **shown)
    extracts = "\n".join(extract_text(prompt, question.language, item) for item in evidence)
    return prompt.render("with_context", extracts=extracts, **shown)
