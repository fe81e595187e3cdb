"""Questions with what a good answer holds: JSON Lines, a question a line.

``{"_id","question","language"?,"answerable"?,"patient_id"?,"gold_docs"?,"gold_quotes"?,"must_have"?,"must_not"?}``
and, beyond the plain strings of ``must_have``: ``"nice_to_have"?`` (strings), ``"facts"?`` (sentences
``{"text","importance":"vital"|"okay"}``) and ``"slices"?`` (``{name: value}``, by which results are broken
down). Other fields are ignored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.records import Record, read_records
from rag.core.errors import UsageError

_LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence that a good answer says in its own words: ``is_vital``, or good to have (TREC's vital and
    okay nuggets).
    """

    text: str
    is_vital: bool


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question and its gold.

    ``answerable`` None means that the file does not say. ``gold_docs`` holds document ids, or names of source
    files with or without suffix. Each text of ``must_have``, ``nice_to_have`` and ``must_not`` lists
    alternatives between ``|``.
    """

    id: str
    text: str
    language: str | None = None
    answerable: bool | None = None
    patient_id: str | None = None
    gold_docs: tuple[str, ...] = ()
    gold_quotes: tuple[str, ...] = ()
    must_have: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    nice_to_have: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    slices: tuple[tuple[str, str], ...] = ()


def read_questions(files: Sequence[Path]) -> list[EvalQuestion]:
    """Read the questions of one or more files, in order.

    Raises:
        UsageError: a file is unreadable, a line is malformed, an id comes twice, or there is no question at
        all.
    """
    questions: dict[str, EvalQuestion] = {}
    for file in files:
        for record in read_records(file):
            question = question_of(record)
            if question.id in questions:
                raise UsageError("eval_duplicate", file=file, line=record.line, id=question.id)
            questions[question.id] = question
    if not questions:
        raise UsageError("eval_no_questions", files=", ".join(map(str, files)) or "–")
    return list(questions.values())


def checksum(files: Sequence[Path]) -> str:
    """Return a digest of the bytes of the files, in order."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def question_of(record: Record) -> EvalQuestion:
    """Return the question that a line holds.

    Raises:
        UsageError: a field is missing or of the wrong form; the error names file and line.
    """
    if not (text := record.text("question").strip()):
        raise record.error("question")
    language = record.optional_text("language")
    if language is not None and language not in _LANGUAGES:
        raise record.error("language")
    answerable = record.values.get("answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise record.error("answerable")
    return EvalQuestion(
        id=record.identifier(),
        text=text,
        language=language,
        answerable=answerable,
        patient_id=record.optional_text("patient_id"),
        gold_docs=record.texts("gold_docs"),
        gold_quotes=record.texts("gold_quotes"),
        must_have=record.texts("must_have"),
        must_not=record.texts("must_not"),
        nice_to_have=record.texts("nice_to_have"),
        facts=_facts(record),
        slices=record.slices(),
    )


def _facts(record: Record) -> tuple[Fact, ...]:
    found = record.values.get("facts")
    if found is None:
        return ()
    if not isinstance(found, list):
        raise record.error("facts")
    facts = []
    for item in found:
        text, importance = (
            (item.get("text"), item.get("importance", "vital")) if isinstance(item, dict) else (None, None)
        )
        if not isinstance(text, str) or not text.strip() or importance not in ("vital", "okay"):
            raise record.error("facts")
        facts.append(Fact(text.strip(), importance == "vital"))
    return tuple(facts)
