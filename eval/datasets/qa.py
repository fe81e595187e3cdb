"""Public question sets as answer tasks: each becomes a corpus and questions in Traboule's own forms, written
to a folder.

The texts stay what they are; only their form changes. A folder made before from the same bytes is used again.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from eval.datasets.declarations import Dataset, checksum
from eval.datasets.records import Record, read_records
from rag.core.errors import StorageError, UsageError

_VERSION = "1"
"""Raise it when a form is read differently, so that folders are made anew."""
_Lines = Iterator[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Where a question set is, ready to be asked."""

    corpus: Path
    questions: Path


def prepare(declared: Dataset, data: Path | None, folder: Path) -> Prepared:
    """Write a question set as corpus and questions.

    Args:
        declared: the data set.
        data: folder under which its files are.
        folder: where the sets made are kept.

    Raises:
        UsageError: a file is missing or malformed.
        StorageError: the folder cannot be written.
    """
    paths = declared.paths(data)
    made = folder / f"{declared.name}-{checksum(paths)[:12]}-{_VERSION}"
    corpus = paths[-1] if declared.corpus else made / "corpus.jsonl"
    if not (made / "questions.jsonl").is_file():
        form = FORMS[declared.form]
        sources = paths[: len(declared.files)]
        if not declared.corpus:
            _write(made / "corpus.jsonl", form.documents(sources))
        _write(made / "questions.jsonl", form.questions(sources))
    return Prepared(corpus, made / "questions.jsonl")


def brought_corpus(form: str, paths: Sequence[Path], folder: Path) -> Path:
    """Write the documents that the files of a form bring themselves, unless ``folder`` holds them already;
    return their file.

    Raises as ``prepare`` does.
    """
    corpus = folder / f"{form}-{checksum(paths)[:12]}-{_VERSION}" / "corpus.jsonl"
    if not corpus.is_file():
        _write(corpus, FORMS[form].documents(paths))
    return corpus


@dataclass(frozen=True, slots=True)
class Form:
    """How a set is read: its documents and its questions, from the same files."""

    documents: Callable[[Sequence[Path]], _Lines]
    questions: Callable[[Sequence[Path]], _Lines]


class _Snippet(BaseModel):
    """Where in which abstract a snippet stands."""

    document: str
    text: str
    begin_section: str = Field(alias="beginSection")
    start: int = Field(alias="offsetInBeginSection")
    end: int = Field(alias="offsetInEndSection")

    @property
    def id(self) -> str:
        """Return a name of the place."""
        return f"{self.document.rsplit('/', 1)[-1]}-{self.begin_section}-{self.start}-{self.end}"


class _BioasqQuestion(BaseModel):
    """A question of the challenge. An exact answer is yes or no, a list of ways to say it, or a list of
    those.
    """

    id: str
    body: str
    type: Literal["yesno", "factoid", "list", "summary"]
    snippets: list[_Snippet] = Field(min_length=1)
    ideal_answer: str | list[str]
    exact_answer: str | list[str | list[str]] | None = None

    def must_have(self) -> list[str]:
        """Return what a good answer names, alternatives between ``|``."""
        exact = (
            self.exact_answer
            if self.type in ("list", "factoid") and isinstance(self.exact_answer, list)
            else []
        )
        groups = [[entry] if isinstance(entry, str) else entry for entry in exact]
        if self.type == "factoid" and groups:  # every entry is another way to say the one answer
            groups = [[name for group in groups for name in group]]
        return ["|".join(name.replace("|", " ") for name in group) for group in groups]


def _pubmedqa_documents(paths: Sequence[Path]) -> _Lines:
    for record in _records(paths):
        yield {
            "_id": record.identifier(),
            "title": "",
            "text": "\n".join(record.texts("contexts")),
            "language": "en",
            "kind": "article",
        }


def _pubmedqa_questions(paths: Sequence[Path]) -> _Lines:
    """The gold answer is the conclusion of the abstract, which is not in the corpus: a fact to be
    entailed.
    """
    for record in _records(paths):
        yield {
            "_id": record.identifier(),
            "question": record.text("question"),
            "language": "en",
            "gold_docs": [record.identifier()],
            "facts": [{"text": record.text("long_answer"), "importance": "okay"}],
            "slices": {"decision": record.text("final_decision")},
        }


def _bioasq_documents(paths: Sequence[Path]) -> _Lines:
    """Each snippet of an abstract is a document of its own; one that several questions share comes once."""
    snippets = {snippet.id: snippet.text for question in _bioasq(paths) for snippet in question.snippets}
    for identifier, text in snippets.items():
        yield {"_id": identifier, "title": "", "text": text.strip(), "language": "en", "kind": "article"}


def _bioasq_questions(paths: Sequence[Path]) -> _Lines:
    for question in _bioasq(paths):
        ideal = question.ideal_answer if isinstance(question.ideal_answer, str) else question.ideal_answer[0]
        yield {
            "_id": question.id,
            "question": question.body,
            "language": "en",
            "answerable": True,
            "gold_docs": sorted({snippet.id for snippet in question.snippets}),
            "must_have": question.must_have(),
            "facts": [{"text": ideal, "importance": "okay"}],
            "slices": {"type": question.type},
        }


def _kqa_questions(paths: Sequence[Path]) -> _Lines:
    """Physicians' statements: must-have are vital, nice-to-have are okay. Whether the corpus holds them
    nobody said.
    """
    for number, record in enumerate(_records(paths), start=1):
        vital = [{"text": text, "importance": "vital"} for text in record.texts("Must_have")]
        okay = [{"text": text, "importance": "okay"} for text in record.texts("Nice_to_have")]
        yield {
            "_id": f"kqa-{number}",
            "question": record.text("Question"),
            "language": "en",
            "facts": [*vital, *okay],
        }


def _no_documents(paths: Sequence[Path]) -> _Lines:
    return iter(())


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "pubmedqa": Form(_pubmedqa_documents, _pubmedqa_questions),
        "bioasq": Form(_bioasq_documents, _bioasq_questions),
        "kqa": Form(_no_documents, _kqa_questions),
    }
)


def _records(paths: Sequence[Path]) -> Iterator[Record]:
    for path in paths:
        yield from read_records(path)


def _bioasq(paths: Sequence[Path]) -> Iterator[_BioasqQuestion]:
    """Yield the questions of the challenge's JSON files; a faulty one is named by its number in the file."""
    for path in paths:
        try:
            items = json.loads(_text(path))["questions"]
        except (ValueError, KeyError, TypeError):
            raise UsageError("eval_line_not_json", file=path, line=1) from None
        for number, item in enumerate(items, start=1):
            try:
                yield _BioasqQuestion.model_validate(item)
            except ValidationError as error:
                raise UsageError(
                    "eval_bad_field", file=path, line=number, field=error.errors()[0]["loc"][0]
                ) from None


def _text(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode("utf-8")


def _write(path: Path, lines: _Lines) -> None:
    """Write lines to a file that appears whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(
            "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
        )
        partial.replace(path)
    except OSError as error:
        raise StorageError(
            "eval_not_written", file=path, reason=error.strerror or type(error).__name__
        ) from None
