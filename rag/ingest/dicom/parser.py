"""DICOM: the header of a picture as a readable document, structured reports as text, and the documents that
lie in such files.

A text holds values of a list of clinical ones and nothing else; who the patient is stands in ``patient_id``
alone. The pixels are not read here: ``dicom_view.py`` draws them when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from rag.clinical.concepts.imaging import modality_of
from rag.clinical.language import detect_language
from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Code, Document, Source
from rag.ingest.dicom.file import is_compressed, items, number, opened_dicom, text, value
from rag.ingest.dicom.people import Names
from rag.ingest.dicom.remarks import KINDS, REMARKS, annotations_of, note_unread, side_said, status_of
from rag.ingest.dicom.structured_report import Tree, language_of, title_of
from rag.ingest.dicom.traits import traits_of
from rag.ingest.dicom.words import in_words, label
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.contract import PartReader
from rag.ingest.records.wording.dates import checked_time
from rag.ingest.records.wording.when import from_stamp
from rag.ingest.records.wording.when import in_words as time_in_words
from rag.ingest.records.writing import Writer
from rag.ingest.sources.intake import Intake

if TYPE_CHECKING:
    from pydicom import Dataset

_DIRECTORY = "1.2.840.10008.1.3.10"
_EMBEDDED = {"application/pdf": "document.pdf", "text/xml": "document.xml"}
_FEWEST_WORDS = 3
_FREE_TEXT = (
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "RequestedProcedureDescription",
    "PerformedProcedureStepDescription",
    "ReasonForStudy",
    "ReasonForTheRequestedProcedure",
    "AdmittingDiagnosesDescription",
    "AdditionalPatientHistory",
    "StudyComments",
    "ImageComments",
    "DerivationDescription",
    "ContentDescription",
    "DocumentTitle",
    *REMARKS,
)
_SIDED = (
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "RequestedProcedureDescription",
    "PerformedProcedureStepDescription",
)
_DATES = (
    "StudyDate",
    "SeriesDate",
    "AcquisitionDate",
    "AcquisitionDateTime",
    "ContentDate",
    "InstanceCreationDate",
)
_FACTS = {
    "accession_number": "AccessionNumber",
    "study_uid": "StudyInstanceUID",
    "series_uid": "SeriesInstanceUID",
    "instance_uid": "SOPInstanceUID",
    "modality": "Modality",
    "body_part": "BodyPartExamined",
    "view": "ViewPosition",
    "instance_number": "InstanceNumber",
    "burned_in_annotation": "BurnedInAnnotation",
}
_USED = (*_FACTS.values(), "PatientID", "ImageLaterality", "Laterality", "ContrastBolusAgent")


@dataclass(frozen=True, slots=True)
class _Header:
    """What is used of a file's header, with names taken out of its free text; ``facts`` are its metadata."""

    data: Dataset
    names: Names
    language: str
    free: Mapping[str, str]
    facts: Mapping[str, str]
    authored_at: str | None

    def fact(self, name: str) -> str:
        return self.facts.get(name, "")


class DicomParser:
    """Reads one document from a DICOM file, or those that are embedded in it."""

    def __init__(self, parts: PartReader) -> None:
        self._parts = parts

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the document; warn of dates that cannot be, of pixels that are missing and of trees cut
        short.

        Raises:
            ParseError: the file is damaged, or is an index of others.
        """
        file = name_of(source)
        data = opened_dicom(stream.read(), file)
        if text(data.file_meta, "MediaStorageSOPClassUID") == _DIRECTORY:
            warn(ParseError("dicom_directory", file=file))
            return
        if not text(data, "SOPClassUID") and not text(data, "Modality"):
            raise ParseError("dicom_without_header", file=file)
        header = _header(data, source, warn)
        aside = Aside(file)
        note_unread(data, (*_FREE_TEXT, *_USED), aside)
        aside.tell(warn)
        if "EncapsulatedDocument" in data:
            yield from self._embedded(header, source, warn)
        elif items(data, "ContentSequence"):
            yield _report(header, source, warn)
        else:
            yield _picture(header, source, warn)

    def _embedded(self, header: _Header, source: Source, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield what a file embeds, with what its header says of it; a document of another patient is
        refused.
        """
        data = bytes(value(header.data, "EncapsulatedDocument") or b"")
        media_type = text(header.data, "MIMETypeOfEncapsulatedDocument").lower()
        patient = text(header.data, "PatientID") or None
        for item in self._parts.documents(
            source, _EMBEDDED.get(media_type, "document"), data, warn, media_type
        ):
            if isinstance(item, ParseError):
                yield item
            elif item.patient_id and patient and item.patient_id != patient:
                yield ParseError(
                    "attachment_other_patient",
                    file=name_of(source),
                    name=_EMBEDDED.get(media_type, "document"),
                )
            else:
                yield replace(
                    item,
                    kind=item.kind or "imaging_report",
                    title=header.free.get("DocumentTitle") or item.title,
                    patient_id=item.patient_id or patient,
                    authored_at=item.authored_at or header.authored_at,
                    metadata={**item.metadata, **header.facts},
                    intake=Intake().packed(),
                )


