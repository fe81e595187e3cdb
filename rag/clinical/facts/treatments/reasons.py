"""Why a drug was started, changed or stopped, in the note's own words."""

from __future__ import annotations

import re

from rag.clinical.facts.note import Note
from rag.clinical.facts.treatments.turns import STATUSES, DrugTurn
from rag.clinical.phrases import phrases_in

_NO_REASON = re.compile(
    r"\d|une duree|un total|a total|une periode|un an|one |two |three |a (?:day|week|month)|la nuit|le"
    r" soir|une semaine"
    r"|the (?:past|last|next)|now\b|the moment|the time being|l'instant|le moment"
)
_REASON_END = re.compile(r"[.;\n()]|,\s|\b(?:le|on)\s\d|\b(?:mais|but|puis|then|avec)\b")
_BRACKET = re.compile(r"[^(.;\n]{0,20}\((?P<reason>[^)\n]{3,80})\)")
_BESIDE = re.compile(r"\s?\((?P<reason>[^()\n]{3,80})\)")
_DOSED = re.compile(r"\d\s?(?:m?g|µg|ug|ui|ml|cp)\b|\d/\d|\b(?:19|20)\d\d\b")
_AFTER_COLON = re.compile(r"\s?[:–-]\s(?P<reason>[^;.\n]{3,80})")
_MOST_BRACKET = 90
_NO_NEED = re.compile(
    r"\b(?:pas d'|plus d'|no |not |intoleran|allerg|inefficac|toxicit|effets? |side effect|refus|mal tolere)"
)
_JOINED = re.compile(r"\s*\b(?:et|and|puis|then|,)\s*$")


def bracketed_reason(note: Note, turn: DrugTurn | None, limit: int) -> str:
    """Return the reason in brackets right after a stop or a change: ``arrêtée (hypotension)``."""
    if turn is None or turn.status not in ("stopped", "changed", "not_to_give"):
        return ""
    end = min(note.sentence_at(turn.cue.start).end, limit + _MOST_BRACKET) if limit <= turn.cue.end else limit
    found = _BRACKET.match(note.text, turn.cue.end, max(end, limit))
    if found is None or any(char.isdigit() for char in found["reason"]):
        found = _BRACKET.search(note.text, turn.cue.end, max(end, limit))
    if found is None or any(char.isdigit() for char in found["reason"]):
        return ""
    inside = (found.start("reason"), found.end("reason"))
    tells = any(
        named.kind in ("condition", "symptom", "lab") and inside[0] <= named.start < inside[1]
        for named in note.named
    )
    return found["reason"].strip() if tells or _NO_NEED.search(note.plain, *inside) else ""


def reason_beside(note: Note, position: int) -> str:
    """Return what is in brackets right after a drug of a list of stops: ``Arrêtés : ramipril (toux)``."""
    end = note.sentence_at(position).end
    found = _BESIDE.match(note.text, position, end)
    if found is None and note.rooms.role(position) == "stopped":
        found = _AFTER_COLON.match(note.text, position, end)
    return found["reason"].strip() if found and not _DOSED.search(note.plain, *found.span("reason")) else ""


def reason_after(note: Note, start: int, limit: int) -> str:
    """Return the words after the reason's own cue, up to the end of the clause."""
    for phrase in phrases_in(note.tokens, note.language, "drugs_cues", *note.tokens_in(start, limit)):
        if phrase.name != "reason.before":
            continue
        following = note.plain[phrase.end : phrase.end + 12].strip()
        if _NO_REASON.match(following):
            continue
        found = _REASON_END.search(note.plain, phrase.end, limit)
        end = found.start() if found else limit
        reason = _JOINED.sub("", note.quote(phrase.end, _before_next(note, phrase.end, end)).strip(" :"))
        if reason := reason or note.quote(phrase.end, end).strip(" :"):
            return reason[:100]
    return ""


def _before_next(note: Note, start: int, end: int) -> int:
    """Return where the next thing that becomes of a drug is told: ``car bradycardie et j'introduis du``."""
    cues = phrases_in(note.tokens, note.language, "drugs_cues", *note.tokens_in(start, end))
    return next((cue.start for cue in cues if cue.name.partition(".")[0] in STATUSES), end)
