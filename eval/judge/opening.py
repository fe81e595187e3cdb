"""Opens the judge: ragas over the language model and the embedder of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rag.core.errors import ConfigurationError

if TYPE_CHECKING:
    from eval.judge.opinions import Judge
    from eval.judge.replies_file import KeptReplies
    from rag.settings import LlmSettings, Settings

_CONTEXT_TOKENS = 8192
"""ragas' examples alone take a thousand tokens, its evidence all that an answer was written from."""
_REPLY_TOKENS = 1024
_TEMPERATURE = 0.3
"""Of repeats: at 0 they would say the same again."""


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How the judge is asked. ``replies`` is the file that keeps what it says; with ``resume`` what it said
    before counts.
    """

    replies: Path = Path()
    timeout_s: float = 120.0
    repeats: int = 1
    workers: int = 1
    resume: bool = False


@dataclass(frozen=True, slots=True)
class OpenJudge:
    """A judge, and the replies that it gave so far."""

    judge: Judge
    replies: KeptReplies


def need_ragas() -> None:
    """Check that ragas is there, before anything is read.

    Raises:
        ConfigurationError: it is not; it says what to run.
    """
    if find_spec("ragas") is None:
        raise ConfigurationError("judge_ragas_missing")


@contextmanager
def opened_judge(settings: Settings, home: Path, options: JudgeOptions) -> Iterator[OpenJudge]:
    """Open ragas with the project's models; what still waits when the block ends is never asked.

    Raises:
        ConfigurationError: ragas is not installed here, or the settings name no language model.
        Unavailable: a model is not there.
    """
    need_ragas()
    from eval.judge.replies_file import KeptReplies
    from eval.judge.turns import Turns
    from eval.judge.writer import Writer
    from rag.models.embedding.embedders import make_embedder
    from rag.models.llm.llms import make_llm
    from rag.settings import models_folder

    try:
        from eval.judge.ragas_judge import RagasJudge
    except ImportError:  # it is installed beside versions that it cannot be imported with
        raise ConfigurationError("judge_ragas_missing") from None
    asked = _asked(settings.llm, options)
    folder = models_folder(settings, home)
    embedder, llm = make_embedder(folder, settings.embedder), make_llm(asked, folder)
    models = f"{asked.kind}:{asked.name}@{asked.temperature:g}"
    replies = KeptReplies(options.replies, models, resume=options.resume)
    writer = Writer(llm, options.timeout_s, _REPLY_TOKENS)
    turns = Turns(replies.writing(writer.write), options.workers if asked.kind == "openai" else 1)
    try:
        repeated = f" × {options.repeats}, temperature {asked.temperature:g}" if options.repeats > 1 else ""
        yield OpenJudge(
            RagasJudge(turns, embedder, f"{asked.name}, {embedder.model_name}{repeated}"), replies
        )
    finally:
        writer.stop()
        turns.close()
        if close := getattr(llm, "close", None):
            close()


def _asked(llm: LlmSettings, options: JudgeOptions) -> LlmSettings:
    """Return the settings of the language model as a judge: more to read, and repeats that may differ."""
    if llm.kind == "none":
        raise ConfigurationError("judge_no_llm")
    wanted = {
        "context_tokens": max(llm.context_tokens, _CONTEXT_TOKENS),
        "temperature": max(llm.temperature, _TEMPERATURE) if options.repeats > 1 else llm.temperature,
        "timeout_s": options.timeout_s,
    }
    return llm.model_copy(update=wanted)
