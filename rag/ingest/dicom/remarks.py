"""What a DICOM header says beyond the exam: alerts, impressions, the status of a report, annotations; and
what is not read of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from rag.ingest.dicom.file import items, text, tolerant, value
from rag.ingest.parsing.aside import Aside
from rag.messages import catalogue

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset
    from pydicom.tag import BaseTag

KINDS = {
    "alerts": ("MedicalAlerts", "Allergies"),
    "state": ("PatientState", "PregnancyStatus", "SmokingStatus", "SpecialNeeds", "PreMedication"),
    "impressions": (
        "Impressions",
        "InterpretationText",
        "InterpretationDiagnosisDescription",
        "ResultsComments",
    ),
    "remarks": (
        "PatientComments",
        "VisitComments",
        "RequestedProcedureComments",
        "CommentsOnThePerformedProcedureStep",
        "AcquisitionComments",
        "FrameComments",
        "RequestedContrastAgent",
        "ReasonForVisit",
        "ImagingServiceRequestComments",
        "ServiceEpisodeDescription",
        "AcquisitionProtocolDescription",
    ),
}
"""Keywords by the label that they are written under."""

REMARKS = tuple(word for words in KINDS.values() for word in words)
_FLAGS = ("CompletionFlag", "VerificationFlag", "PreliminaryFlag")
_TEXTS = frozenset("LO LT SH ST UC UT CS".split())
_DEEPEST = 6
_ANNOTATED = ("GraphicAnnotationSequence", "TextObjectSequence", "WaveformAnnotationSequence")
_SIDES = {
    "R": re.compile(r"\b(?:droite?s?|right|rt)\b", re.IGNORECASE),
    "L": re.compile(r"\b(?:gauches?|left|lt)\b", re.IGNORECASE),
}
_MACHINE = frozenset(
    "SpecificCharacterSet ImageType ConversionType PhotometricInterpretation PatientSex Units CompletionFlag"
    " VerificationFlag PreliminaryFlag ValueType ContinuityOfContent PatientOrientation "
    "PatientPosition".split()
)


def status_of(data: Dataset, language: str) -> str:
    """Return whether a report is complete, verified and final, in words; empty where it does not say."""
    words = catalogue(language)
    said = [words.get(f"dicom_status.{flag}", flag) for name in _FLAGS if (flag := text(data, name))]
    described = text(data, "CompletionFlagDescription")
    return ", ".join(said) + (f" ({described})" if described else "")


def annotations_of(data: Dataset) -> Iterator[str]:
    """Yield texts written over pictures or curves, each once."""
    return iter(dict.fromkeys(_annotations(data, 0)))


def _annotations(data: Dataset, depth: int) -> Iterator[str]:
    if said := text(data, "UnformattedTextValue"):
        yield said
    for name in _ANNOTATED if depth < _DEEPEST else ():
        for part in items(data, name):
            yield from _annotations(part, depth + 1)


def side_said(words: str) -> str:
    """Return the side that a text names, ``L`` or ``R``; empty where it names none or both."""
    found = [side for side, pattern in _SIDES.items() if pattern.search(words)]
    return found[0] if len(found) == 1 else ""


def note_unread(data: Dataset, read: Collection[str], aside: Aside) -> None:
    """Count the texts of a header that are not read, and the names of people, which are never shown."""
    for tag in tuple(data.keys()):
        element = _element(data, tag)
        if element is None or element.keyword in read or element.keyword in _MACHINE:
            continue
        vr = str(element.VR)
        if vr == "PN":
            aside.note("names", element.keyword, int(bool(text(data, element.keyword))))
        elif vr in _TEXTS and element.tag.group % 2:
            aside.note("values", "private", int(bool(str(element.value or "").strip())))
        elif vr in _TEXTS and value(data, element.keyword):
            aside.note("values", element.keyword)


def _element(data: Dataset, tag: BaseTag) -> DataElement | None:
    """Return one element, None where it cannot be decoded: values are, one by one, when they are asked
    for.
    """
    try:
        with tolerant():
            return data[tag]
    except Exception:  # whatever codecs and struct raise on damaged values
        return None
