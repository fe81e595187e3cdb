"""FHIR's JSON, read by name with the shape expected there. What has another shape is an error of its
resource, never a silent gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


class Malformed(Exception):
    """An element is not of the shape that FHIR gives it; ``path`` names it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON object. Numbers are kept as they were written; a single object stands for a list of one, as in
    FHIR's XML.
    """

    data: Mapping[str, object]
    path: str = ""

    def __bool__(self) -> bool:
        return bool(self.data)

    def names(self) -> tuple[str, ...]:
        """Return the names of its elements."""
        return tuple(self.data)

    def has(self, name: str) -> bool:
        """Tell whether it has an element."""
        return name in self.data

    def text(self, *names: str) -> str:
        """Return a primitive at a path as text, empty where there is none; of a list the first."""
        node = self.node(*names[:-1])
        value = node.data.get(names[-1])
        if isinstance(value, list) and value:
            value = value[0]
        if value is None or value == []:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str):
            raise Malformed(node._at(names[-1]))
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of primitives as texts."""
        value = self.data.get(name)
        items = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(Node({name: item}, self.path).text(name) for item in items if item is not None)

    def node(self, *names: str) -> Node:
        """Return the object at a path, an empty one where there is none; of a list the first."""
        node = self
        for name in names:
            node = next(iter(node.nodes(name)), Node({}, node._at(name)))
        return node

    def nodes(self, name: str) -> tuple[Node, ...]:
        """Return a list of objects."""
        value = self.data.get(name)
        items = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(self._items(name, items))

    def _items(self, name: str, items: list[object]) -> Iterator[Node]:
        for item in items:
            if not isinstance(item, Mapping):
                raise Malformed(self._at(name))
            yield Node(item, self._at(name))

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its type, its logical id (or a number where it has none), its content, and the address
    its bundle gives it.
    """

    type: str
    id: str
    node: Node
    full_url: str = ""
    in_history: bool = False

    @property
    def version(self) -> str:
        """Return its version in its server, empty where it has none."""
        return self._meta("versionId")

    @property
    def updated(self) -> str:
        """Return when its server last changed it."""
        return self._meta("lastUpdated")

    def _meta(self, name: str) -> str:
        held = self.node.data.get("meta")
        found = held.get(name) if isinstance(held, Mapping) else None
        return found if isinstance(found, str) else ""

    @property
    def name(self) -> str:
        """Return ``Observation/123``."""
        return f"{self.type}/{self.id}"

    @property
    def status(self) -> str:
        """Return its status, in small letters."""
        return self.node.text("status").lower()
