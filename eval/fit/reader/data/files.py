"""What each head is trained on: files under the folder of data, with their licences."""

from __future__ import annotations

from typing import Literal

from eval.fit.reader.data.documents import FILES
from eval.fit.reader.data.public import SETS as ANSWER_SETS
from eval.fit.reader.data.support_data import SETS as SUPPORT_SETS

HeadName = Literal["answers", "supports"]


def files_of(head: HeadName) -> tuple[tuple[str, str], ...]:
    """Return what a head is trained on: file under the folder of data, and licence."""
    folder, sets = ("answer", ANSWER_SETS) if head == "answers" else ("verify", SUPPORT_SETS)
    public = tuple((f"train/{folder}/{name}.jsonl.gz", licence) for name, licence in sets.items())
    return (*public, *FILES)
