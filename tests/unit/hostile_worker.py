"""A worker process whose parser of plain text does what the text says: the entry of ``test_workers.py``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Original, Source
from rag.ingest.formats import general as formats_general
from rag.ingest.parsing import media
from rag.ingest.parsing.contract import Format, Kit
from rag.ingest.parsing.process.worker import main as main


def document(source: Source, text: str) -> Document:
    return Document(
        "", source, "note", "", text, "fr", places=b"\x00\xff", original=Original("image/png", b"\x89")
    )


class Hostile:
    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        order = stream.read().decode()
        if order == "abort":
            os.abort()
        if order == "leave":
            os._exit(3)
        if order == "hang":
            re.match(r"(a+)+$", "a" * 60 + "b")  # exponential, and holds the interpreter's lock
        if order == "fill":
            bytearray(10**12)
        if order == "slow":
            for _ in range(3):
                os.system("sleep 1")
                self._kit.alive()
        if order == "print":
            print("noise", flush=True)
            os.system("echo noise")
        if order == "fail":
            raise KeyError("patient text")
        if order == "several":
            warn(ParseError("pdf_pages_without_text", file="a", pages="2"))
            yield document(source, "1")
            yield ParseError("file_empty", file="a")
            yield from (document(source, str(number)) for number in range(2, 40))
            return
        yield document(source, order * 3)


plain = Format(media.TEXT, "hostile/1", (".txt",), Hostile)
formats_general.GENERAL = (
    *(entry for entry in formats_general.GENERAL if entry.media_type != media.TEXT),
    plain,
)
