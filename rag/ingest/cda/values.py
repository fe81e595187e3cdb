"""Data types of CDA in words: concepts with their original text, values, times, and why a value is
missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.core.types import Code
from rag.ingest.cda.header import system_name
from rag.ingest.records.wording.units import unit_in_words
from rag.ingest.records.wording.when import from_stamp
from rag.ingest.records.xml import Element, child, children, local, value_at
from rag.messages import catalogue, message

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_TRUE = ("true", "1")


@dataclass(frozen=True, slots=True)
class NarrativeIds:
    """Finds the elements of a narrative by their ids, for texts that are referred to."""

    by_id: dict[str, Element]
    language: str

    def text(self, element: Element | None) -> str:
        """Return the text of an element, or of what it refers to in the narrative."""
        if element is None:
            return ""
        written = " ".join("".join(element.itertext()).split())
        if written:
            return written
        target = self.by_id.get(value_at(element, "value", "reference").lstrip("#"))
        return " ".join(" ".join(target.itertext()).split()) if target is not None else ""

    def concept(self, code: Element | None) -> str:
        """Return a concept in words: its display name, else its original text, else that of a translation,
        else its code.
        """
        if code is None:
            return ""
        found = [code.get("displayName") or "", self.text(child(code, "originalText"))]
        found += [one.get("displayName") or "" for one in children(code, "translation")]
        return next(filter(None, (" ".join(text.split()) for text in found)), "") or code.get("code") or ""

    def value(self, value: Element | None) -> str:
        """Return a value in words; why it is missing where it is."""
        if value is None:
            return ""
        kind = type_of(value)
        if kind in ("IVL_PQ", "IVL_INT", "IVL_REAL"):
            return limits(value, self.language)
        if kind == "RTO_PQ_PQ" or child(value, "numerator") is not None:
            ends = [_quantity(child(value, name)) for name in ("numerator", "denominator")]
            return " / ".join(filter(None, ends))
        if kind == "BL":
            stated = value.get("value") or ""
            return (
                message("record.yes" if stated in _TRUE else "record.no", self.language)
                if stated
                else self.missing(value)
            )
        if value.get("value"):
            return _quantity(value)
        if kind == "ED" and value.get("representation") == "B64":
            return ""
        return (
            self.concept(value) if value.get("code") or value.get("displayName") or len(value) else ""
        ) or (self.text(value) or self.missing(value))

    def missing(self, element: Element | None) -> str:
        """Return why something is not said (nullFlavor), empty where it is."""
        flavor = element.get("nullFlavor") if element is not None else ""
        return catalogue(self.language).get(f"null_flavor.{flavor}", "") if flavor else ""


def type_of(value: Element) -> str:
    """Return the data type that a value declares."""
    return (value.get(_TYPE) or "").rpartition(":")[2]


def limits(value: Element, language: str) -> str:
    """Return a range of quantities; an open one by its one end."""
    low, high = _quantity(child(value, "low")), _quantity(child(value, "high"))
    if low and high:
        return message("record.given_range", language, low=low, high=high)
    if low or high:
        return message("record.more_than" if low else "record.less_than", language, value=low or high)
    return _quantity(child(value, "center"))


def _quantity(element: Element | None) -> str:
    if element is None:
        return ""
    return (
        f"{element.get('value') or ''} {unit_in_words(element.get('unit') or '')}".strip()
        if element.get("value")
        else ""
    )


def codes_in(code: Element | None) -> Iterator[Code]:
    """Yield the codes of a concept and of its translations."""
    for one in [code, *children(code, "translation")] if code is not None else ():
        if one is not None and one.get("code"):
            yield Code(
                system_name(one.get("codeSystem") or ""),
                one.get("code") or "",
                " ".join((one.get("displayName") or "").split()),
            )


def span_of(statement: Element) -> tuple[str | None, str | None]:
    """Return when something began and ended; a single time is both."""
    for time in children(statement, "effectiveTime"):
        start = time.get("value") or value_at(time, "value", "low") or value_at(time, "value", "center")
        end = time.get("value") or value_at(time, "value", "high")
        if start or end:
            return from_stamp(start) if start else None, from_stamp(end) if end else None
    return None, None


def is_negated(element: Element) -> bool:
    """Tell whether a statement is negated."""
    return element.get("negationInd") in _TRUE


def ids_of(section: Element) -> dict[str, Element]:
    """Return the elements of a section's narrative that have an id."""
    text = child(section, "text")
    return (
        {}
        if text is None
        else {name: one for one in text.iter() if local(one) and (name := one.get("ID") or one.get("id"))}
    )
