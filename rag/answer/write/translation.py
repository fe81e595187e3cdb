"""Quotes in another language than the answer's, translated by the local model and checked.

A translation is an aid beside its original and never takes its place. It is shown only where numbers, units,
drugs, sides, negations and doubts are those of the original; else the original stands alone.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from threading import Lock

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from rag.answer.instructed import neutral
from rag.answer.verify.guards import check
from rag.clinical.assertion.assertions import scopes_in
from rag.clinical.drugs import drugs_in
from rag.clinical.language import language_of
from rag.clinical.words import read
from rag.core.errors import Unavailable
from rag.core.types import Answer, Claim, Translation
from rag.models.llm.structured import stream_json
from rag.prompts import load_prompt

TRANSLATION_VERSION = 1
_NUMBER = re.compile(r"\d++(?:[.,]\d++)*+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_SHORTEST, _LONGEST = 0.5, 2.2
"""Share of the original's length that a translation has; French is the longer of the two."""
_FEWEST_WORDS = 3
_MOST_CHARACTERS = 600
_MOST_TOKENS = 300
_KEPT = 500
_SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"translation": {"type": "string"}},
    "required": ["translation"],
    "additionalProperties": False,
}
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Translator:
    """Translates with a language model, within ``seconds`` for one answer, and keeps what it translated in
    memory.
    """

    llm: LLM
    seconds: float
    _known: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def with_translations(self, answer: Answer) -> Answer:
        """Return an answer whose quotes in another language have their translation, where one stands."""
        until = time.monotonic() + self.seconds
        spoken = {item.marker: item.scored.passage.language for item in answer.evidence}
        claims = tuple(self._told(claim, spoken, answer.language, until) for claim in answer.claims)
        return replace(answer, claims=claims)

    def forget(self) -> None:
        """Drop every translation kept: a document was erased or replaced."""
        with self._lock:
            self._known.clear()

    def _told(self, claim: Claim, spoken: dict[int, str], language: str, until: float) -> Claim:
        is_foreign = claim.origin == "quoted" and any(
            spoken.get(citation.marker, language) != language for citation in claim.citations
        )
        if not is_foreign or len(_LETTERS.findall(claim.text)) < _FEWEST_WORDS:
            return claim
        text = self._translated(claim.text, language, until)
        return claim if text is None else replace(claim, translation=Translation(text, language))

    def _translated(self, text: str, language: str, until: float) -> str | None:
        if len(text) > _MOST_CHARACTERS:
            return None
        with self._lock:
            if (text, language) in self._known:
                self._known.move_to_end((text, language))
                return self._known[text, language] or None
        if time.monotonic() > until:
            return None
        written = self._asked(text, language, until)
        if written is None:
            return None
        stands = is_faithful(text, written, language)
        if not stands:
            _log.info("a translation was withheld: %d characters", len(text))
        with self._lock:
            self._known[text, language] = written if stands else ""
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return written if stands else None

    def _asked(self, text: str, language: str, until: float) -> str | None:
        """Return what the model writes; None where it fails or is slower than the deadline."""
        prompt = load_prompt("translate", TRANSLATION_VERSION, language)
        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=prompt.render("system")),
            ChatMessage(role=MessageRole.USER, content=prompt.render("user", text=neutral(text))),
        ]
        try:
            stream = stream_json(self.llm, messages, _SCHEMA, _MOST_TOKENS)
            for _ in stream:
                if time.monotonic() > until:
                    stream.close()
                    return None
            written = json.loads(stream.text)["translation"]
        except (Unavailable, ValueError, KeyError, TypeError):
            return None
        return " ".join(written.split()) if isinstance(written, str) else None


def is_faithful(original: str, translation: str, language: str) -> bool:
    """Tell whether a translation keeps what must not change: numbers, drugs, units, sides, denials and
    doubts, either way, and whether it is in its language and of a like length.
    """
    share = len(translation) / max(1, len(original))
    if not (_SHORTEST <= share <= _LONGEST) or translation.casefold() == original.casefold():
        return False
    if language_of(translation) not in (None, language) or _numbers(original) != _numbers(translation):
        return False
    if _drugs(original) != _drugs(translation) or _stands(original) != _stands(translation):
        return False
    return not any(
        finding.is_hard
        for pair in ((original, translation), (translation, original))
        for finding in check(*pair)
    )


def _numbers(text: str) -> Counter[str]:
    return Counter(number.replace(",", ".") for number in _NUMBER.findall(text))


def _drugs(text: str) -> frozenset[str]:
    return frozenset(drug.name for drug in drugs_in(read(text)))


def _stands(text: str) -> frozenset[str]:
    """Return whether something is denied, or only supposed, in a text."""
    return frozenset(scope.status for scope in scopes_in(read(text))) & {"negated", "hypothesis"}
