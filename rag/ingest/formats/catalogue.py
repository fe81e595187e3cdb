"""Every format that is read, in the order in which they are shown. A parser is loaded when the first file of its kind is met."""

from __future__ import annotations

from rag.ingest.formats.general import GENERAL
from rag.ingest.formats.imaging import IMAGING
from rag.ingest.formats.records import RECORDS
from rag.ingest.parsing.contract import Format


def formats() -> tuple[Format, ...]:
    """Return every format, in the order in which they are shown."""
    return (*GENERAL, *RECORDS, *IMAGING)
