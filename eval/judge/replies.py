"""The judge's replies: the schema that they are written under, and what they hold against an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

_MOST_ENTRIES = 16
"""A small model may list without end; an answer of so many statements is not one of this product."""
_VERDICTS = ("verdict", "attributed")


def bounded(schema: Mapping[str, object]) -> dict[str, object]:
    """Return a schema of ragas made strict: every field is written and no other, lists hold something and end, whole numbers are 0 or 1.

    Its models call each of their numbers binary but leave the schema open, and a 2 would bring a score above 1. A text that is not empty
    makes at least one statement, which a small model spares itself where an empty list is allowed.
    """
    strict = {name: _strict(value) for name, value in schema.items()}
    if schema.get("type") == "object":
        properties = schema.get("properties")
        strict |= {"additionalProperties": False, "required": list(properties) if isinstance(properties, Mapping) else []}
    if schema.get("type") == "array":
        strict |= {"minItems": 1, "maxItems": _MOST_ENTRIES}
    if schema.get("type") == "integer":
        strict["enum"] = [0, 1]
    return strict


def objections(replies: Sequence[str]) -> str:
    """Return what the judge did not find supported or of use, each with its reason; empty where it objects to nothing."""
    found = []
    for entry in _entries([json.loads(reply) for reply in replies]):
        if "reason" in entry and any(entry.get(name) == 0 for name in _VERDICTS):
            statement = entry.get("statement")
            found.append(f"{statement} — {entry['reason']}" if statement else str(entry["reason"]))
    return " · ".join(found)


def _strict(value: object) -> object:
    if isinstance(value, Mapping):
        return bounded(value)
    return [_strict(part) for part in value] if isinstance(value, list) else value


def _entries(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, list):
        for part in value:
            yield from _entries(part)
    elif isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _entries(part)
