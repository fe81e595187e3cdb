"""The stored documents as gold names them: which document is meant, and where a gold quote stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from eval.datasets.questions import EvalQuestion
from rag.core.text import Span
from rag.core.types import Document

DocumentOf = Callable[[str], Document | None]
"""Gives a stored document by id, None where there is none."""

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Library:
    """The stored documents, by id, and the ids by the names that gold may use for them."""

    document: DocumentOf
    names: Mapping[str, frozenset[str]]
    _found: dict[tuple[str, ...], list[Place]] = field(default_factory=dict, compare=False, repr=False)

    def resolve(self, gold: Iterable[str]) -> frozenset[str]:
        """Return the ids of the documents that gold names: by id, or by the end of the path of the source
        file, with or without suffix.
        """
        return frozenset().union(*(self.names.get(name, frozenset()) for name in gold))

    def places(self, quotes: tuple[str, ...], doc_ids: Iterable[str]) -> list[Place]:
        """Return where gold quotes stand in some documents; in all of them, looked through once, where none
        is named.
        """
        if named := sorted(doc_ids):
            return [place for doc_id in named for place in _places(doc_id, self.document(doc_id), quotes)]
        if quotes not in self._found:
            every = sorted(frozenset().union(*self.names.values()))
            self._found[quotes] = [
                place for doc_id in every for place in _places(doc_id, self.document(doc_id), quotes)
            ]
        return self._found[quotes]

    def gold_places(self, question: EvalQuestion) -> list[Place]:
        """Return where the gold quotes of a question stand: in its gold documents, or anywhere where it names
        none that is known.
        """
        return self.places(question.gold_quotes, self.resolve(question.gold_docs))


def names_of(doc_id: str, uri: str) -> set[str]:
    """Return the names that gold may use for a document. A record of a file of many goes by its id only."""
    parts = urlsplit(uri)
    if parts.fragment:
        return {doc_id}
    steps = PurePosixPath(unquote(parts.path).lstrip("/")).parts
    ends = [PurePosixPath(*steps[start:]) for start in range(len(steps))]
    return {doc_id, *(str(name) for end in ends for name in (end, end.with_suffix("")))}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gold quote, by number, stands."""

    quote: int
    doc_id: str
    span: Span


def _places(doc_id: str, document: Document | None, quotes: Iterable[str]) -> Iterator[Place]:
    """Find gold quotes in a text; white space may differ, nothing else."""
    for number, quote in enumerate(quotes if document is not None else ()):
        pattern = r"\s+".join(re.escape(word) for word in _SPACE.split(quote.strip()) if word)
        for found in re.finditer(pattern, document.text) if document is not None else ():
            yield Place(number, doc_id, found.span())
