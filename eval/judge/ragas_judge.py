"""ragas with the project's own models: its metrics and prompts as they are, our constrained decoding and our
embedder below them.

The only file that imports ragas, and imported only when a judge is opened (``eval.judge.opening``). ragas
reports its use to its makers unless told not to; that is told before it is loaded: nothing may leave the
hospital.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

os.environ["RAGAS_DO_NOT_TRACK"] = "true"

from ragas.embeddings.base import BaseRagasEmbedding
from ragas.llms.base import InstructorBaseRagasLLM
from ragas.metrics.collections import AnswerRelevancy, ContextPrecision, ContextRecall, Faithfulness
from ragas.metrics.collections.faithfulness.util import NLIStatementOutput, StatementGeneratorOutput

from eval.judge.opinions import Opinion
from eval.judge.replies import bounded, fault, objections
from eval.judge.writer import NoOpinion, Request

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from eval.judge.cases import Case
    from eval.judge.turns import Turns

_Reply = TypeVar("_Reply", bound=BaseModel)


class ConstrainedLlm(InstructorBaseRagasLLM):  # type: ignore[misc]  # ragas is absent where types are checked
    """Our language model as ragas asks it. ``heard`` keeps the replies, which say why a score is what it
    is.
    """

    def __init__(self, turns: Turns, seed: int, done: Callable[[], None]) -> None:
        self._turns, self._seed, self._done = turns, seed, done
        self._statements: int | None = None
        self.heard: list[str] = []

    def generate(self, prompt: str, response_model: type[_Reply]) -> _Reply:
        """Return one reply, outside of a running loop."""
        return asyncio.run(self.agenerate(prompt, response_model))

    async def agenerate(self, prompt: str, response_model: type[_Reply]) -> _Reply:
        """Return one reply. Raises ``NoOpinion`` where there is none."""
        entries = self._statements if response_model is NLIStatementOutput else None
        text = await self._turns.ask(
            Request(prompt, bounded(response_model.model_json_schema(), entries), self._seed)
        )
        self._done()
        try:
            reply = response_model.model_validate_json(text)
        except ValidationError:
            raise NoOpinion("broken_json") from None
        if (reason := fault(reply.model_dump(), entries)) is not None:
            raise NoOpinion(reason)
        if isinstance(reply, StatementGeneratorOutput):
            self._statements = len(reply.statements)
        self.heard.append(text)
        return reply


class QuestionEmbedding(BaseRagasEmbedding):  # type: ignore[misc]  # ragas is absent where types are checked
    """Our embedder as ragas asks it. It is asked for questions only, so the query side of the embedder
    answers.
    """

    def __init__(self, embedder: BaseEmbedding) -> None:
        super().__init__()
        self._embedder = embedder

    def embed_text(self, text: str, **kwargs: Any) -> list[float]:
        """Return the vector of a question."""
        return list(self._embedder.get_query_embedding(text))

    async def aembed_text(self, text: str, **kwargs: Any) -> list[float]:
        """Return the vector of a question."""
        return self.embed_text(text)


class RagasJudge:
    """Judges cases by ragas' metrics."""

    def __init__(self, turns: Turns, embedder: BaseEmbedding, models: str) -> None:
        self._turns, self._embedding = turns, QuestionEmbedding(embedder)
        self.name = f"ragas {version('ragas')} · {models}"

    async def score(self, metric: str, case: Case, repeat: int, done: Callable[[], None]) -> Opinion:
        """Return a score in [0, 1] with what the judge objects to. Raises ``NoOpinion`` where ragas finds
        none.
        """
        llm = ConstrainedLlm(self._turns, repeat + 1, done)
        result = await self._ascore(metric, case, llm)
        value = float(result.value)
        if math.isnan(value):
            raise NoOpinion("nothing_judged")
        return Opinion(min(1.0, max(0.0, value)), objections(llm.heard))

    async def _ascore(self, metric: str, case: Case, llm: ConstrainedLlm) -> Any:
        contexts = list(case.contexts)
        if metric == "faithfulness":
            return await Faithfulness(llm).ascore(
                user_input=case.question, response=case.answer, retrieved_contexts=contexts
            )
        if (
            metric == "answer_relevancy"
        ):  # ragas asks three times and takes the mean: that is what repeats are for
            return await AnswerRelevancy(llm, self._embedding, strictness=1).ascore(
                user_input=case.question, response=case.answer
            )
        kind = ContextRecall if metric == "context_recall" else ContextPrecision
        return await kind(llm).ascore(
            user_input=case.question, retrieved_contexts=contexts, reference=case.reference
        )
