"""Reads a marked file, and says what became of its word: it came out, it was named as left out, or it was
lost in silence.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from typing import Literal

from rag.core.errors import ParseError
from rag.core.types import Document, Source
from rag.ingest.formats.registry import format_of, media_type_of
from rag.ingest.parsing.aside import PREFIX
from rag.ingest.parsing.parts import Parts
from rag.ingest.parsing.sniff import look_into
from rag.settings import IngestSettings
from tools.marked.places import Place

Fate = Literal["read", "named", "failed", "lost"]
_AT = "2026-11-01T00:00:00+00:00"


class Marks:
    """Reads files in this process."""

    def __init__(self) -> None:
        self._parts = Parts(IngestSettings(ocr=False))

    def fate(self, place: Place, word: str) -> Fate:
        """Return what becomes of a word at a place; a failure is said too, for the file is reported."""
        said, noted, failed = self._read(place, word)
        if word.lower() in said.lower():
            return "read"
        if failed:
            return "failed"
        _, without, _ = self._read(place, "")
        return "named" if noted - without else "lost"

    def _read(self, place: Place, word: str) -> tuple[str, Counter[str], bool]:
        """Return all that comes out, what is noted by reason, and whether something failed."""
        noted: Counter[str] = Counter()

        def warn(error: ParseError) -> None:
            if error.key.startswith(PREFIX):
                noted[error.key] += int(str(error.variables.get("count", 1)))

        said, failed = "", False
        data, name = place.make(word), f"a{place.suffix}"
        self._parts.begin()
        try:
            found = media_type_of(look_into(name, data), name, "")
            source = Source(
                f"file:///{name}", found, hashlib.sha256(data).hexdigest(), format_of(found).parser, _AT
            )
            for item in self._parts.parsed(source, io.BytesIO(data), warn):
                if isinstance(item, Document):
                    said += f"\n{item.title}\n{item.text}\n{' '.join(item.metadata.values())}"
                else:
                    failed = True
        except ParseError:
            failed = True
        return said, noted, failed
