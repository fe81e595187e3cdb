"""From ranked passages to evidence: the few sentences, with their neighbours, that a model is shown.

Reading the prompt is the cost of an answer on a plain processor, so whole passages are not shown: each
sentence is scored against the question, and the best are taken with what surrounds them until the token
budget is spent. Offsets stay exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.clinical.times.recency import asks_for_latest, recency
from rag.core.protocols import TextReader
from rag.core.text import Span, sentence_spans
from rag.core.times import bounds
from rag.core.types import Evidence, Passage, ScoredPassage
from rag.models.embedding.memo import EmbeddingMemo
from rag.retrieve.reading import context_of, read_again, reads
from rag.retrieve.tuning import tuning
from rag.settings import AnswerSettings

Cover = Callable[[str, str, Sequence[tuple[Passage, str]]], Sequence[float]]
"""How much of a question (in a language) each sentence of a passage names; about 0 to 1."""

_MARK = ("-", "•", "*", "–", "|", "▪", "◦", "·")


@dataclass(frozen=True, slots=True)
class _EvidenceSentence:
    hit: int
    position: int
    score: float


@dataclass(frozen=True, slots=True)
class EvidenceSelector:
    """Chooses evidence. ``count_tokens`` measures a text for the budget."""

    memo: EmbeddingMemo
    cover: Cover
    settings: AnswerSettings
    count_tokens: Callable[[str], int]
    reader: TextReader | None = None

    def select(self, question: str, language: str, hits: Sequence[ScoredPassage]) -> tuple[Evidence, ...]:
        """Return evidence within the token budget (at least one window), markers from 1."""
        spans = _spans_of(hits)
        hits = hits[: len(spans)]
        ranked = sorted(
            self._scored(question, language, hits, spans),
            key=lambda item: (-item.score, item.hit, item.position),
        )
        return self._within_budget(ranked, hits, spans)

    def _scored(
        self, question: str, language: str, hits: Sequence[ScoredPassage], spans: Sequence[Sequence[Span]]
    ) -> list[_EvidenceSentence]:
        places = [
            (number, position)
            for number, cut in enumerate(spans)
            for position, span in enumerate(cut)
            if _says_something(hits[number].passage.text[slice(*span)])
        ]
        if not places:
            return []
        texts = [_in_context(hits[number], spans[number][position]) for number, position in places]
        covered = self.cover(
            question,
            language,
            [(hits[number].passage, text) for (number, _), text in zip(places, texts, strict=True)],
        )
        late = _lateness(question, hits)
        scores = [
            _weighted(0.0, share, 1.0 / hits[number].rank) + late[number]
            for (number, _), share in zip(places, covered, strict=True)
        ]
        if reads(self.reader, (hit.passage for hit in hits)) is None:
            kept = _best(scores, tuning().evidence.embedded)
            places = [places[at] for at in kept]
            texts, scores = [texts[at] for at in kept], [scores[at] for at in kept]
        near = self.memo.similarities(question, texts)
        low, spread = min(near), (max(near) - min(near)) or 1.0
        scores = [
            score + _weighted((similarity - low) / spread, 0.0, 0.0)
            for score, similarity in zip(scores, near, strict=True)
        ]
        scores = read_again(
            reads(self.reader, (hit.passage for hit in hits)),
            question,
            scores,
            [hits[number].passage.text[slice(*spans[number][position])] for number, position in places],
            [context_of(hits[number].passage) for number, _ in places],
            count=tuning().reader.evidence,
        )
        return [
            _EvidenceSentence(number, position, score)
            for (number, position), score in zip(places, scores, strict=True)
        ]

    def _within_budget(
        self,
        ranked: Sequence[_EvidenceSentence],
        hits: Sequence[ScoredPassage],
        spans: Sequence[Sequence[Span]],
    ) -> tuple[Evidence, ...]:
        chosen: dict[int, set[int]] = {}
        best: dict[int, int] = {}
        spent = 0
        for place, sentence in enumerate(ranked):
            held = chosen.get(sentence.hit, set())
            if not held and len(chosen) >= self.settings.max_evidence:
                continue
            cut = spans[sentence.hit]
            new = _with_neighbours(hits[sentence.hit].passage.text, cut, sentence.position) - held
            cost = sum(
                self.count_tokens(hits[sentence.hit].passage.text[slice(*cut[position])]) for position in new
            )
            if chosen and spent + cost > self.settings.evidence_tokens:
                continue
            chosen[sentence.hit] = held | new
            best.setdefault(sentence.hit, place)
            spent += cost
        return _as_evidence(chosen, best, hits, spans)


_ITEM = re.compile(r"\s*[-•*▪◦·]\s+\w")
_PAGE_NUMBER = re.compile(r"\W*+pages?\W*+\d[\d\s/]*+\W*+", re.IGNORECASE)


def _says_something(sentence: str) -> bool:
    """A rule of dashes, a page number or a lone word is no evidence; a word with its value is (``TA
    128/76``), and an item of a list.
    """
    words = len(re.findall(r"[^\W\d_]{2,}", sentence))
    if words != 1:
        return words > 1
    return bool(_ITEM.match(sentence)) or (
        any(char.isdigit() for char in sentence) and not _PAGE_NUMBER.fullmatch(sentence)
    )


def _best(scores: Sequence[float], count: int) -> list[int]:
    """Return the places of the best scores, in order: embedding is what a first question costs."""
    best = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:count]
    return sorted(best)


def _lateness(question: str, hits: Sequence[ScoredPassage]) -> list[float]:
    """What a passage gains by being late: nothing unless the question asks for the latest."""
    if not asks_for_latest(question):
        return [0.0 for _ in hits]
    late = tuning().evidence.late
    return [late * share for share in recency([hit.passage.authored_at for hit in hits])]


def _weighted(similarity: float, words: float, rank: float) -> float:
    shares = tuning().evidence
    return shares.similarity * similarity + shares.words * words + shares.rank * rank


def _spans_of(hits: Sequence[ScoredPassage]) -> list[list[Span]]:
    """Cut the passages into sentences, as many passages as the limit on sentences allows (at least one)."""
    spans: list[list[Span]] = []
    total, most = 0, tuning().evidence.sentences
    for hit in hits:
        cut = sentence_spans(hit.passage.text)
        if spans and total + len(cut) > most:
            break
        spans.append(cut[:most])
        total += len(cut)
    return spans


def _in_context(hit: ScoredPassage, span: Span) -> str:
    heading = hit.passage.section[-1] if hit.passage.section else ""
    return f"{heading}\n{hit.passage.text[slice(*span)]}".strip()


def _with_neighbours(text: str, cut: Sequence[Span], position: int) -> set[int]:
    """The sentence; a very short one with those beside it, a list item with its list's lead-in, a lead-in
    with its list.
    """
    first = last = position
    short, items = tuning().evidence.short, tuning().evidence.list_items
    if cut[position][1] - cut[position][0] < short:
        first, last = max(0, position - 1), min(len(cut) - 1, position + 1)
    if text[slice(*cut[position])].endswith(":"):
        while last + 1 < len(cut) and last - position < items and text[cut[last + 1][0]] in "-•*–|▪◦·":
            last += 1
    back = position
    while back > 0 and position - back < items and text[slice(*cut[back])].startswith(_MARK):
        back -= 1
    if back < position and text[slice(*cut[back])].endswith(":"):
        first = back
    return set(range(first, last + 1))


def _as_evidence(
    chosen: dict[int, set[int]],
    best: Mapping[int, int],
    hits: Sequence[ScoredPassage],
    spans: Sequence[Sequence[Span]],
) -> tuple[Evidence, ...]:
    """Make windows. Of a patient, the latest document comes first, since it supersedes; literature follows,
    the closest first.
    """
    evidence: list[Evidence] = []
    for number in sorted(chosen, key=lambda number: (*_age(hits[number].passage), best[number])):
        passage = hits[number].passage
        for first, last in _runs(sorted(chosen[number])):
            start, end = spans[number][first][0], spans[number][last][1]
            window = Evidence(
                len(evidence) + 1,
                hits[number],
                passage.start + start,
                passage.start + end,
                passage.text[start:end],
            )
            evidence.append(window)
    return tuple(evidence)


def _age(passage: Passage) -> tuple[bool, float]:
    """Sort key: a patient's documents before literature, by clinical time, latest first; the undated last."""
    if passage.patient_id is None or passage.authored_at is None:
        return passage.patient_id is None, 0.0
    return False, -bounds(passage.authored_at)[0]


def _runs(positions: Sequence[int]) -> list[Span]:
    """Join positions into closed runs; a gap of one sentence is filled, as it costs less than another
    heading.
    """
    runs: list[Span] = []
    for position in positions:
        if runs and position <= runs[-1][1] + 2:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position, position))
    return runs
