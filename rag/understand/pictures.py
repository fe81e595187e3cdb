"""What a question asks of pictures: the kind of picture, the part of the body, the side, and what must be
seen on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.clinical.concepts.imaging import (
    modalities_in,
    modality_named,
    regions_named,
    view_in,
    view_words,
    without_picture_words,
)
from rag.clinical.folding import flat
from rag.core.pictures import WantedImages
from rag.understand.reading import understand
from rag.understand.values import QuestionPart, TimeAsked, Understood

_SEEN = frozenset({"condition", "symptom", "device", "organism", "procedure"})
"""Kinds of concepts that may be seen on a picture; others frame the question."""
_ABSENT = "absence"


def wanted_images(
    text: str, language: str | None = None, history: Sequence[str] = (), modality: str = ""
) -> WantedImages:
    """Return what a question asks of pictures; ``modality`` is one asked for beside it (a group)."""
    read = understand(text, language, history=history)
    return _wanted(text, read.language, read.parts, modality)


def wanted_of(part: QuestionPart, language: str) -> WantedImages:
    """Return what one part of a question asks of pictures."""
    return _wanted(part.text, language, (part,), "")


def asks_for_pictures(read: Understood) -> bool:
    """Tell whether a question asks to be shown pictures: by its words, or because it opens with a kind of
    picture and says what must be seen on it (``radiographies avec épanchement``).
    """
    if all(part.intent == "image" for part in read.parts):
        return True
    if len(read.parts) != 1 or read.parts[0].is_yes_no or read.parts[0].asks("when", "who", "result"):
        return False
    part = read.parts[0]
    first = part.named[0] if part.named else None
    opens = first is not None and flat(part.text).lstrip().startswith(flat(first.text))
    return opens and first is not None and bool(modality_named(first.concept)) and _seeks(part)


def _seeks(part: QuestionPart) -> bool:
    return wanted_of(part, "fr").seeks_findings


def dates_asked(when: TimeAsked) -> tuple[str | None, str | None]:
    """Return the first and last date that a time asked about allows, as ISO 8601."""
    dates = ["-".join(f"{part:02}" for part in date if part is not None) for date in when.dates if date[0]]
    if not dates:
        return None, None
    if when.mode == "before":
        return None, dates[0]
    if when.mode == "after":
        return dates[0], None
    return dates[0], dates[-1]


def _wanted(text: str, language: str, parts: Sequence[QuestionPart], modality: str) -> WantedImages:
    views = view_words(text)
    named = [one for part in parts for one in part.named if flat(one.text) not in views]
    groups = [group for one in named if (group := modality_named(one.concept))]
    regions = tuple(dict.fromkeys(region for one in named for region in regions_named(one.concept)))
    findings = [
        one.concept
        for one in named
        if not modality_named(one.concept) and (one.kind in _SEEN or _is_unplaced(one.concept, one.kind))
    ]
    words = [word for part in parts for word in part.words]
    sides = [part.side for part in parts if part.side]
    return WantedImages(
        text=text,
        language=language,
        modality=modality or next(iter([*groups, *modalities_in(text)]), ""),
        regions=regions,
        view=view_in(text),
        side=sides[0] if sides else "",
        findings=tuple(dict.fromkeys(findings)),
        words=without_picture_words(dict.fromkeys(words)),
        is_absent=any(part.asks(_ABSENT) for part in parts),
    )


def _is_unplaced(concept_id: str, kind: str) -> bool:
    """Tell whether a part of the body is one that no header codes, so that a report must name it."""
    return kind == "anatomy" and not regions_named(concept_id)
