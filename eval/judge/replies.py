"""The judge's replies: the schema that they are written under, and what they hold against an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

_MOST_ENTRIES = 16
"""A small model may list without end; an answer of so many statements is not one of this product."""
_VERDICTS = ("verdict", "attributed")


def bounded(schema: Mapping[str, object], entries: int | None = None) -> dict[str, object]:
    """Return a schema of ragas made strict: every field is written and no other, lists hold something and
    end, whole numbers are 0 or 1.

    Its models call each of their numbers binary but leave the schema open, and a 2 would bring a score above
    1. A text that is not empty makes at least one statement, which a small model spares itself where an empty
    list is allowed; and it spares itself verdicts where a list need not be as long as the one it judges:
    ``entries`` is how long, where that is known.
    """
    strict = {name: _strict(value, entries) for name, value in schema.items()}
    if schema.get("type") == "object":
        properties = schema.get("properties")
        strict |= {
            "additionalProperties": False,
            "required": list(properties) if isinstance(properties, Mapping) else [],
        }
    if schema.get("type") == "array":
        strict |= {"minItems": entries or 1, "maxItems": entries or _MOST_ENTRIES}
    if schema.get("type") == "integer":
        strict["enum"] = [0, 1]
    return strict


def fault(reply: Mapping[str, object], entries: int | None = None) -> str | None:
    """Return why a reply of the right form is none to score by, None where it is one.

    A list that ended because it may not be longer is cut short, one that is not as long as what it judges is
    malformed, and a question without words, which ragas scores 0 like an evasive answer, is none at all.
    """
    lengths = {len(value) for value in reply.values() if isinstance(value, list)}
    if entries is not None and lengths != {entries}:
        return "broken_json"
    if entries is None and any(length >= _MOST_ENTRIES for length in lengths):
        return "cut_short"
    question = reply.get("question")
    return "nothing_judged" if isinstance(question, str) and not question.strip() else None


def objections(replies: Sequence[str]) -> str:
    """Return what the judge did not find supported or of use, each with its reason; empty where it objects to
    nothing.
    """
    found = []
    for entry in _entries([json.loads(reply) for reply in replies]):
        if "reason" in entry and any(entry.get(name) == 0 for name in _VERDICTS):
            statement = entry.get("statement")
            found.append(f"{statement} — {entry['reason']}" if statement else str(entry["reason"]))
    return " · ".join(found)


def _strict(value: object, entries: int | None) -> object:
    if isinstance(value, Mapping):
        return bounded(value, entries)
    return [_strict(part, entries) for part in value] if isinstance(value, list) else value


def _entries(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, list):
        for part in value:
            yield from _entries(part)
    elif isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _entries(part)
