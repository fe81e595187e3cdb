"""Pictures: what there is to show of one (frames, size, the windows under which its values become grey), and
pictures as they are found: an entry each, what is asked of them, the hits with their reasons.

A picture is never interpreted: what is said of it are its header's codes, its caption, and sentences of the
report that is linked to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.core.facts import FactAssertion, Side

REPORT, HEADER, IMAGE = "report", "header", "image"
"""The channels by which a picture is found: sentences that describe it, its header, its vector."""


@dataclass(frozen=True, slots=True)
class Window:
    """The values of a picture that are shown from black to white: ``center`` ± half of ``width``, in the
    picture's own units.
    """

    center: float
    width: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What there is to show of a picture. ``width`` and ``height`` are in pixels; frames count from 0.

    ``key_frames`` are a few that stand for all; ``window`` is the one shown by default, None where none
    applies (colours). ``spacing`` is millimetres a pixel, down and across, None where nothing tells it.
    """

    frames: int
    width: int
    height: int
    key_frames: tuple[int, ...] = (0,)
    window: Window | None = None
    presets: tuple[Window, ...] = ()
    spacing: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One picture of the index.

    Attributes:
        entry_id: 32 hexadecimal digits. doc_id, revision: the version of the document that holds it. frame:
        from 0, of a picture of several; of pictures on pages, their number in the document. page: the page
        that it stands on, from 1, None where the document is the picture. modality: as declared;
        ``modality_group``: what that is (``radiography``), empty where it is not known. regions: of the body.
        projection: as declared; ``view``: what that is (``frontal``). start, end: what the document itself
        says of it (a caption), in its canonical text; equal where it says nothing.
    """

    entry_id: str
    doc_id: str
    revision: str
    frame: int
    title: str
    language: str
    patient_id: str | None = None
    authored_at: str | None = None
    modality: str = ""
    modality_group: str = ""
    regions: tuple[str, ...] = ()
    projection: str = ""
    view: str = ""
    side: Side = ""
    page: int | None = None
    start: int = 0
    end: int = 0
    words: str = ""

    @property
    def is_figure(self) -> bool:
        """Tell whether it is a figure of a document rather than the document itself."""
        return self.page is not None or (not self.modality and self.end > self.start)


@dataclass(frozen=True, slots=True)
class WantedImages:
    """What is asked of pictures. An empty part means "any".

    Attributes:
        text: the question. language: its language. modality: a group. regions: of the body. view, side: as an
        entry has them. findings: concepts that must be described. words: folded words in no table that must
        be. is_absent: whether the findings must be denied instead.
    """

    text: str
    language: str
    modality: str = ""
    regions: tuple[str, ...] = ()
    view: str = ""
    side: Side = ""
    findings: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    is_absent: bool = False

    @property
    def seeks_findings(self) -> bool:
        """Tell whether the question says what must be seen."""
        return bool(self.findings or self.words)


@dataclass(frozen=True, slots=True)
class ReportQuote:
    """A sentence that describes a picture: ``quote == document.text[start:end]``; ``by`` says what joins
    them, e.g. ``accession_number``, or ``caption`` where it is the picture's own.
    """

    doc_id: str
    quote: str
    start: int
    end: int
    assertion: FactAssertion = "present"
    by: str = ""


@dataclass(frozen=True, slots=True)
class ImageHit:
    """A picture found: ``rank`` from 1; ``channels`` in [0, 1] by name, absent where a channel says nothing;
    ``reasons`` are keys of the message catalogue (``images.reason_…``).
    """

    entry: ImageEntry
    rank: int
    score: float
    channels: Mapping[str, float] = field(default_factory=dict)
    report: ReportQuote | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageResult:
    """Pictures found, best first, and what each stage cost in milliseconds."""

    query: str
    hits: tuple[ImageHit, ...]
    timings_ms: Mapping[str, float] = field(default_factory=dict)
