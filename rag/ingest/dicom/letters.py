"""Letters of DICOM values whose label lies: UTF-8 under Latin-1, Windows-1252 under UTF-8, UTF-8 cut in the
middle of a letter. Bytes decide, as everywhere.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from functools import cache
from typing import TYPE_CHECKING, Any

from rag.ingest.parsing.decode import decode_as

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.dataelem import RawDataElement

_TEXTS = frozenset("LO LT PN SH ST UC UT".split())
_PLAIN = ("utf", "latin", "iso8859", "ascii")
"""Labels that may lie unseen; others escape to other letters, or take two bytes for one."""
_ESCAPE = b"\x1b"


@cache
def hear_letters() -> None:
    """Have pydicom read values by their bytes. It is told once in a process."""
    from pydicom.hooks import hooks

    hooks.register_callback("raw_element_value", _value)


def _value(
    raw: RawDataElement,
    data: dict[str, Any],
    *,
    encoding: str | MutableSequence[str] | None = None,
    ds: Dataset | None = None,
    **more: Any,
) -> None:
    from pydicom.hooks import raw_element_value

    label = (encoding if isinstance(encoding, str) else next(iter(encoding or ()), "")) or "iso8859"
    held = raw.value
    if (
        data["VR"] in _TEXTS
        and isinstance(held, bytes)
        and not held.isascii()
        and _ESCAPE not in held
        and label.lower().startswith(_PLAIN)
        and (text := _spoken(held, label)) is not None
    ):
        raw, encoding = raw._replace(value=text.encode()), "utf8"
    raw_element_value(raw, data, encoding=encoding, ds=ds, **more)


def _spoken(held: bytes, label: str) -> str | None:
    """Return what bytes say where their label gives them another meaning, or none; else None."""
    for cut in range(4):  # a value is cut at a number of bytes, not of letters
        whole = held[: len(held) - cut]
        if whole.isascii():
            break
        try:
            return whole.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return decode_as(held, "cp1252", "")[0] if label.lower().startswith(("utf", "ascii")) else None
