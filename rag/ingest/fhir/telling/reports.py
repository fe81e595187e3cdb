"""Resources that are documents themselves: reports, compositions, document references, care plans, studies,
questionnaires, others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Malformed, Node, Resource
from rag.ingest.fhir.owners import Patient
from rag.ingest.fhir.telling.denials import is_flagged
from rag.ingest.fhir.telling.others import write_other
from rag.ingest.fhir.telling.rest import rest_of
from rag.ingest.fhir.telling.results import codes_of, write_results
from rag.ingest.fhir.telling.specimens import specimen_lines, specimen_of
from rag.ingest.fhir.telling.statement import Teller
from rag.ingest.fhir.telling.stays import encounter_id, person_name
from rag.ingest.fhir.telling.words import codes, concept, notes, period, reasons, time_of, value, word
from rag.ingest.parsing.xml_tree import parse_fragment
from rag.ingest.records.attachments import Attachment, decoded
from rag.ingest.records.media import plain_media_type
from rag.ingest.records.narrative import Narrative
from rag.ingest.records.wording.kinds import kind_of
from rag.ingest.records.wording.when import in_words
from rag.ingest.records.writing import Writer
from rag.messages import message

_FINAL = ("final", "current", "completed", "available", "active", "")
_IMAGING = ("RAD", "RX", "CT", "MR", "US", "NM", "XRC", "RUS", "imaging")
_LABORATORY = ("LAB", "HM", "CH", "MB", "SR", "BLB", "TX", "OSL")
_PATHOLOGY = ("SP", "CP", "PAT", "CY")
_DEEPEST = 6
_DATA_URL = re.compile(r"data:([\w.+/-]*)(?:;[\w=.-]+)*;base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes the documents of one patient; ``owns`` tells whether another resource is the same patient's."""

    patient: Patient
    teller: Teller
    file: str
    warn: Warn
    owns: Callable[[Resource], bool]

    def drafts(self, resource: Resource) -> Iterator[Draft]:
        """Yield the document of a resource, if it has anything to show."""
        draft = self._draft(resource)
        _WRITERS.get(resource.type, write_other)(self, resource, draft)
        self._rest(resource, draft)
        yield draft

    def _rest(self, resource: Resource, draft: Draft) -> None:
        """Write what a resource says beside what is written of it."""
        told = "\n".join((draft.writer.text_from(0), draft.title, *draft.metadata.values()))
        further = (
            [] if resource.type == "Composition" else list(rest_of(resource.node, told, self.teller.language))
        )
        if further and not draft.writer:
            self.opening(draft, resource)
            draft.writer.line(draft.title)
        draft.writer.lines(further)

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

    def _draft(self, resource: Resource) -> Draft:
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
        draft.metadata["status"] = resource.status if resource.status not in _FINAL else ""
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
        if resource.status not in _FINAL:
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


