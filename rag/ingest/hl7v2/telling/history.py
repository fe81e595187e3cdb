"""Allergies, diagnoses, procedures, problems, goals and other entries of a message: one line each, and the
fact that it states.
"""

from __future__ import annotations

from collections.abc import Callable

from rag.core.facts import Fact, FactAssertion, FactKind, FactStatus, Period
from rag.ingest.hl7v2.groups import Entry
from rag.ingest.hl7v2.message import Segment
from rag.ingest.hl7v2.people import coded, professional
from rag.ingest.hl7v2.telling.fields import coded_words, joined, rest, words
from rag.ingest.hl7v2.telling.results import all_codes
from rag.ingest.records.facts import day, filled, side_of, span
from rag.ingest.records.wording.denial import denied
from rag.ingest.records.wording.when import from_stamp, in_words
from rag.messages import catalogue, message

Said = tuple[str, Fact | None]

_SEVERITIES = {"SV": "severe", "MO": "moderate", "MI": "mild"}
_ALLERGENS = {"DA": "medication", "FA": "food", "EA": "environment", "LA": "environment", "MA": "environment"}
_NO_ALLERGY = frozenset("716186003 409137002 429625007 428607008 NKA NKDA".split())
"""Codes that say that there is no allergy: they state an absence, not an allergen."""


def said_of(entry: Entry, language: str) -> Said:
    """Return an entry in words with all that it says, and the fact that it states, if it states one."""
    teller = _TELLERS.get(entry.name, _plain)
    line, fact = teller(entry.segment, language)
    if not line and not entry.notes:
        return "", None
    semicolon, colon = message("record.semicolon", language), message("record.colon", language)
    further = [f"{label}{colon} {text}" for label, text in rest(entry.segment, line, frozenset(), language)]
    further += [message("record.note_is", language, text=note) for note in entry.notes]
    return semicolon.join(filter(None, (line, *further))), fact


def is_deleted(segment: Segment) -> bool:
    """Tell whether an entry takes back what was said before: its action code is D."""
    place = {"IAM": 6, "DG1": 21, "PR1": 20, "PRB": 1, "GOL": 1}.get(segment.name, 0)
    wrong = segment.name == "IAM" and segment.get(17, 1).upper() == "E"
    return wrong or bool(place and segment.get(place, 1).upper() in ("D", "DE", "R"))


def _diagnosis(segment: Segment, language: str) -> Said:
    what = _first(segment, 3) or segment.text(4)
    code, date = segment.get(3, 1, 1), _date(segment.get(5), language)
    kind = catalogue(language).get(f"diagnosis.{segment.get(6).upper()}", "")
    head = f"{what} ({code})" if what and code and code != what else what
    line = ", ".join(filter(None, (head, kind, date)))
    status: FactStatus = "suspected" if segment.get(6).upper() == "W" else "confirmed"
    at = day(_stamp(segment.get(5)))
    return (line, _fact("condition", segment, what, status=status, at=at)) if what else ("", None)


def _procedure(segment: Segment, language: str) -> Said:
    what = _first(segment, 3) or segment.text(4)
    line = ", ".join(filter(None, (what, _date(segment.get(5), language))))
    operator = professional(segment, 11)
    fact = _fact(
        "procedure",
        segment,
        what,
        status="done",
        at=day(_stamp(segment.get(5))),
        details=filled(operator=operator),
    )
    return (line, fact) if what else ("", None)


def allergy(segment: Segment, language: str) -> Said:
    """Return an allergy in words, and its fact; both AL1 and IAM have the same first five fields."""
    what = _first(segment, 3)
    is_iam = segment.name == "IAM"
    known = catalogue(language)
    kind = known.get(f"allergy.{_ALLERGENS.get(segment.get(2, 1).upper(), '')}", "")
    severity = known.get(f"allergy.{_SEVERITIES.get(segment.get(4, 1).upper(), '')}", segment.get(4, 2))
    reactions = ", ".join(filter(None, (joined(segment, value) for value in segment.repetitions(5))))
    told = message("record.reaction_is", language, text=reactions) if reactions else ""
    since = _date(segment.get(11 if is_iam else 6), language)
    state = segment.get(17, 1).upper() if is_iam else ""
    head, status, assertion = _allergy_status(what, segment, state, language)
    parts = message("record.semicolon", language).join(filter(None, (kind, severity, told, since)))
    line = f"{head} — {parts}" if head and parts else head
    fact = _fact(
        "allergy",
        segment,
        what,
        status=status,
        assertion=assertion,
        at=span(_stamp(segment.get(11 if is_iam else 6)), None),
        details=filled(reaction=reactions, severity=severity),
    )
    return (line, fact) if what else ("", None)


