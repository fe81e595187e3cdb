"""YAML as people write it beside a document: a flat mapping, every scalar kept as the text that was typed.

Of YAML's guesses only "empty" is kept: numbers, dates and booleans stay text. A key written twice is an error, for one of the two is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

from rag.core.errors import ParseError

_LARGEST = 200_000
_FRONT = re.compile(r"---[ \t]*\n(.*?\n|)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_NULL = "tag:yaml.org,2002:null"


class _TextLoader(yaml.SafeLoader):
    """Builds text, lists and mappings only."""

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
        ParseError: it is not YAML, not a mapping, or too large.
    """
    if len(text) > _LARGEST:
        raise ParseError("metadata_too_large", file=file)
    try:
        # Same safety as yaml.safe_load: the loader descends from SafeLoader and builds text, lists and mappings only.
        values = yaml.load(text, Loader=_TextLoader)  # noqa: S506
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
        ParseError: it is opened and never closed, or not a mapping: read as prose, what it says of the patient would be lost.
    """
    if not text.startswith("---"):
        return {}, text
    found = _FRONT.match(text)
    if found is None:
        if re.match(r"---[ \t]*\n[ \t]*[A-Za-z_]+[ \t]*:", text):
            raise ParseError("front_matter_open", file=file)
        return {}, text
    if not found[1].strip() or not re.search(r"^[ \t]*\w+[ \t]*:", found[1], re.MULTILINE):
        return {}, text  # a thematic break, then prose, then another
    return read_mapping(found[1], file), text[found.end() :]
