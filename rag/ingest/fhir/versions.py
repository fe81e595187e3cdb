"""Which version of a resource stands: a history holds several, and says what was deleted.

Versions are recognised by ``meta.versionId``, then by ``meta.lastUpdated``; a history lists the newest first
(R4, 2.21.0.10). Where nothing tells them apart the later one counts, and their difference is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.times import bounds
from rag.ingest.fhir.node import Resource
from rag.ingest.records.wording.when import from_iso

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deletion: of a resource by its name and, where its bundle gives it, its address."""

    name: str
    full_url: str = ""
    version: str = ""
    updated: str = ""
    in_history: bool = False


@dataclass(slots=True)
class Versions:
    """Keeps the newest version of each resource, in the order of their first ones."""

    _held: dict[str, Resource | Deleted] = field(default_factory=dict)
    _older: list[str] = field(default_factory=list)
    _twice: list[str] = field(default_factory=list)

    def take(self, found: Resource | Deleted) -> None:
        """Enter a version of a resource, or its deletion."""
        key = self._key(found)
        before = self._held.get(key)
        if before is None or before == found:
            self._held[key] = found
            return
        newer = _is_newer(found, before)
        if newer is None and isinstance(found, Resource) and isinstance(before, Resource):
            if found.node.data != before.node.data:
                self._twice.append(found.name)
        elif isinstance(before if newer is not False else found, Resource):
            self._older.append(found.name)
        if newer is not False:
            self._held[key] = found

    def resources(self) -> list[Resource]:
        """Return the resources that stand."""
        return [one for one in self._held.values() if isinstance(one, Resource)]

    def tell(self, file: str, warn: Warn) -> None:
        """Report what was set aside: older versions, deletions, two of one name that nothing tells apart."""
        for name in self._twice:
            warn(ParseError("fhir_twice", file=file, record=name))
        gone = [one.name for one in self._held.values() if isinstance(one, Deleted)]
        for key, names in (("aside_superseded", self._older), ("aside_deleted", gone)):
            if names:
                shown = ", ".join(dict.fromkeys(names[:_MOST_NAMED])) + (
                    "…" if len(names) > _MOST_NAMED else ""
                )
                warn(ParseError(key, file=file, count=len(names), where=shown))

    def _key(self, found: Resource | Deleted) -> str:
        address = found.full_url.partition("/_history/")[0]
        versioned = isinstance(found, Deleted) or bool(found.version or found.updated)
        if (
            address
            and not (versioned and address.startswith("urn:"))
            and (isinstance(found, Resource) or address in self._held)
        ):
            return address
        if isinstance(found, Resource):
            return found.name
        return next((key for key, one in self._held.items() if one.name == found.name), address or found.name)


def _is_newer(new: Resource | Deleted, old: Resource | Deleted) -> bool | None:
    """Tell whether a version is newer than another, None where nothing says."""
    if new.version.isdecimal() and old.version.isdecimal() and new.version != old.version:
        return int(new.version) > int(old.version)
    times = [bounds(iso)[0] if (iso := from_iso(one.updated)) else None for one in (new, old)]
    if times[0] is not None and times[1] is not None and times[0] != times[1]:
        return times[0] > times[1]
    if new.in_history and old.in_history:
        return False
    return True if isinstance(new, Deleted) or isinstance(old, Deleted) else None
