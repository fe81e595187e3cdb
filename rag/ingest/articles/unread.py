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

_WORD = re.compile(r"[^\W\d_]{3,}")
_APART = frozenset("ref-list ReferenceList".split())


def texts_of(element: Element) -> Iterator[tuple[str, str]]:
    """Yield the texts of a record with the name of the element that each stands in; lists of references count
    as one.
    """
    for inner in element:
        if not isinstance(inner.tag, str):
            continue
        name = tag_of(inner)
        if name not in _APART:
            if inner.text and not inner.text.isspace():
                yield name, inner.text
            yield from texts_of(inner)
        if inner.tail and not inner.tail.isspace():
            yield tag_of(element), inner.tail


def note_unread(texts: Iterable[tuple[str, str]], document: Document, aside: Aside) -> None:
    """Count the texts that hold a word which the document has nowhere."""
    whole = (
        document.title,
        document.text,
        *document.metadata.values(),
        *(code.display for code in document.codes),
    )
    said = set(_WORD.findall(" ".join(whole).lower()))
    for name, text in texts:
        aside.characters += len(text)
        if not said.issuperset(_WORD.findall(text.lower())):
            aside.note("article", name)