def _header(data: Dataset, source: Source, warn: Warn) -> _Header:
    names = Names(data)
    free = {
        name: hidden for name in _FREE_TEXT if (hidden := names.hidden(text(data, name).replace("^", " ")))
    }
    words = " . ".join(free.values())
    language = language_of(data) or (detect_language(words) if len(words.split()) >= _FEWEST_WORDS else "fr")
    facts = {key: found for key, name in _FACTS.items() if (found := text(data, name))}
    if side := text(data, "ImageLaterality") or text(data, "Laterality") or _side_of_frames(data):
        facts["laterality"] = side
    facts |= {
        key: free[name]
        for key, name in (("study", "StudyDescription"), ("series", "SeriesDescription"))
        if name in free
    }
    _warn_of_sides(facts.get("laterality", ""), free, source, warn)
    return _Header(data, names, language, free, facts, _date(data, source, warn))


def _warn_of_sides(side: str, free: Mapping[str, str], source: Source, warn: Warn) -> None:
    """Warn where the header names one side, and what is typed beside it only the other."""
    said = {found for name in _SIDED if (found := side_said(free.get(name, "")))}
    if side in ("L", "R") and said and side not in said:
        warn(ParseError("dicom_side_conflict", file=name_of(source)))


def _side_of_frames(data: Dataset) -> str:
    sides = {
        text(part, "FrameLaterality")
        for group in items(data, "SharedFunctionalGroupsSequence")
        for part in items(group, "FrameAnatomySequence")
    }
    return next(iter(sides)) if len(sides) == 1 else ""


def _date(data: Dataset, source: Source, warn: Warn) -> str | None:
    for name in _DATES:
        stamp = text(data, name).replace(".", "")[:8]
        if not stamp:
            continue
        if iso := from_stamp(stamp):
            return checked_time(iso, source, text(data, "Modality") or "DICOM", warn)
        warn(
            ParseError(
                "record_bad_date", file=name_of(source), record=text(data, "Modality") or "DICOM", date=stamp
            )
        )
    return None


def _title(header: _Header) -> str:
    modality = in_words("modality", header.fact("modality"), header.language)
    what = header.fact("study") or in_words("body", header.fact("body_part"), header.language)
    if what and modality_of(what) and modality_of(what) == modality_of(header.fact("modality")):
        return what  # the study is named by its modality already
    return (
        " – ".join(
            filter(
                None, [modality[:1].upper() + modality[1:], what, header.fact("series") if not what else ""]
            )
        )
        or "DICOM"
    )


