"""YAML as people write it beside a document: a flat mapping, every scalar kept as the text that was typed.

Of YAML's guesses only "empty" is kept: numbers, dates and booleans stay text. A key written twice is an
error, for one of the two is wrong. It is read in the process that serves, so nothing in it may multiply:
anchors, aliases and tags are refused, values and levels are counted.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

from rag.core.errors import ParseError

_LARGEST = 200_000
"""Characters; what has as many takes seconds at most, whatever they are."""

_MOST_VALUES = 5_000
_DEEPEST = 8
_OPENED = re.compile(r"---[ \t]*\n")
_CLOSED = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_NULL = "tag:yaml.org,2002:null"
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")


class _Refused(Exception):
    """Holds the key of an error and its variables."""

    def __init__(self, key: str, event: yaml.Event, **variables: int) -> None:
        super().__init__(key)
        self.key = key
        self.variables = {"line": event.start_mark.line + 1 if event.start_mark else 1, **variables}


class _TextLoader(yaml.SafeLoader):
    """Builds text, lists and mappings only, each written once where it stands."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._values = self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._check(self.peek_event())  # type: ignore[no-untyped-call]
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _check(self, event: yaml.Event) -> None:
        self._values += 1
        if self._values > _MOST_VALUES or self._depth > _DEEPEST:
            raise _Refused("metadata_too_rich", event, values=_MOST_VALUES, levels=_DEEPEST)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Refused("metadata_with_alias", event)
        if getattr(event, "tag", None) not in _TEXT_TAGS:
            raise _Refused("metadata_with_tag", event)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        if len(keys) != len({str(key) for key in keys}):
            raise yaml.constructor.ConstructorError(None, None, "a key is written twice", node.start_mark)
        return super().construct_mapping(node, deep)


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_mapping(text: str, file: str) -> dict[str, object]:
    """Return the mapping that a YAML text holds.

    Raises:
        ParseError: it is not YAML, not a mapping, too large, too deep, or it holds an anchor, an alias or a
        tag.
    """
    if len(text) > _LARGEST:
        raise ParseError("metadata_too_large", file=file, limit=_LARGEST)
    try:
        # Same safety as yaml.safe_load: the loader descends from SafeLoader and builds text, lists and
        # mappings only.
        values = yaml.load(text, Loader=_TextLoader)  # noqa: S506
    except _Refused as refused:
        raise ParseError(refused.key, file=file, **refused.variables) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise ParseError("metadata_not_yaml", file=file, line=mark.line + 1 if mark else "?") from None
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise ParseError("metadata_not_mapping", file=file)
    return values


def split_front_matter(text: str, file: str) -> tuple[dict[str, object], str]:
    """Return the front matter of a text, empty where there is none, and the body after it.

    Raises:
        ParseError: it is opened and never closed, or not a mapping: read as prose, what it says of the
        patient would be lost.
    """
    if not text.startswith("---"):
        return {}, text
    opened = _OPENED.match(text)
    closed = _CLOSED.search(text, opened.end()) if opened else None
    if opened is None or closed is None:
        if re.match(r"---[ \t]*\n[ \t]*[A-Za-z_]+[ \t]*:", text):
            raise ParseError("front_matter_open", file=file)
        return {}, text
    front = text[opened.end() : closed.start()]
    if not re.search(r"^[ \t]*\w+[ \t]*:", front, re.MULTILINE):
        return {}, text  # a thematic break, then prose, then another
    return read_mapping(front, file), text[closed.end() :]
