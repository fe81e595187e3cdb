"""What a resource that is a document is called in all files, which version of it this is, and which documents
it replaces or adds to.

A logical id is a server's (R4, 2.21.0.3): versions are compared only where their ``meta`` tells them, and
within one patient.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Malformed, Node, Resource
from rag.ingest.fhir.owners import Patient
from rag.ingest.fhir.telling.words import concept
from rag.ingest.records.wording.when import from_iso, in_words
from rag.messages import message

WITHDRAWN = frozenset("DocumentReference Composition DiagnosticReport".split())
"""Documents whose withdrawal another file may tell."""
_REPLACES, _ADDS = ("replaces", "replaced-with"), ("appends",)


def editions_of(resource: Resource) -> dict[str, str]:
    """Return the numbers of a resource, as the metadata of its document carries them."""
    own = (
        [resource.name, *_identifiers(resource.node)]
        if not resource.id.isdecimal() or resource.node.has("id")
        else []
    )
    found = {
        "record_id": _numbers(own),
        "record_version": resource.version if resource.version.isdecimal() else "",
        "reported_at": from_iso(resource.updated) or "" if resource.updated else "",
        "replaces_record": _numbers(_related(resource.node, _REPLACES)),
        "completes_record": _numbers(_related(resource.node, _ADDS)),
    }
    return {key: text for key, text in found.items() if text}


def withdrawal(patient: Patient, resource: Resource, language: str) -> Draft | None:
    """Return what a resource says that was entered in error: that it counts no more, in any file."""
    numbers = editions_of(resource)
    if resource.type not in WITHDRAWN or "record_id" not in numbers:
        return None
    title = message("list.withdrawn", language)
    draft = Draft(patient, f"{resource.name}/withdrawal", "withdrawal", title, language)
    draft.authored_at = numbers.get("reported_at")
    draft.metadata = {"replaces_record": numbers["record_id"]}
    try:
        named = concept(resource.node.node("type")) or concept(resource.node.node("code"))
    except Malformed:
        named = ""
    draft.writer.line(patient.person.line(language))
    draft.writer.line(
        message(
            "record.withdrawn",
            language,
            title=named or message("list.report", language),
            number=resource.name,
            date=in_words(draft.authored_at, language, clock=True) or "–",
        )
    )
    return draft


def _identifiers(node: Node) -> Iterator[str]:
    """Yield the business identifiers that mean this very document: they hold in all servers."""
    if isinstance(node.data.get("masterIdentifier"), dict):
        yield from _identifier(node.node("masterIdentifier"))


def _identifier(node: Node) -> Iterator[str]:
    if node.text("value"):
        yield f"{node.text('system')}|{node.text('value')}"


def _related(node: Node, codes: tuple[str, ...]) -> Iterator[str]:
    """Yield the documents that one relates to in one of these ways, in R4 and R5 alike."""
    for one in node.nodes("relatesTo"):
        held = one.data.get("code")
        coded = {held} if isinstance(held, str) else set()
        if isinstance(held, dict):
            coded |= {coding.text("code") for coding in one.node("code").nodes("coding")}
        coded |= {one.text("type")}
        if not coded & set(codes):
            continue
        for name in ("target", "targetReference", "resourceReference"):
            if isinstance(one.data.get(name), dict):
                if reference := one.text(name, "reference"):
                    yield "/".join(reference.partition("/_history/")[0].split("/")[-2:])
                if isinstance(one.node(name).data.get("identifier"), dict):
                    yield from _identifier(one.node(name).node("identifier"))
        if isinstance(one.data.get("targetIdentifier"), dict):
            yield from _identifier(one.node("targetIdentifier"))


def _numbers(names: Iterator[str] | list[str]) -> str:
    return " ".join(dict.fromkeys("_".join(f"fhir/{name}".split()) for name in names if name))
