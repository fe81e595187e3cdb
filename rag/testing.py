"""Shipped fakes: fast, deterministic stand-ins that keep the promises of the seams, for tests here and in
applications.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llama_index.core.base.llms.types import CompletionResponse, CompletionResponseGen, LLMMetadata
from llama_index.core.llms.custom import CustomLLM
from pydantic import ConfigDict

from rag.clinical.stems import terms
from rag.core.facts import Fact
from rag.core.types import Filters, Support, Verdict
from rag.index.overlap import any_terms, overlap
from rag.models.embedding.hashed import HashedWords

# --- Embedding ----------------------------------------------------------------------------------------------


class HashEmbedding(HashedWords):
    """Vectors of hashed word stems, French and English: texts that share words are near, in microseconds and
    without weights.
    """

    def __init__(self, dimensions: int = 384) -> None:
        super().__init__(any_terms, dimensions)


# --- Facts --------------------------------------------------------------------------------------------------


class FactList:
    """A ``FactIndex`` over facts in memory. Filters of documents other than patient and id are left to the
    documents.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = tuple(facts)

    def facts(
        self, filters: Filters, *, kinds: frozenset[str] | None = None, concepts: frozenset[str] | None = None
    ) -> tuple[Fact, ...]:
        """Return the facts that pass, by document and place."""
        found = [
            fact
            for fact in self._facts
            if (filters.patient_ids is None or fact.patient_id in filters.patient_ids)
            and (filters.doc_ids is None or fact.doc_id in filters.doc_ids)
            and (kinds is None or fact.kind in kinds)
            and (concepts is None or fact.concept in concepts)
        ]
        return tuple(sorted(found, key=lambda fact: (fact.doc_id, fact.spans, fact.kind, fact.concept)))


# --- Verification -------------------------------------------------------------------------------------------


class OverlapVerifier:
    """Supports a claim as far as the premise holds its words; a number or a side that the premise lacks makes
    it unsupported.
    """

    name = "overlap"
    threshold = 0.6

    def verify(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        """Return one verdict for each (premise, claim), in order."""
        return [self._verdict(premise, claim) for premise, claim in pairs]

    def support_level(self, verdict: Verdict) -> Support:
        """Return ``full`` from 0.9, ``partial`` from the threshold, else ``none``."""
        return (
            "full" if verdict.support >= 0.9 else "partial" if verdict.support >= self.threshold else "none"
        )

    def _verdict(self, premise: str, claim: str) -> Verdict:
        decisive = {word for word in terms(claim, "fr") if word[0].isdigit() or word in {"droit", "gauch"}}
        if decisive - set(terms(premise, "fr")):
            return Verdict(0.0)
        return Verdict(overlap(claim, premise))


# --- Pairs --------------------------------------------------------------------------------------------------


class OverlapScorer:
    """Scores a pair by the share of the first text's words that the second holds."""

    name = "overlap"

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return one score a pair, in [0, 1], in the order given."""
        return [overlap(query, passage) for query, passage in pairs]


# --- Language model -----------------------------------------------------------------------------------------


class ScriptedLLM(CustomLLM):
    """Says what it was given, a few characters at a time, whatever it is asked; raises ``fails_with`` after
    that, where one is given.
    """

    script: str
    fails_with: Exception | None = None

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @classmethod
    def class_name(cls) -> str:
        """Return the name LlamaIndex knows the class by."""
        return "ScriptedLLM"

    @property
    def metadata(self) -> LLMMetadata:
        """Name of the model."""
        return LLMMetadata(model_name="scripted", is_chat_model=True)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: object) -> CompletionResponse:
        """Return the whole script."""
        return CompletionResponse(text=self.script)

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponseGen:
        """Yield the script by pieces of seven characters."""
        for start in range(0, len(self.script), 7):
            yield CompletionResponse(text=self.script[: start + 7], delta=self.script[start : start + 7])
        if self.fails_with is not None:
            raise self.fails_with
