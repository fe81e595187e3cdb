"""What a trained reader adds to scores: the best candidates are read with the question, and the probability
that each answers it counts beside its score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.core.protocols import TextReader
from rag.core.types import Passage
from rag.retrieve.tuning import tuning


def read_again(
    reader: TextReader | None,
    question: str,
    scores: Sequence[float],
    texts: Sequence[str],
    contexts: Sequence[str],
    *,
    count: int,
) -> list[float]:
    """Return the scores, where the ``count`` best texts have been read; without a reader, as they are.

    A text that is not read stays behind those that are: it keeps its score, less what reading could give.
    """
    if reader is None or not scores:
        return list(scores)
    share = tuning().reader.share
    best = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:count]
    likely = reader.answers(question, [texts[at] for at in best], [contexts[at] for at in best])
    said = dict(zip(best, likely, strict=True))
    return [(1 - share) * score + share * said.get(at, 0.0) for at, score in enumerate(scores)]


def reads(reader: TextReader | None, passages: Iterable[Passage]) -> TextReader | None:
    """Return the reader where all passages are literature. In a patient's record the rules, which know dates
    and short lines, choose better.
    """
    return None if any(passage.patient_id is not None for passage in passages) else reader


def context_of(passage: Passage) -> str:
    """Return what stands above a passage's text, as the reader was trained to see it."""
    return " > ".join(heading for heading in passage.headings() if heading)