def _exam(writer: Writer, header: _Header) -> None:
    """Write what was examined, how and when."""
    language = header.language
    said = {
        "modality": _with_code(
            in_words("modality", header.fact("modality"), language), header.fact("modality")
        ),
        "body_part": in_words("body", header.fact("body_part"), language),
        "laterality": (
            "" if header.fact("laterality") == "U" else in_words("side", header.fact("laterality"), language)
        ),
        "view": header.fact("view"),
        "study": header.fact("study"),
        "description": " ; ".join(
            header.free[name] for name in ("DocumentTitle", "ContentDescription") if name in header.free
        ),
        "series": header.fact("series"),
        "procedure": (
            header.free.get("RequestedProcedureDescription")
            or header.free.get("PerformedProcedureStepDescription")
            or ""
        ),
        "protocol": header.free.get("ProtocolName", ""),
        "date": time_in_words(header.authored_at, language),
        "accession_number": header.fact("accession_number"),
        "contrast": header.names.hidden(text(header.data, "ContrastBolusAgent")),
        "reason": (
            header.free.get("ReasonForTheRequestedProcedure") or header.free.get("ReasonForStudy") or ""
        ),
        "diagnosis": header.free.get("AdmittingDiagnosesDescription", ""),
        "history": header.free.get("AdditionalPatientHistory", ""),
        "comments": " ".join(
            dict.fromkeys(
                header.free[name] for name in ("StudyComments", "ImageComments") if name in header.free
            )
        ),
        "derivation": header.free.get("DerivationDescription", ""),
        **{
            name: " ; ".join(dict.fromkeys(header.free[word] for word in words if word in header.free))
            for name, words in KINDS.items()
        },
        "status": status_of(header.data, language),
        "annotation": " ; ".join(header.names.hidden(found) for found in annotations_of(header.data)),
    }
    writer.lines(line for name, found in said.items() if (line := label(name, language, found)))


def _with_code(words: str, code: str) -> str:
    return words if words == code else f"{words} ({code})"


def _picture(header: _Header, source: Source, warn: Warn) -> Document:
    data = header.data
    frames, rows, columns = number(data, "NumberOfFrames", 1), number(data, "Rows"), number(data, "Columns")
    has_pixels = (
        rows > 0
        and columns > 0
        and any(name in data for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))
    )
    size = {"rows": str(rows), "columns": str(columns), "frames": str(max(1, frames))} if has_pixels else {}
    if has_pixels and (missing := _missing(data, rows * columns * max(1, frames))):
        warn(ParseError("dicom_pixels_missing", file=name_of(source), share=missing))
    writer = Writer()
    title = _title(header)
    writer.heading(title)
    _exam(writer, header)
    if has_pixels:
        writer.line(
            label("picture", header.language, f"{columns} × {rows}" + (f" × {frames}" if frames > 1 else ""))
        )
    return _document(header, source, writer, "image" if has_pixels else "imaging", title, size)


def _missing(data: Dataset, pixels: int) -> int:
    """Return the share of plain pixels that is not there, in percent; compressed ones are seen to when they
    are drawn.
    """
    if "PixelData" not in data or is_compressed(data):
        return 0
    samples = number(data, "SamplesPerPixel", 1)
    subsampled = 2 / 3 if text(data, "PhotometricInterpretation") == "YBR_FULL_422" else 1.0
    expected = pixels * samples * number(data, "BitsAllocated", 8) / 8 * subsampled
    return round(100 * max(0.0, 1 - len(value(data, "PixelData") or b"") / expected)) if expected else 0


def _report(header: _Header, source: Source, warn: Warn) -> Document:
    writer = Writer()
    title = header.names.hidden(title_of(header.data)) or header.free.get("DocumentTitle") or _title(header)
    writer.heading(title)
    _exam(writer, header)
    tree = Tree(writer, header.names, header.language)
    tree.write(header.data)
    if tree.people:
        warn(ParseError("aside_names", file=name_of(source), count=tree.people, where="PNAME"))
    if tree.was_cut:
        warn(ParseError("dicom_tree_too_deep", file=name_of(source)))
    refers = {"refers_to": " ".join(dict.fromkeys(tree.referenced))} if tree.referenced else {}
    return _document(header, source, writer, "imaging_report", title, refers)


def _document(
    header: _Header, source: Source, writer: Writer, kind: str, title: str, facts: Mapping[str, str]
) -> Document:
    written, sections = writer.done()
    return Document(
        doc_id="",
        source=source,
        kind=kind,
        title=title,
        text=written,
        language=header.language,
        sections=sections,
        patient_id=text(header.data, "PatientID") or None,
        authored_at=header.authored_at,
        codes=tuple(_codes(header.data)),
        metadata={**header.facts, **facts},
        traits=traits_of(header.data),
        intake=Intake().packed(),
    )


def _codes(data: Dataset) -> Iterator[Code]:
    for name in ("AnatomicRegionSequence", "ProcedureCodeSequence", "RequestedProcedureCodeSequence"):
        for code in items(data, name):
            system, found = text(code, "CodingSchemeDesignator"), text(code, "CodeValue")
            if system and found:
                yield Code(system, found, text(code, "CodeMeaning"))
