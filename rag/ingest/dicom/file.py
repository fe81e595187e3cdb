"""Opens DICOM files with pydicom, and reads single values of them without believing that they are well
formed.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rag.core.errors import ParseError
from rag.core.text import canonical
from rag.ingest.dicom.letters import hear_letters
from rag.ingest.parsing.decode import unmangled

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

_LONGEST = 10_000


@contextmanager
def tolerant() -> Iterator[None]:
    """Let pydicom read what devices really write; it would say of every other file that a value has a letter
    too many.
    """
    from pydicom import config

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = config.settings.reading_validation_mode
        config.settings.reading_validation_mode = config.IGNORE
        try:
            yield
        finally:
            config.settings.reading_validation_mode = before


def opened_dicom(data: bytes, file: str) -> FileDataset:
    """Return the data set of a file.

    Raises:
        ParseError: it is damaged, or cut short before its header ends.
    """
    from pydicom import dcmread

    hear_letters()
    try:
        with tolerant():
            return dcmread(io.BytesIO(data))
    except Exception as error:  # pydicom raises whatever its codecs and struct raise on damaged files
        raise ParseError("dicom_damaged", file=file, reason=type(error).__name__) from None


def value(data: Dataset, name: str) -> Any:
    """Return the value under a keyword, None where there is none or it cannot be read."""
    try:
        with tolerant():
            return data.get(name)
    except Exception:  # a value is decoded when it is asked for
        return None


def text(data: Dataset, name: str) -> str:
    """Return a value as one line of canonical text; several values are joined by commas."""
    found = value(data, name)
    if found is None:
        return ""
    many = found if isinstance(found, list | tuple) or type(found).__name__ == "MultiValue" else [found]
    return " ".join(
        canonical(unmangled(", ".join(str(one).strip(" \x00") for one in many)))[:_LONGEST].split()
    )


def number(data: Dataset, name: str, default: int = 0) -> int:
    """Return a value as a whole number, ``default`` where it is none."""
    try:
        return int(value(data, name))
    except (TypeError, ValueError, OverflowError):
        return default


def items(data: Dataset, name: str) -> list[Dataset]:
    """Return the items of a sequence, none where there is no such sequence."""
    found = value(data, name)
    return list(found) if type(found).__name__ == "Sequence" else []


def is_compressed(data: Dataset) -> bool:
    """Tell whether the pixels are compressed, as far as the file's transfer syntax is one that is known."""
    try:
        return bool(data.file_meta.TransferSyntaxUID.is_compressed)
    except (AttributeError, ValueError):
        return False