def _allergy_status(
    what: str, segment: Segment, state: str, language: str
) -> tuple[str, FactStatus, FactAssertion]:
    if segment.get(3, 1, 1).upper() in _NO_ALLERGY:
        return what, "documented_absent", "negated"
    if state in ("U", "P", "S", "D"):
        return denied("suspected", what, language), "unconfirmed", "present"
    if state == "I":
        return f"{what} ({message('status.inactive', language)})", "present", "history"
    return what, "present", "present"


def _problem(segment: Segment, language: str) -> Said:
    what = _first(segment, 3)
    onset, end = _stamp(segment.get(16)) or _stamp(segment.get(7)), _stamp(segment.get(9))
    line = ", ".join(
        filter(None, (what, _date(segment.get(16), language), *words(segment, 13), *words(segment, 14)))
    )
    code = segment.get(13, 1).upper()
    status: FactStatus = "suspected" if code in ("P", "PR", "D") else "resolved" if end else "confirmed"
    return (
        (line, _fact("condition", segment, what, status=status, at=span(onset, end))) if what else ("", None)
    )


def _appointment(segment: Segment, language: str) -> Said:
    what = ", ".join(dict.fromkeys(text for at in (7, 8, 6) for text in words(segment, at)))
    start, end = _stamp(segment.get(11, 4)), _stamp(segment.get(11, 5))
    status = words(segment, 25)
    when = in_words(start, language, clock=True)
    line = ", ".join(filter(None, (what or message("list.appointment", language), when, *status)))
    gone = segment.get(25, 1).upper() in ("CANCELLED", "DELETED", "NOSHOW", "DISCONTINUED")
    fact = _fact(
        "appointment",
        segment,
        what,
        code=7,
        status="cancelled" if gone else "planned",
        at=span(start, end or start),
    )
    return line, fact if what else None


def _plain(segment: Segment, language: str) -> Said:
    """Return the texts of a segment without a sentence of its own, the first of them as they are, the others
    with their fields' names.
    """
    found = list(rest(segment, "", frozenset(), language))
    return (found[0][1], None) if found else ("", None)


def _first(segment: Segment, field: int) -> str:
    return coded_words(segment, next(iter(segment.repetitions(field)), "")).lstrip("&")


def _fact(
    kind: FactKind,
    segment: Segment,
    what: str,
    *,
    code: int = 3,
    status: FactStatus = "",
    assertion: FactAssertion = "present",
    at: Period | None = None,
    details: dict[str, str] | None = None,
) -> Fact:
    label = coded(segment, code).lstrip("&") or what
    return Fact(
        kind,
        "",
        label,
        status=status,
        assertion=assertion,
        at=at,
        side=side_of(what),
        source="structured",
        codes=tuple(all_codes(segment, code)),
        details=details or {},
    )


def _stamp(text: str) -> str | None:
    return from_stamp(text) if text else None


def _date(text: str, language: str) -> str:
    return in_words(_stamp(text), language, clock=False)


_TELLERS: dict[str, Callable[[Segment, str], Said]] = {
    "DG1": _diagnosis,
    "PR1": _procedure,
    "AL1": allergy,
    "IAM": allergy,
    "PRB": _problem,
    "SCH": _appointment,
}
SECTIONS = (
    ("DG1", "stay_diagnoses"),
    ("PRB", "problems_active"),
    ("PR1", "stay_procedures"),
    ("AL1 IAM", "allergies_active"),
    ("GOL", "goals"),
    ("SCH AIS AIG AIL AIP", "appointments"),
    ("ODS ODT", "diets"),
    ("PV2 ACC PDA RF1 SAC", "other_entries"),
)
"""Segments, and the section that their lines stand in, in the order in which they are written."""
