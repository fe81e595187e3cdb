"""The text of a mail: of several writings of one text (RFC 2046 5.1.4) the one that says more, and what the
others say beyond it.

Programs write a stub or nothing as plain text beside the real text in HTML, and some the other way round:
neither may be trusted blindly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

from rag.core.protocols import Warn
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.decode import decode_as
from rag.ingest.plain.calendar import calendar_text
from rag.ingest.plain.html import decoded, page_text

_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"<?(?:https?://|mailto:|www\.)\S+|\[cid:[^\]\[]*\]")
_NOT_TEXT = ("rfc822-headers",)
_DEEPEST = 30


@dataclass(slots=True)
class Bodies:
    """Parts a mail: ``texts`` in their order, and ``attached`` parts."""

    file: str
    aside: Aside
    warn: Warn
    texts: list[str] = field(default_factory=list)
    attached: list[EmailMessage] = field(default_factory=list)

    def read(self, part: EmailMessage, depth: int = 0) -> None:
        """Read a part and those within it."""
        if depth > _DEEPEST:
            self.attached.append(part)
        elif part.get_content_type() == "multipart/alternative":
            self._alternatives(part, depth)
        elif part.get_content_maintype() == "multipart":
            for text in (part.preamble, part.epilogue):
                self.aside.note("parts", "preamble", int(bool(_WORD.search(text or ""))))
            for inner in _parts(part):
                self.read(inner, depth + 1)
        elif _is_shown(part):
            self.texts.append(text_of(part, self.file, self.warn))
        else:
            self.attached.append(part)

    def _alternatives(self, part: EmailMessage, depth: int) -> None:
        """Read every writing of one text, and keep the fullest with what is only in others."""
        written: list[str] = []
        for inner in _parts(part):
            within = Bodies(self.file, self.aside, self.warn)
            within.read(inner, depth + 1)
            self.attached.extend(within.attached)
            written.append("\n\n".join(filter(str.strip, within.texts)))
        if text := fullest([text for text in written if text.strip()], self.aside):
            self.texts.append(text)


def fullest(written: Sequence[str], aside: Aside) -> str:
    """Return of several writings of one text the one that says most, and below it what only others say."""
    ordered = sorted(written, key=lambda text: -len(_words(text)))
    said = ordered[0] if ordered else ""
    for text in ordered[1:]:
        kept = "\n".join(_beyond(text, said))
        aside.note("alternatives", "", int(kept != text))
        said += f"\n\n{kept}" if kept else ""
    return said


def _beyond(text: str, said: str) -> Iterator[str]:
    """Yield the lines of a text that hold a word or number which another text lacks."""
    known = _words(said)
    return (line for line in text.splitlines() if _words(line) - known)


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(_ADDRESS.sub(" ", text))}


def _parts(part: EmailMessage) -> Iterator[EmailMessage]:
    payload = part.get_payload()
    return (
        (inner for inner in payload if isinstance(inner, EmailMessage))
        if isinstance(payload, list)
        else iter(())
    )


def _is_shown(part: EmailMessage) -> bool:
    if part.get_content_type() in ("message/delivery-status", "message/disposition-notification"):
        return True
    return (
        part.get_content_maintype() == "text" and not part.is_attachment() and not _safely(part.get_filename)
    )


def text_of(part: EmailMessage, file: str, warn: Warn) -> str:
    """Return the text of a part that is shown in the mail."""
    if part.get_content_maintype() == "message":
        payload = part.get_payload()
        inside = (
            b"\n".join(inner.as_bytes().strip() for inner in payload if isinstance(inner, EmailMessage))
            if isinstance(payload, list)
            else b""
        )
        return decode_as(inside, "", file)[0]
    data = part.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    charset, kind = str(_safely(part.get_content_charset) or ""), part.get_content_subtype()
    if kind in ("html", "xhtml") or (not charset and b"<html" in data[:400].lower()):
        markup = decode_as(data, charset, file)[0] if charset else decoded(data, file)
        return page_text(markup, file, warn)[0].done()[0]
    text = decode_as(data, charset, file)[0] if data else ""
    return calendar_text(text) if kind == "calendar" else text


def _safely(get: Callable[[], object]) -> object:
    try:
        return get()
    except Exception:  # the standard library fails in many ways on damaged headers
        return None
