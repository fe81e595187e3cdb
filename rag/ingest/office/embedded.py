"""Files that lie inside an office file: read by the parsers of their kinds, or named as set aside.

Where they are all that the file holds, one that cannot be read is a failure: nothing else is left of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Link, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.contract import PartReader
from rag.ingest.records.attachments import doc_id_at


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file inside another: its name there, its bytes and the type declared for it."""

    name: str
    data: bytes
    media_type: str = ""


def read_embedded(
    inside: Sequence[EmbeddedFile],
    parts: PartReader | None,
    source: Source,
    aside: Aside,
    warn: Warn,
    *,
    is_all: bool,
) -> Iterator[Document | ParseError]:
    """Yield the documents of files inside a file; ``is_all`` says that it has no text but theirs.

    Raises:
        ParseError: ``is_all``, and nothing lies inside.
    """
    found, link = False, Link("attached_to", doc_id_at(source.uri))
    for number, part in enumerate(inside, start=1):
        if parts is None:
            aside.note("embedded", part.name)
            continue
        for item in parts.documents(source, f"{number}/{part.name}", part.data, warn, part.media_type):
            if isinstance(item, Document):
                found = True
                yield item if is_all else replace(item, links=(*item.links, link))
            elif is_all:
                found = True
                yield item
            else:
                aside.note("embedded", part.name)
    if is_all and not found:
        raise ParseError("office_without_text", file=name_of(source))
