"""From evidence to a verified answer, as a stream of events: evidence first, each sentence as it is checked,
then the whole.

A sentence is shown only when exact quotes support it. The sentence of the evidence that comes closest to the
question is quoted word for word beside what the model wrote, unless cited already: a small model overlooks
things. When nothing it wrote stands, extracts are the answer.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.answer.compose import TextOf, has_exact_quotes, placed
from rag.answer.from_facts.matching import keys
from rag.answer.instructed import without_instructions
from rag.answer.relevance.gate import Relevance, RelevanceGate, candidates_of
from rag.answer.relevance.named import is_told, names_all
from rag.answer.seams import Similar
from rag.answer.select.extracts import Extractor
from rag.answer.verify.contradictions import Contradicts, find_contradictions
from rag.answer.verify.quotes import Aligner, Overlap
from rag.answer.write.drafts import DraftSentence
from rag.answer.write.generator import Generation, Generator
from rag.core.errors import Unavailable
from rag.core.stages import ended
from rag.core.types import (
    AbstainReason,
    Answer,
    AnswerEvent,
    Claim,
    ClaimChecked,
    Coverage,
    Done,
    Evidence,
    EvidenceFound,
    Notice,
    Passage,
    Trace,
)
from rag.understand.values import QuestionPart

_log = logging.getLogger(__name__)
_JUDGES = re.compile(r"(?:oui|non|si|yes|no)\b\s*(?:[,.:;!–-]|$)", re.IGNORECASE)
"""A yes or a no is a judgement that no quote states: such a sentence is withheld and the documents speak for
themselves.
"""


@dataclass(frozen=True, slots=True)
class AnswerTask:
    """What is to be answered, from what. ``focus`` is the question without persons' names: what is asked, not
    of whom.

    ``trace`` is completed with this stage's timings and counts.
    """

    question: str
    focus: str
    language: str
    evidence: tuple[Evidence, ...]
    relevance: Relevance
    coverage: Coverage
    trace: Trace
    notices: tuple[Notice, ...] = ()
    refusal: AbstainReason | None = None
    """Set where the question must not be answered, whatever the evidence."""
    part: QuestionPart | None = None
    """What is asked, where it was understood and is asked of one patient's record."""


@dataclass(slots=True)
class _AnswerInProgress:
    """What one answer gathers on its way."""

    started: float
    claims: list[Claim] = field(default_factory=list)
    withheld: list[Claim] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    generation: Generation | None = None

    def mark(self, stage: str, since: float) -> None:
        spent = 1000 * (time.perf_counter() - since)
        self.timings_ms[stage] = round(self.timings_ms.get(stage, 0.0) + spent, 2)
        ended(f"answer.{stage}", spent)


