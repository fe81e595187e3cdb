"""Asks the language model for sentences under constrained decoding.

The schema lists the markers that exist, so that citing anything else is impossible; an empty list means "the
evidence does not say". The fixed instructions come first, so that a prefix cache serves them; what was
retrieved is delimited and is never an instruction.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from rag.answer.instructed import neutral, neutral_label
from rag.answer.write.drafts import DraftReader, DraftSentence
from rag.core.types import Evidence
from rag.messages import message
from rag.models.llm.structured import JsonStream, stream_json
from rag.prompts import Prompt, load_prompt
from rag.settings import AnswerSettings, LlmSettings

PROMPT_VERSION = 1


@dataclass(slots=True)
class Generation:
    """One run of the model: iterate ``drafts``, then read the counts."""

    drafts: Iterator[DraftSentence]
    reader: DraftReader
    stream: JsonStream


@dataclass(frozen=True, slots=True)
class Generator:
    """Writes sentences from evidence with a language model."""

    llm: LLM
    llm_settings: LlmSettings
    answer_settings: AnswerSettings

    def prompt(self, language: str) -> Prompt:
        """Return the prompt used for a language."""
        return load_prompt("answer", PROMPT_VERSION, language)

    def generate(self, question: str, language: str, evidence: Sequence[Evidence]) -> Generation:
        """Start a run. Nothing is computed before the first draft is asked for."""
        markers = [item.marker for item in evidence]
        prompt = self.prompt(language)
        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=prompt.render("system")),
            ChatMessage(role=MessageRole.USER, content=_user_text(prompt, question, language, evidence)),
        ]
        schema = answer_schema(markers, self.answer_settings.max_sentences)
        until = time.monotonic() + self.answer_settings.write_seconds
        stream = stream_json(self.llm, messages, schema, self.llm_settings.max_tokens, until=until)
        reader = DraftReader(frozenset(markers))
        return Generation(reader.read(stream), reader, stream)


def answer_schema(markers: Sequence[int], max_sentences: int) -> dict[str, object]:
    """Return the JSON schema of an answer that can cite these markers only."""
    sentence = {
        "type": "object",
        "properties": {
            "cites": {
                "type": "array",
                "items": {"enum": list(markers)},
                "minItems": 1,
                "maxItems": min(3, len(markers)),
            },
            "text": {"type": "string"},
        },
        "required": ["cites", "text"],
        "additionalProperties": False,
    }
    sentences = {"type": "array", "items": sentence, "maxItems": max_sentences}
    return {
        "type": "object",
        "properties": {"sentences": sentences},
        "required": ["sentences"],
        "additionalProperties": False,
    }


def _user_text(prompt: Prompt, question: str, language: str, evidence: Sequence[Evidence]) -> str:
    extracts = "\n".join(extract_text(prompt, language, item) for item in evidence)
    return prompt.render("user", extracts=extracts, question=neutral(" ".join(question.split())))


def extract_text(prompt: Prompt, language: str, item: Evidence) -> str:
    """Return one piece of evidence as the ``extract`` of a prompt shows it to the model; its delimiters
    cannot be closed from within.
    """
    passage = item.scored.passage
    return prompt.render(
        "extract",
        marker=item.marker,
        title=neutral_label(passage.title) or message("answer.untitled", language),
        date=passage.authored_at or message("answer.undated", language),
        section=" > ".join(filter(None, map(neutral_label, passage.section)))
        or message("answer.no_section", language),
        text=neutral(item.text),
    ).strip()
