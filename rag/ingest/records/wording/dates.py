"""Times that records claim, before they are believed."""

from __future__ import annotations

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Source
from rag.ingest.parsing.address import name_of
from rag.ingest.records.wording.when import is_future


def checked_time(iso: str | None, source: Source, record: str, warn: Warn) -> str | None:
    """Return a clinical time, or None and a warning where it lies after the moment of reading: nothing was
    written in the future.
    """
    if iso is not None and is_future(iso, source.retrieved_at):
        warn(ParseError("record_future_date", file=name_of(source), record=record, date=iso[:10]))
        return None
    return iso
