"""What of an article's texts came into no document: found by comparing words, so that no new element of a
format is lost unsaid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.core.types import Document
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.xml_tree import Element
from rag.ingest.parsing.xml_tree import name_of as tag_of
from rag.ingest.records.xml import within

_WORD = re.compile(r"[^\W\d_]{3,}")
_NEAR = 2_000
_SHORT = 10_000
"""Characters in which looking for a word costs less than making a set of all."""
_APART = frozenset("ref-list ReferenceList".split())


def texts_of(element: Element) -> Iterator[tuple[str, str]]:
    """Yield the texts of a record with the name of the element that each stands in; lists of references count
    as one.
    """
    lists = list(within(element, *_APART))
    apart = {inner for one in lists for inner in one.iter()}
    for inner in element.iter():
        if inner not in apart and (text := inner.text) and not text.isspace():
            yield tag_of(inner), text
        if inner is element or not (tail := inner.tail) or tail.isspace():
            continue
        if (above := inner.getparent()) not in apart:
            yield tag_of(above), tail


def note_unread(texts: Iterable[tuple[str, str]], document: Document, aside: Aside) -> None:
    """Count the texts that hold a word which the document has nowhere."""
    said = _ArticleWords(
        " ".join(
            (
                document.title,
                document.text,
                *document.metadata.values(),
                *(code.display for code in document.codes),
            )
        )
    )
    for name, text in texts:
        aside.characters += len(text)
        if not said.has(text):
            aside.note("article", name)


class _ArticleWords:
    """What a document says, asked for texts in their order: most stand word for word a little further on."""

    def __init__(self, whole: str) -> None:
        self._whole, self._at = whole, 0
        self._folded: str = ""
        self._words: set[str] = set()

    def _goes_on(self, text: str) -> bool:
        """Tell whether a text stands, in whole words, soon after the one before."""
        start = self._whole.find(text, self._at, self._at + len(text) + _NEAR)
        end = start + len(text)
        if (
            start < 0
            or self._whole[max(0, start - 1) : start].isalpha()
            or self._whole[end : end + 1].isalpha()
        ):
            return False
        if " " in text:
            self._at = end  # a number stands in many places
        return True

    def has(self, text: str) -> bool:
        """Tell whether it says every word of a text, in time that grows with the text alone."""
        if self._goes_on(text.strip()) or ("\n" in text and self._goes_on(" ".join(text.split()))):
            return True
        words = _WORD.findall(text.lower())
        if not words:
            return True
        if not self._folded:
            self._folded = self._whole.lower()
        if len(self._folded) < _SHORT and any(word not in self._folded for word in words):
            return False
        if not self._words:
            self._words.update(_WORD.findall(self._folded))
        return self._words.issuperset(words)