def _diagnostic_report(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    node, teller = resource.node, reporter.teller
    name = concept(node.node("code"))
    draft.kind, draft.title = _kind_of_report(node, name), name or message("list.report", teller.language)
    reporter.opening(draft, resource)
    writer = draft.writer
    if specimen := specimen_of(node, teller.records, resource):
        writer.line(teller.say("specimen", text=specimen))
    writer.lines(specimen_lines(node, teller.records, resource, specimen, teller.language))
    found = [
        (reference, teller.records.resolve(reference))
        for one in node.nodes("result")
        if (reference := one.text("reference"))
    ]
    observations = [one for _, one in found if one is not None and reporter.owns(one)]
    for reference in [reference for reference, one in found if one is None]:
        reporter.warn(
            ParseError(
                "fhir_missing_reference", file=reporter.file, record=resource.name, target=reference[:200]
            )
        )
    if observations:
        writer.heading(teller.say("results"))
        write_results(writer, observations, teller.records, teller.language, at=draft.authored_at)
        draft.codes.extend(codes_of(observations))
    said = [
        node.text("conclusion"),
        *(concept(one) or concept(one.node("concept")) for one in node.nodes("conclusionCode")),
    ]
    if any(said):
        writer.heading(teller.say("conclusion"))
        for text in filter(None, said):
            writer.paragraph(text)
    if _is_authored(node) or (not observations and not any(said)):
        _narrative(writer, node, teller, draft)
    writer.lines(notes(node))
    for one in (*node.nodes("imagingStudy"), *node.nodes("study")):
        target = teller.records.resolve(one.text("reference"))
        if target is not None and target.type == "ImagingStudy":
            draft.linked.append(("study", target.name))
            draft.metadata |= _study_ids(target.node)


def _kind_of_report(node: Node, name: str) -> str:
    categories = {coding.text("code") for one in node.nodes("category") for coding in one.nodes("coding")}
    for kind, known in (("pathology_report", _PATHOLOGY), ("imaging_report", _IMAGING)):
        if categories & set(known):
            return kind
    found = kind_of(next((coding.text("code") for coding in node.node("code").nodes("coding")), ""), name)
    return "biology" if found == "note" and categories & set(_LABORATORY) else found


def _composition(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    node = resource.node
    kind = concept(node.node("type"))
    draft.title = node.text("title") or kind
    draft.kind = kind_of(
        next((coding.text("code") for coding in node.node("type").nodes("coding")), ""), kind, draft.title
    )
    reporter.opening(draft, resource)
    for section in node.nodes("section"):
        _section(reporter, section, draft, 1)
    if not node.has("section"):
        _narrative(draft.writer, node, reporter.teller, draft)
    own = {key: held for key, held in node.data.items() if key != "section"}
    draft.writer.lines(rest_of(Node(own, node.path), draft.writer.text_from(0) + draft.title, draft.language))


def _section(reporter: Reporter, section: Node, draft: Draft, level: int) -> None:
    teller, writer = reporter.teller, draft.writer
    writer.heading(section.text("title") or concept(section.node("code")), level)
    before = writer.length
    _narrative(writer, section, teller, draft)
    if writer.length == before:
        targets = [teller.records.resolve(entry.text("reference")) for entry in section.nodes("entry")]
        ours = [one for one in targets if one is not None and reporter.owns(one)]
        writer.lines(f"- {line.text}" for one in ours for line in teller.tell(one))
        observations = [one for one in ours if one.type == "Observation"]
        if observations:
            write_results(writer, observations, teller.records, teller.language, states=False)
    own = {
        key: held for key, held in section.data.items() if key not in ("section", "entry", "title", "text")
    }
    writer.lines(
        rest_of(Node(own, section.path), writer.text_from(before) + section.text("title"), teller.language)
    )
    if writer.length == before and not section.has("section"):
        writer.paragraph(concept(section.node("emptyReason")) or teller.say("not_filled_in"))
    for below in section.nodes("section") if level < _DEEPEST else ():
        _section(reporter, below, draft, level + 1)


def _is_authored(node: Node) -> bool:
    """Tell whether a narrative says more than the elements that it could be generated from."""
    held = node.data.get("text")
    return isinstance(held, dict) and node.text("text", "status") not in ("generated", "extensions", "empty")


def _narrative(writer: Writer, node: Node, teller: Teller, draft: Draft) -> None:
    div = node.text("text", "div") if isinstance(node.data.get("text"), dict) else ""
    if div:
        narrative = Narrative(writer, teller.language)
        narrative.write(parse_fragment(div))
        draft.struck += narrative.struck


def _document_reference(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    node, teller = resource.node, reporter.teller
    kind = concept(node.node("type"))
    category = next(filter(None, map(concept, node.nodes("category"))), "")
    draft.title = (
        node.text("description")
        or kind
        or next((one.text("attachment", "title") for one in node.nodes("content")), "")
        or category
    )
    draft.kind = kind_of(
        next((coding.text("code") for coding in node.node("type").nodes("coding")), ""),
        kind,
        category,
        draft.title,
    )
    if resource.status == "superseded":
        draft.title = f"{draft.title} ({teller.say('superseded').lower()})"
    doc_status = node.text("docStatus")
    draft.metadata["status"] = doc_status if doc_status not in _FINAL else draft.metadata.get("status", "")
    people = [text for one in node.nodes("author") if (text := person_name(one, teller, resource))]
    draft.metadata["author"] = ", ".join(people)
    shown = {"document_type": kind, "category": ", ".join(filter(None, map(concept, node.nodes("category"))))}
    shown["organization"] = person_name(node.node("custodian"), teller, resource)
    shown["file_name"] = ", ".join(
        filter(None, (one.text("attachment", "title") for one in node.nodes("content")))
    )
    draft.metadata |= {key: text for key, text in shown.items() if text and text != draft.title}
    if any(
        one.text("code") == "replaces"
        or "replaces" in [c.text("code") for c in one.node("code").nodes("coding")]
        for one in node.nodes("relatesTo")
    ):
        draft.metadata["replaces"] = "true"


def _care_plan(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    node, teller = resource.node, reporter.teller
    names = [node.text("title"), *(concept(one) for one in node.nodes("category"))]
    what = next(filter(None, names), "")
    draft.kind, draft.title = "care_plan", what or message("list.care_plan", teller.language)
    draft.writer.line(reporter.patient.person.line(teller.language))
    status = ", ".join(
        filter(None, (teller.status(resource.status), period(node.node("period"), teller.language)))
    )
    draft.writer.line(
        f"{message('list.care_plan', teller.language)}{teller.say('colon')}"
        f" {', '.join(filter(None, (what, status)))}"
    )
    draft.writer.paragraph(node.text("description"))
    targets = [
        one for holder in node.nodes("addresses") if (one := _target(holder, teller, resource)) is not None
    ]
    inline = [concept(one.node("concept")) for one in node.nodes("addresses")]
    _lines(
        draft,
        "plan_addresses",
        [
            *(line.text for one in targets if reporter.owns(one) for line in teller.tell(one)),
            *filter(None, inline),
        ],
    )
    _lines(
        draft,
        "plan_activities",
        [text for one in node.nodes("activity") if (text := _activity(one, teller, resource))],
    )
    aims = [one for holder in node.nodes("goal") if (one := _target(holder, teller, resource)) is not None]
    _lines(draft, "goals", [line.text for one in aims if reporter.owns(one) for line in teller.tell(one)])
    draft.writer.lines(notes(node))


def _target(holder: Node, teller: Teller, resource: Resource) -> Resource | None:
    reference = (
        holder.text("reference", "reference")
        if isinstance(holder.data.get("reference"), dict)
        else holder.text("reference")
    )
    return teller.records.resolve(reference, resource) if reference else None


def _lines(draft: Draft, section: str, texts: list[str]) -> None:
    if texts:
        draft.writer.heading(message(f"section.{section}", draft.language))
        draft.writer.lines(f"- {text}" for text in texts)


def _activity(node: Node, teller: Teller, resource: Resource) -> str:
    detail = node.node("detail")
    target = (
        _target(node.node("reference") or node.node("plannedActivityReference"), teller, resource)
        if not detail
        else None
    )
    said = [line.text for line in teller.tell(target)] if target is not None else []
    head = (
        concept(detail.node("code"))
        or "; ".join(said)
        or concept(next(iter(node.nodes("performedActivity")), Node({})).node("concept"))
    )
    if not head and not detail.text("description"):
        return ""
    if is_flagged(detail):
        head = teller.say("do_not_do", what=head)
    when = period(detail.node("scheduledPeriod"), teller.language) or detail.text("scheduledString")
    texts = [one for progress in node.nodes("progress") if (one := progress.text("text"))]
    return teller.clauses(
        head or detail.text("description"),
        teller.status(detail.text("status")),
        detail.text("description") if head else "",
        when,
        *texts,
    )


def _imaging_study(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    node, teller = resource.node, reporter.teller
    codes_done = [text for one in node.nodes("procedureCode") if (text := concept(one))]
    kinds = [text for one in node.nodes("modality") if (text := _modality(one, teller.language))]
    kinds += [
        text
        for series in node.nodes("series")
        if (text := _modality(series.node("modality"), teller.language))
    ]
    what = node.text("description") or ", ".join(codes_done) or ", ".join(dict.fromkeys(kinds))
    draft.kind, draft.title = "imaging_study", what or message("list.imaging_study", teller.language)
    draft.metadata |= _study_ids(node)
    reporter.opening(draft, resource)
    draft.writer.line(
        f"{message('list.imaging_study', teller.language)}{teller.say('colon')}"
        f" {', '.join(dict.fromkeys(filter(None, (what, *kinds))))}"
    )
    for text in reasons(node, "reasonCode", "reasonReference", "reason"):
        draft.writer.line(teller.say("reason_was", text=text))
    lines = []
    for series in node.nodes("series"):
        site = concept(series.node("bodySite")) or series.text("bodySite", "display")
        side = series.text("laterality", "display") or concept(series.node("laterality"))
        said = [_modality(series.node("modality"), teller.language), series.text("description"), site, side]
        titles = [text for one in series.nodes("instance") if (text := one.text("title"))]
        lines.append(", ".join(dict.fromkeys(filter(None, (*said, *titles)))))
    _lines(draft, "series", list(filter(None, lines)))
    draft.writer.lines(notes(node))


def _modality(node: Node, language: str) -> str:
    code = node.text("code") or next((one.text("code") for one in node.nodes("coding")), "")
    known = word("modality", code, language)
    return known if known != code else node.text("display") or concept(node) or code


def _study_ids(node: Node) -> dict[str, str]:
    """Return what links a study to its images and its report: its UID and its accession number."""
    found = {"study_uid": node.text("uid").removeprefix("urn:oid:"), "accession_number": ""}
    for identifier in node.nodes("identifier"):
        types = [coding.text("code") for coding in identifier.node("type").nodes("coding")]
        if "ACSN" in types:
            found["accession_number"] = identifier.text("value")
        elif identifier.text("system") == "urn:dicom:uid":
            found["study_uid"] = identifier.text("value").removeprefix("urn:oid:")
    return {key: text for key, text in found.items() if text}


def _questionnaire(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    draft.title = resource.node.text("questionnaire").rpartition("/")[2] or message(
        "list.questionnaire", draft.language
    )
    draft.kind = "questionnaire"
    reporter.opening(draft, resource)
    _items(reporter, resource.node, draft, 1)


def _items(reporter: Reporter, node: Node, draft: Draft, level: int) -> None:
    for item in node.nodes("item"):
        answers = [text for one in item.nodes("answer") if (text := _answer(one, draft.language))]
        label = item.text("text") or item.text("linkId")
        if item.has("item") and not answers and level < _DEEPEST:
            draft.writer.heading(label, level)
        elif label:
            shown = ", ".join(answers) or reporter.teller.say("not_filled_in").lower()
            draft.writer.line(f"{label.rstrip(' :?')}{reporter.teller.say('colon')} {shown}")
        for inner in (item, *item.nodes("answer")):
            if level < _DEEPEST:
                _items(reporter, inner, draft, level + 1)


def _answer(node: Node, language: str) -> str:
    if node.has("valueCoding"):
        return concept(Node({"coding": [node.data["valueCoding"]]}, node.path))
    known = {
        "valueDecimal": "valueString",
        "valueInteger": "valueString",
        "valueDate": "valueDateTime",
        "valueUri": "valueString",
    }
    renamed = {known.get(name, name): held for name, held in node.data.items()}
    try:
        return value(Node(renamed, node.path), language)
    except Malformed:
        return ""


_WRITERS: dict[str, Callable[[Reporter, Resource, Draft], None]] = {
    "DiagnosticReport": _diagnostic_report,
    "Composition": _composition,
    "DocumentReference": _document_reference,
    "CarePlan": _care_plan,
    "ImagingStudy": _imaging_study,
    "QuestionnaireResponse": _questionnaire,
}
