"""Mailboxes (mbox, RFC 4155): many mails in one file, each read as a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.parsing import media
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.contract import Kit

_BETWEEN = re.compile(rb"From [^\r\n]{0,200}\d{4}[^\r\n]{0,40}\r?\n?$")
_HEADER = re.compile(rb">?[\w-]{1,60}:")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
"""Programs write a line of the text that begins with ``From`` with a mark before it."""


class MailboxParser:
    """Reads each mail of a mailbox."""

    def __init__(self, kit: Kit) -> None:
        self._parts = kit.parts

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the documents of each mail, and in its place the error of each that cannot be read.

        Raises:
            ParseError: there is no mail in it.
        """
        number = 0
        for number, mail in enumerate(mails(stream), start=1):
            yield from self._parts.documents(source, f"{number}.eml", mail, warn, media.EML)
        if not number:
            raise ParseError("mail_damaged", file=name_of(source))


def mails(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the mails of a mailbox.

    A new one begins at a line ``From … 2026`` at the start or behind a blank line, if a header follows: of a
    text that has such a line, no header follows.
    """
    held: list[bytes] = []
    waiting, is_open, before = b"", False, b"\n"
    for line in stream:
        if waiting and _HEADER.match(line):
            if is_open:
                yield _mail(held)
            held, is_open = [], True
        elif waiting:
            held.append(waiting)
        waiting = b""
        if not before.strip() and _BETWEEN.match(line):
            waiting = line
        else:
            held.append(line)
        before = line
    held.append(waiting)
    if is_open:
        yield _mail(held)


def _mail(lines: list[bytes]) -> bytes:
    return _QUOTED.sub(rb"\1", b"".join(lines))