@dataclass(frozen=True, slots=True)
class Answerer:
    """Writes, verifies, withholds and abstains. Without a ``generator`` it quotes only."""

    generator: Generator | None
    aligner: Aligner
    extractor: Extractor
    gate: RelevanceGate
    similar: Similar
    overlap: Overlap
    contradicts: Contradicts
    text_of: TextOf

    def answer(self, task: AnswerTask) -> Iterator[AnswerEvent]:
        """Yield the events of one answer; the last is ``Done``."""
        run = _AnswerInProgress(time.perf_counter())
        yield EvidenceFound(task.evidence, task.coverage)
        reason = self._refusal(task)
        if reason is None:
            yield from self._claims(replace(task, evidence=without_instructions(task.evidence)), run)
            if not run.claims:
                reason = self._reason_for_nothing(run)
        yield Done(self._composed(task, run, reason))

    def relevance(self, question: str, language: str, evidence: Sequence[Evidence]) -> Relevance:
        """Say how likely the evidence answers this very question."""
        return self.gate.assess(
            question,
            language,
            candidates_of(evidence, self.similar(question, [item.text for item in evidence])),
        )

    def traced(self, trace: Trace, language: str) -> Trace:
        """Return a trace with the model and the prompt that an answer comes from; none where sentences are
        quoted.
        """
        if self.generator is None:
            return replace(trace, model="none")
        prompt = self.generator.prompt(language)
        return replace(trace, prompt_id=prompt.prompt_id, prompt_sha256=prompt.sha256)

    def _refusal(self, task: AnswerTask) -> AbstainReason | None:
        """Say why the evidence cannot answer this question, None when it may."""
        if task.refusal is not None or not task.evidence:
            return task.refusal or "no_evidence"
        is_named = task.part is not None and names_all(task.part, (item.text for item in task.evidence))
        return None if is_named or task.relevance.score >= self.gate.threshold else "low_relevance"

    def _claims(self, task: AnswerTask, run: _AnswerInProgress) -> Iterator[AnswerEvent]:
        if self.generator is not None:
            yield from self._written(self.generator, task, run)
            if not run.claims and not run.withheld and not run.notices:
                return
        extracts = self.extractor.extracts(
            task.focus, task.language, task.evidence, lambda claim: self._is_to_the_point(claim, task)
        )
        wanted = extracts[:1] if run.claims else extracts
        for claim in wanted:
            if (
                not _is_cited(claim, run.claims)
                and self._is_to_the_point(claim, task)
                and not _says_less(claim, run.claims, task)
                and has_exact_quotes(claim, self.text_of)
            ):
                run.claims.append(claim)
                yield ClaimChecked(claim, withheld=False)

    def _written(
        self, generator: Generator, task: AnswerTask, run: _AnswerInProgress
    ) -> Iterator[AnswerEvent]:
        run.generation = generator.generate(task.question, task.language, task.evidence)
        since = time.perf_counter()
        for draft in self._drafts(run.generation, run):
            run.mark("generate", since)
            since = time.perf_counter()
            if not _is_repeated(draft, run):
                claim, stands = self._checked(draft, task)
                run.mark("verify", since)
                (run.claims if stands else run.withheld).append(claim)
                yield ClaimChecked(claim, withheld=not stands)
            since = time.perf_counter()
        run.mark("generate", since)

    def _drafts(self, generation: Generation, run: _AnswerInProgress) -> Iterator[DraftSentence]:
        """The model's drafts; a model that fails ends them with a notice, so that the reader still gets the
        extracts.
        """
        try:
            yield from generation.drafts
            if generation.stream.is_late:
                run.notices.append("llm_stopped")
        except Unavailable as error:
            _log.warning("the language model stopped: %s", error.key)
            run.notices.append("llm_stopped" if run.claims or run.withheld else "llm_unavailable")

    def _is_to_the_point(self, claim: Claim, task: AnswerTask) -> bool:
        """Whether what a claim cites tells of what the question names: true words about another drug or
        disease are a wrong answer.
        """
        if task.part is not None and not any(
            is_told(task.part, citation, task.evidence) for citation in claim.citations
        ):
            return False
        passages = {item.scored.passage.passage_id: item.scored.passage for item in task.evidence}
        cited = [passages[citation.passage_id] for citation in claim.citations]
        if not self.gate.names_a_drug(task.focus, task.language):
            cited = [self._in_whole(passage) for passage in cited]
        return self.gate.tells(task.focus, task.language, cited)

    def _in_whole(self, passage: Passage) -> Passage:
        """A passage of the literature with the whole text of its document, which says what it is about.

        Where a drug is asked about, its own words must: one document may give doses for several diseases.
        """
        text = None if passage.patient_id is not None else self.text_of(passage.doc_id)
        return passage if text is None else replace(passage, text=text)

    def _checked(self, draft: DraftSentence, task: AnswerTask) -> tuple[Claim, bool]:
        """Return the claim with its quotes and support, and whether it may be shown."""
        alignment = (
            None
            if _JUDGES.match(draft.text)
            else self.aligner.align(draft.text, draft.markers, task.evidence)
        )
        if alignment is None:
            return Claim(draft.text, 0, 0, (), "none", 0.0, "written"), False
        support = round(alignment.verdict.support, 4)
        citations = tuple(quote.citation() for quote in alignment.quotes)
        claim = Claim(
            draft.text,
            0,
            0,
            citations,
            self.aligner.verifier.support_level(alignment.verdict),
            support,
            "written",
        )
        stands = support >= self.aligner.verifier.threshold and self._is_to_the_point(claim, task)
        return claim, stands and has_exact_quotes(claim, self.text_of)

    def _reason_for_nothing(self, run: _AnswerInProgress) -> AbstainReason:
        """The model had nothing to say, or what it said could not be supported."""
        return "unsupported" if run.withheld else "no_evidence"

    def _composed(self, task: AnswerTask, run: _AnswerInProgress, reason: AbstainReason | None) -> Answer:
        since = time.perf_counter()
        contradictions = find_contradictions(
            run.claims, without_instructions(task.evidence), self.overlap, self.contradicts
        )
        run.mark("contradictions", since)
        text, claims = placed(run.claims)
        return Answer(
            question=task.question,
            language=task.language,
            answer=text,
            abstained=not claims,
            abstain_reason=None if claims else reason,
            claims=claims,
            withheld=tuple(run.withheld),
            contradictions=contradictions,
            evidence=task.evidence,
            coverage=task.coverage,
            invalid_markers=run.generation.reader.invalid_markers if run.generation else 0,
            trace=_completed(task.trace, run),
            notices=(*task.notices, *run.notices),
            missing=() if claims else task.relevance.missing,
            relevance=round(task.relevance.score, 4),
        )


def _says_less(extract: Claim, claims: Sequence[Claim], task: AnswerTask) -> bool:
    """Tell whether an extract lacks a word of the question that another one holds (``glycémie de
    l'enfant``): it speaks of something else.
    """
    asked = keys(" ".join(task.part.words)) if task.part is not None else frozenset()
    return any(asked & keys(claim.text) - keys(extract.text) for claim in claims)


def _is_cited(extract: Claim, claims: Sequence[Claim]) -> bool:
    """Tell whether a claim already cites the place of an extract."""
    own = extract.citations[0]
    cited = [citation for claim in claims for citation in claim.citations if citation.doc_id == own.doc_id]
    return any(citation.start < own.end and own.start < citation.end for citation in cited)


def _is_repeated(draft: DraftSentence, run: _AnswerInProgress) -> bool:
    text = draft.text.casefold()
    return any(text == claim.text.casefold() for claim in (*run.claims, *run.withheld))


def _completed(trace: Trace, run: _AnswerInProgress) -> Trace:
    before = trace.timings_ms.get("total", 0.0)
    total = before + 1000 * (time.perf_counter() - run.started)
    usage = run.generation.stream.usage if run.generation else None
    return replace(
        trace,
        timings_ms={**trace.timings_ms, **run.timings_ms, "total": round(total, 2)},
        tokens_in=usage.tokens_in if usage else 0,
        tokens_out=usage.tokens_out if usage else 0,
    )
