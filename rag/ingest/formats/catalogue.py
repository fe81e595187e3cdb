"""Every format that is read, in the order in which they are shown. A parser is loaded when the first file of
its kind is met.
"""

from __future__ import annotations

from rag.ingest.formats import general, imaging, records
from rag.ingest.parsing.contract import Format


def formats() -> tuple[Format, ...]:
    """Return every format, in the order in which they are shown."""
    return (*general.GENERAL, *records.RECORDS, *imaging.IMAGING)
