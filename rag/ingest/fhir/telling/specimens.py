"""Specimens: what a result was measured in, from where it was taken, and all else that its resource says."""

from __future__ import annotations

from collections.abc import Iterator

from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.owners import Records
from rag.ingest.fhir.telling.rest import rest_of
from rag.ingest.fhir.telling.words import concept
from rag.messages import message


def specimen_of(node: Node, records: Records, within: Resource) -> str:
    """Return the specimens of an observation or a report in short: ``liquide céphalorachidien, ponction
    lombaire``.
    """
    found = [_short(one, target) for one, target in _targets(node, records, within)]
    return "; ".join(dict.fromkeys(filter(None, found)))


def specimen_lines(node: Node, records: Records, within: Resource, told: str, language: str) -> Iterator[str]:
    """Yield what else the resources of specimens say."""
    for one, target in _targets(node, records, within):
        if target is not None:
            prefix = message("record.specimen", language, text=_short(one, target) or "–")
            for line in rest_of(target.node, told, language):
                yield f"{prefix}, {line}"


def specimens_named(resource: Resource, records: Records) -> Iterator[str]:
    """Yield the names of the specimens that a resource refers to."""
    for _, target in _targets(resource.node, records, resource):
        if target is not None:
            yield target.name


def _targets(node: Node, records: Records, within: Resource) -> Iterator[tuple[Node, Resource | None]]:
    for one in node.nodes("specimen") if isinstance(node.data.get("specimen"), dict | list) else ():
        reference = one.text("reference")
        target = records.resolve(reference, within) if reference else None
        yield one, target if target is not None and target.type == "Specimen" else None


def _short(reference: Node, target: Resource | None) -> str:
    if target is None:
        return reference.text("display")
    site = concept(target.node.node("collection", "bodySite")) or concept(
        target.node.node("collection", "bodySite", "concept")
    )
    return ", ".join(
        dict.fromkeys(filter(None, (concept(target.node.node("type")) or reference.text("display"), site)))
    )
