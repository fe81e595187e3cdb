"""Text of observations and notes that came as RTF: read by the parser of RTF, so that its words can be
found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Source
from rag.ingest.hl7v2.telling.results import Observed
from rag.ingest.parsing.contract import PartReader
from rag.ingest.parsing.media import RTF

_OPENS = "{\\rtf"


def is_rtf(text: str) -> bool:
    """Tell whether a text is RTF."""
    return text.lstrip().startswith(_OPENS)


def unpacked(observations: Sequence[Observed], read: Callable[[str], str]) -> list[Observed]:
    """Return observations with their RTF read; one RTF that runs over several observations of a name is one
    text.
    """
    found: list[Observed] = []
    waiting = list(observations)
    while waiting:
        one = waiting.pop(0)
        text = "" if one.is_embedded else one.segment.text(5)
        if is_rtf(text):
            while (
                not _is_closed(text)
                and waiting
                and waiting[0].label == one.label
                and not waiting[0].is_embedded
            ):
                following = waiting.pop(0)
                text += following.segment.text(5)
                one.notes.extend(following.notes)
            one.plain = read(text)
        one.notes = [read(note) if is_rtf(note) else note for note in one.notes]
        found.append(one)
    return found


def _is_closed(text: str) -> bool:
    plain = text.replace("\\{", "").replace("\\}", "")
    return plain.count("{") <= plain.count("}")


class RtfTexts:
    """Reads RTF within the texts of one file."""

    def __init__(self, parts: PartReader, source: Source, warn: Warn) -> None:
        self._parts, self._source, self._warn = parts, source, warn
        self._number = 0

    def read(self, text: str) -> str:
        """Return the text of an RTF; as it came, with a warning, where it cannot be read."""
        self._number += 1
        data = "".join(_escaped(text.strip()))
        found: list[str] = []
        for item in self._parts.documents(
            self._source, f"text-{self._number}.rtf", data.encode("ascii"), self._warn, RTF
        ):
            if isinstance(item, ParseError):
                self._warn(item)
            else:
                found.append(item.text)
        return "\n\n".join(found) or text


def _escaped(text: str) -> Iterator[str]:
    """Yield RTF in ASCII, whatever letters stand in it: ``\\uN`` with the letter to show where that is not
    known.
    """
    for char in text:
        if char.isascii():
            yield char
        else:
            code = ord(char)
            yield f"\\u{code - 65536 if 32767 < code < 65536 else code}?" if code < 65536 else "?"
