"""FHIR's XML as the JSON of the same resource. Single elements stay single: ``Node`` reads one object as a
list of one.
"""

from __future__ import annotations

from rag.ingest.parsing.xml_tree import serialised
from rag.ingest.records.xml import Element, local

_XHTML = "http://www.w3.org/1999/xhtml"


def as_json(element: Element) -> dict[str, object]:
    """Return an element that is a resource or a complex value as an object."""
    value: dict[str, object] = {name: text for name, text in element.attrib.items() if name in ("id", "url")}
    for child in element:
        name = local(child)
        if not name:
            continue
        if extensions := _extensions_of_plain(child):
            value[f"_{name}"] = {
                "extension": extensions
            }  # as JSON writes what a plain value carries beside itself
            if child.get("value") is None:
                continue
        found = _value(child)
        if name in value:
            before = value[name]
            value[name] = [*before, found] if isinstance(before, list) else [before, found]
        else:
            value[name] = found
    return {"resourceType": local(element), **value} if local(element)[:1].isupper() else value


def _extensions_of_plain(element: Element) -> list[object]:
    """Return the extensions of a plain value, which it may have in place of itself; none of an element that
    holds more.
    """
    inner = [child for child in element if local(child)]
    is_plain = (
        bool(inner)
        and all(local(child) == "extension" for child in inner)
        and local(element) not in ("extension", "modifierExtension")
    )
    return [as_json(child) for child in inner] if is_plain else []


def _value(element: Element) -> object:
    if str(element.tag).startswith(f"{{{_XHTML}}}"):
        return serialised(element)
    if element.get("value") is not None:
        return element.get("value")
    inner = [child for child in element if local(child)]
    if len(inner) == 1 and local(inner[0])[:1].isupper():
        return as_json(inner[0])  # Bundle.entry.resource, contained
    return as_json(element)
