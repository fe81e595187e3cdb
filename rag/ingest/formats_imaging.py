"""DICOM and pictures."""

from __future__ import annotations

from rag.ingest.formats import Format

IMAGING: tuple[Format, ...] = ()
