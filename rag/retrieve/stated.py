"""Search that knows what passages state: a question of presence prefers what is present, one of absence
what is denied, and relatives' illnesses count only where the family is asked about.

Read from the facts of the documents found, within the caller's filters; a passage that states nothing of the
things asked keeps its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from rag.clinical.concepts import concepts, kinds_of, mentions
from rag.clinical.concepts.tokens import key_of, tokens_of
from rag.core.errors import UsageError
from rag.core.facts import Fact, FactAssertion
from rag.core.filters import Filters
from rag.core.protocols import FactIndex
from rag.core.text import overlap
from rag.core.types import Passage, ScoredPassage
from rag.core.types.reasons import Effect, HitReason, StatedThing
from rag.retrieve.tuning import tuning

_FACTORS: Mapping[str, Mapping[FactAssertion, float]] = {
    "presence": {"present": 1.0, "history": 0.95, "hypothesis": 0.9, "negated": 0.75, "family": 0.7},
    "absence": {"negated": 1.0, "present": 0.8, "history": 0.8, "hypothesis": 0.8, "family": 0.7},
    "family": {"family": 1.0, "present": 0.85, "history": 0.85, "hypothesis": 0.85, "negated": 0.85},
}
"""What the score of a passage is multiplied by, by what is asked and how it states the thing; the best of its
statements counts. Set by hand: enough to pass a neighbour of like score, not to bring up what hardly fits.
"""
_SHORTEST = 3
_MOST_STATED = 5


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search asks of statements: the things named, presence, absence or the family, and filters.

    ``only_concepts`` and ``only_assertions`` are filters: None lets any through.
    """

    concepts: frozenset[str] = frozenset()
    sense: str = "presence"
    only_concepts: frozenset[str] | None = None
    only_assertions: frozenset[str] | None = None

    @property
    def is_filtered(self) -> bool:
        """Tell whether only passages that state something are wanted."""
        return self.only_concepts is not None or self.only_assertions is not None


@dataclass(frozen=True, slots=True)
class StatedRanking:
    """Ranks hits by what they state. It reads the facts that the caller's filters let through."""

    facts: FactIndex

    def narrowed(self, filters: Filters, sought: Sought) -> Filters:
        """Return the filters with only the documents that state what is wanted, where filters ask for it."""
        if not sought.is_filtered:
            return filters
        stated = self._stated(filters, sought)
        return filters.narrowed(
            Filters(doc_ids=frozenset(fact.doc_id for fact in stated), literature=filters.literature)
        )

    def ranked(
        self, query: str, hits: Sequence[ScoredPassage], filters: Filters, sought: Sought
    ) -> list[ScoredPassage]:
        """Return the hits with their reasons, best first; where filters ask for it, only those that fit."""
        found = self._by_document(hits, filters, sought)
        kept: list[ScoredPassage] = []
        for hit in hits:
            stated = _within(hit.passage, found.get(hit.passage.doc_id, ()))
            if sought.is_filtered and not stated:
                continue
            kept.append(_weighed(hit, query, stated, sought))
        ordered = sorted(kept, key=lambda hit: -hit.score)
        return [replace(hit, rank=rank) for rank, hit in enumerate(ordered, start=1)]

    def _by_document(
        self, hits: Sequence[ScoredPassage], filters: Filters, sought: Sought
    ) -> Mapping[str, list[Fact]]:
        doc_ids = frozenset(hit.passage.doc_id for hit in hits)
        found: dict[str, list[Fact]] = {}
        if doc_ids and (sought.concepts or sought.is_filtered):
            within = filters.narrowed(Filters(doc_ids=doc_ids, literature=filters.literature))
            for fact in self._stated(within, sought):
                found.setdefault(fact.doc_id, []).append(fact)
        return found

    def _stated(self, filters: Filters, sought: Sought) -> list[Fact]:
        wanted = sought.only_concepts or sought.concepts
        named = frozenset().union(*(narrower(one) for one in wanted)) if wanted else None
        return [
            fact
            for fact in self.facts.facts(filters, concepts=named)
            if fact.confidence >= tuning().stated.sure
            and (sought.only_assertions is None or assertion_of(fact) in sought.only_assertions)
        ]


def assertion_of(fact: Fact) -> FactAssertion:
    """Return how a fact asserts its thing: an absence that is documented is a denial."""
    if fact.kind == "family":
        return "family"
    return "negated" if fact.status in ("documented_absent", "refuted") else fact.assertion


def concepts_called(words: str) -> frozenset[str]:
    """Return the concepts that an option names, by id or in words.

    Raises:
        UsageError: the table knows none.
    """
    if words in _broader():
        return frozenset({words})
    named = frozenset(mention.concept_id for mention in mentions(words))
    if not named:
        raise UsageError("unknown_concept", concept=words[:60])
    return named


@lru_cache(maxsize=4_096)
def narrower(concept_id: str) -> frozenset[str]:
    """Return a concept and all that are kinds of it."""
    return frozenset(name for name, kinds in _broader().items() if concept_id in kinds) | {concept_id}


@cache
def _broader() -> Mapping[str, frozenset[str]]:
    return {row.id: kinds_of(row.id) for row in concepts()}


def _within(passage: Passage, facts: Iterable[Fact]) -> list[Fact]:
    place = (passage.start, passage.end)
    return [fact for fact in facts if overlap(fact.spans[0], place)]


def _weighed(hit: ScoredPassage, query: str, stated: Sequence[Fact], sought: Sought) -> ScoredPassage:
    factors = _FACTORS[sought.sense]
    is_told = sought.only_assertions is not None  # the caller says which statements are meant
    asked = [fact for fact in stated if not sought.concepts.isdisjoint(kinds_of(fact.concept))]
    asked = [] if is_told else asked
    factor = max((factors[assertion_of(fact)] for fact in asked), default=1.0)
    others = [factors[assertion_of(fact)] for fact in asked]
    effect: Effect = "lowered" if factor < 1.0 else "raised" if others and sought.sense != "presence" else ""
    states = _told(hit.passage, stated)
    reason = HitReason(dict(hit.stage_scores), _shared(query, hit.passage), states, effect)
    return replace(hit, score=hit.score * factor if hit.score > 0 else hit.score / factor, reason=reason)


def _told(passage: Passage, stated: Sequence[Fact]) -> tuple[StatedThing, ...]:
    found: dict[tuple[str, str], StatedThing] = {}
    for fact in stated:
        start, end = fact.spans[0]
        first, last = max(start, passage.start), min(end, passage.end)
        quote = passage.text[first - passage.start : last - passage.start]
        thing = StatedThing(fact.concept, fact.label, assertion_of(fact), first, last, quote)
        found.setdefault((thing.concept, thing.assertion), thing)
    return tuple(found.values())[:_MOST_STATED]


def _shared(query: str, passage: Passage) -> tuple[str, ...]:
    """Return the words of the query that stand in a passage, in the query's order."""
    held = _keys(passage.text)
    words = [
        query[token[2] : token[3]]
        for token in tokens_of(query)
        if len(token[0]) >= _SHORTEST and token[1] in held
    ]
    return tuple(dict.fromkeys(words))


def _keys(text: str) -> Collection[str]:
    return {key_of(token[0]) for token in tokens_of(text)}
