"""Answers about two patients and one paper, and a verifier that counts words: what the tests of the
evaluation score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.datasets.questions import EvalQuestion
from eval.metrics.answers.case import AnswerCase
from eval.metrics.answers.citations import Judge
from eval.metrics.answers.library import Library, names_of
from eval.metrics.catalogue import CATALOGUE
from eval.statistics.scores import Score
from rag.contract import AnswerJson, answer_json
from rag.core.types import (
    Answer,
    Citation,
    Claim,
    Coverage,
    Document,
    Evidence,
    Passage,
    ScoredPassage,
    Source,
    Support,
    Trace,
    Verdict,
)

HIP = "Left hip replaced.\nNo fever."
KNEE = "Right knee replaced."
COVERAGE = Coverage(0, {}, None, None, None)
TRACE = Trace("m", "e", "v", "", "", "", "", {}, 0, 0)


@dataclass(frozen=True, slots=True)
class WordsVerifier:
    """Supports a claim when the premise has all its words."""

    name: str = "words"
    threshold: float = 0.5

    def verify(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        return [Verdict(float(words(claim) <= words(premise))) for premise, claim in pairs]

    def support_level(self, verdict: Verdict) -> Support:
        return "full" if verdict.support >= self.threshold else "none"


JUDGE = Judge(WordsVerifier())


def words(text: str) -> set[str]:
    return set(text.lower().replace(".", " ").split())


def document(doc_id: str, text: str, patient: str | None = None) -> Document:
    return Document(
        doc_id,
        Source(f"file:///records/{doc_id}.md", "text/markdown", "0", "plain/1", ""),
        "note",
        doc_id,
        text,
        "en",
        patient_id=patient,
    )


DOCUMENTS = {
    found.doc_id: found
    for found in (
        document("hip", HIP, "P1"),
        document("knee", KNEE, "P2"),
        document("paper", "Hips wear out."),
    )
}
LIBRARY = Library(
    DOCUMENTS.get,
    {name: frozenset({key}) for key in DOCUMENTS for name in names_of(key, DOCUMENTS[key].source.uri)},
)


def cite(doc_id: str, quote: str) -> Citation:
    start = DOCUMENTS[doc_id].text.index(quote)
    return Citation(1, doc_id, f"{doc_id}-0", quote, start, start + len(quote))


def claim(text: str, *citations: Citation) -> Claim:
    return Claim(text, 0, len(text), citations, "full", 1.0)


def evidence(doc_id: str) -> Evidence:
    found = DOCUMENTS[doc_id]
    passage = Passage(
        f"{doc_id}-0",
        doc_id,
        "r1",
        0,
        0,
        len(found.text),
        found.text,
        found.title,
        found.kind,
        "en",
        patient_id=found.patient_id,
    )
    return Evidence(1, ScoredPassage(passage, 1.0, 1, "fusion"), 0, len(found.text), found.text)


def answer(*claims: Claim, shown: Sequence[Evidence] = ()) -> AnswerJson:
    return answer_json(
        Answer(
            question="q",
            language="en",
            answer=" ".join(item.text for item in claims),
            abstained=not claims,
            abstain_reason=None if claims else "no_evidence",
            claims=claims,
            withheld=(),
            contradictions=(),
            evidence=tuple(shown),
            coverage=COVERAGE,
            invalid_markers=0,
            trace=TRACE,
        )
    )


def asked(text: str = "q", **gold: object) -> EvalQuestion:
    return EvalQuestion("1", text, **gold)  # type: ignore[arg-type]


SILENCE = answer()


def scored(
    name: str, said: AnswerJson, question: EvalQuestion | None = None, library: Library = LIBRARY
) -> Score:
    """The score of an answer by a metric of the catalogue; its question has no gold where none is given."""
    metric = next(metric for metric in CATALOGUE.answers if metric.name == name)
    return metric.score(AnswerCase(question or asked(), said, JUDGE, library))
