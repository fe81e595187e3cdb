"""What every document made of a resource shares: whose it is, the lines it opens with, the files it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.editions import editions_of
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.owners import Patient
from rag.ingest.fhir.telling.statement import Teller
from rag.ingest.fhir.telling.stays import encounter_id, person_name
from rag.ingest.fhir.telling.words import codes, time_of
from rag.ingest.records.attachments import Attachment, decoded
from rag.ingest.records.media import plain_media_type
from rag.ingest.records.wording.when import in_words

FINAL = ("final", "current", "completed", "available", "active", "")
"""States of a document that need no word."""
_DATA_URL = re.compile(r"data:([\w.+/-]*)(?:;[\w=.-]+)*;base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes the documents of one patient; ``owns`` tells whether another resource is the same patient's."""

    patient: Patient
    teller: Teller
    file: str
    warn: Warn
    owns: Callable[[Resource], bool]

    def attachments(self, resource: Resource) -> Iterator[Attachment | ParseError]:
        """Yield what a resource carries inside or refers to within its export, and the error of what lies
        elsewhere or cannot be read.
        """
        for number, attachment in enumerate(_attached(resource.node), start=1):
            if found := self._attachment(attachment, resource, number):
                yield found

    def _attachment(self, node: Node, resource: Resource, number: int) -> Attachment | ParseError | None:
        title = node.text("title").replace("/", "-")
        name = f"{resource.name}/{title or number}"
        media_type, data, url = (
            plain_media_type(node.text("contentType")),
            node.text("data"),
            node.text("url"),
        )
        if not data and url:
            binary = self.teller.records.resolve(url, resource)
            if embedded := _DATA_URL.match(url):
                media_type, data = plain_media_type(embedded[1] or media_type), url[embedded.end() :]
            elif binary is None or binary.type != "Binary":
                return ParseError(
                    "attachment_elsewhere", file=self.file, record=resource.name, address=url[:200]
                )
            else:
                media_type = plain_media_type(binary.node.text("contentType") or media_type)
                data = binary.node.text("data") or binary.node.text("content")
        if not data:
            return None
        try:
            return Attachment(name, media_type, decoded(data.replace("-", "+").replace("_", "/")))
        except ValueError:
            return ParseError("attachment_not_base64", file=self.file, name=str(number), record=resource.name)

    def begun(self, resource: Resource) -> Draft:
        """Return the document of a resource with what all kinds of them say, still without text."""
        node, language = resource.node, self.teller.language
        draft = Draft(self.patient, resource.name, "note", "", language)
        draft.encounter_id = encounter_id(resource, self.teller.records)
        draft.authored_at = time_of(
            node,
            "effectiveDateTime",
            "effectivePeriod",
            "date",
            "created",
            "authored",
            "authoredOn",
            "started",
            "period",
            "issued",
            "sent",
        )
        draft.metadata["status"] = resource.status if resource.status not in FINAL else ""
        draft.metadata |= editions_of(resource)
        draft.codes.extend(
            code for name in ("code", "type") for one in node.nodes(name) for code in codes(one)
        )
        return draft

    def opening(self, draft: Draft, resource: Resource) -> None:
        """Write the lines that a report opens with: patient, date, authors, status."""
        language = self.teller.language
        draft.writer.line(self.patient.person.line(language))
        if draft.authored_at:
            draft.writer.line(
                self.teller.say("done_on", date=in_words(draft.authored_at, language, clock=True))
            )
        for name, key in (
            ("author", "author"),
            ("resultsInterpreter", "author"),
            ("performer", "performer"),
            ("custodian", "organization"),
        ):
            people = [
                text for one in resource.node.nodes(name) if (text := person_name(one, self.teller, resource))
            ]
            if people:
                draft.writer.line(self.teller.say(key, name=", ".join(dict.fromkeys(people))))
                draft.metadata.setdefault("author", ", ".join(dict.fromkeys(people)))
        if resource.status not in FINAL:
            draft.writer.line(self.teller.say("status_is", text=self.teller.status(resource.status)))
        draft.opened = draft.writer.length


def _attached(node: Node) -> Iterator[Node]:
    """Yield the attachments that a resource holds, in whatever element its type and version put them."""
    yield from node.nodes("presentedForm")
    for name in ("content", "payload"):
        for held in node.nodes(name) if isinstance(node.data.get(name), dict | list) else ():
            if held.has("data") or held.has("url"):
                yield held  # Media, Binary, DSTU2
            yield from (held.node(inner) for inner in ("attachment", "contentAttachment") if held.has(inner))
    for name in ("sourceAttachment", "valueAttachment"):
        yield from node.nodes(name)
    for part in (
        (*node.nodes("item"), *node.nodes("answer"))
        if isinstance(node.data.get("item") or node.data.get("answer"), dict | list)
        else ()
    ):
        yield from _attached(part)
