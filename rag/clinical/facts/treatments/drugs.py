"""Drugs: what was started, continued, changed, stopped, planned, given or ruled out, at what dose, since when
and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.clinical.assertion.reach import Stand
from rag.clinical.concepts import concept, kinds_of
from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.dating import time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, UNSURE, NamedConcept, Note, Sentence
from rag.clinical.facts.treatments.doses import Dose, dose_after, dose_before
from rag.clinical.facts.treatments.turns import STATUSES, DrugTurn, turns_of
from rag.clinical.phrases import phrases_in
from rag.clinical.times.periods import When
from rag.core.facts import Fact, FactAssertion, FactStatus, Period
from rag.core.text import Span

_ROLE_STATUS: dict[str, FactStatus] = {
    "home": "continued",
    "discharge": "continued",
    "stopped": "stopped",
    "added": "started",
    "modified": "changed",
    "unchanged": "continued",
    "inpatient": "given",
}
_GIVEN_KINDS = ("operative_report", "anaesthesia", "nursing", "administration")
_ALLERGY = re.compile(
    r"\b(?:allerg\w+|intoleran\w+|anaphyla\w+|hypersensib\w+|hypersensitiv\w+|reaction|tolere\w*|tolerat\w+|nkda)\b"
)
_NOT_DRUG = re.compile(
    r"\s*(?:\+|plasmatique|serique|levels?|dosage|residuel\w*|trough|blood"
    r" level|:?\s?\d+(?:[.,]\d+)?\s?(?:mmol|g)/l|[:n°]*\s?\d{6,})"
)
_EXTRA = re.compile(r"[ -]?(?:lp|sr|xr|er|cr|lm|hct|xl|mr)\b")
_FORMERLY = ("prenait", "recevait")
_PLAIN_TAKEN = frozenset({"on", "taking", "sous", "traite par", "traitee par"})
_WAS_ON = re.compile(r"\b(?:was on|were on|had been on|formerly|previously)\s+$")
_WAS = re.compile(
    r"\b(?:was|were|had been|etait|etaient|avait ete|previously|formerly|auparavant|anterieurement)(?:"
    r" \w+)?\s+$"
)
_DAY = 10
"""Characters of a day in ISO 8601."""
_SHORTEST_LIST = 3
_AFTERWARDS = re.compile(r"\b(?:puis|then|relais|followed by|suivi de|ensuite)\b")
_NO_REASON = re.compile(
    r"\d|une duree|un total|a total|une periode|un an|one |two |three |a (?:day|week|month)|la nuit|le"
    r" soir|une semaine"
    r"|the (?:past|last|next)|now\b|the moment|the time being|l'instant|le moment"
)
_RECEPTOR = re.compile(
    r"\b(?:recepteurs?|receptors?|anticorps|antibod\w+)\s(?:a la |a l'|aux? |des |de la |de l'|d'|for )?$"
)
_REASON_END = re.compile(r"[.;\n()]|,\s|\b(?:le|on)\s\d|\b(?:mais|but|puis|then|avec)\b")


def drugs(note: Note) -> Iterator[Fact]:
    """Yield the drugs of a note, those of its allergies left out."""
    things = [
        named
        for named in note.of_kind("drug", "drug_class")
        if not _is_no_drug(note, named)
        and named.concept not in ids_of("vaccine")
        and note.rooms.role(named.start) != "allergies"
        and not _is_allergen(note, named, note.sentence_at(named.start))
    ]
    for number, named in enumerate(things):
        sentence = note.sentence_at(named.start)
        following = things[number + 1] if number + 1 < len(things) else None
        earlier = things[number - 1] if number else None
        if following is not None and following.start == named.start:
            following = None
        yield from _drug(note, named, earlier, following, sentence)


def _is_no_drug(note: Note, named: NamedConcept) -> bool:
    """Tell whether the words are a test of the drug, a part of another name, or a thing measured too
    (``potassium 4,2 mmol/L``).
    """
    if note.text[named.start : named.end] == "ASA" and re.match(
        r"\s?[:=]?\s?(?:[1-5]|[IV]+)\b(?!\d)(?!\s?mg)", note.text[named.end : named.end + 8]
    ):
        return True  # the score of fitness for anaesthesia
    return (
        _NOT_DRUG.match(note.plain, named.end) is not None
        or _RECEPTOR.search(note.plain[max(0, named.start - 24) : named.start]) is not None
    )


def _is_allergen(note: Note, named: NamedConcept, sentence: Sentence) -> bool:
    start = max(sentence.start, note.plain.rfind(";", sentence.start, named.start) + 1, named.start - 60)
    end = min(sentence.end, named.end + 25)
    return (
        _ALLERGY.search(note.plain, start, named.start) is not None
        or re.search(r"^[^(\d]*\ballerg(?:y|ie)\b", note.plain[named.end : end]) is not None
    )


def _drug(
    note: Note,
    named: NamedConcept,
    earlier: NamedConcept | None,
    following: NamedConcept | None,
    sentence: Sentence,
) -> Iterator[Fact]:
    limit = min(
        _end_of_entry(note, named, sentence), following.start if following is not None else len(note.text)
    )
    limit = max(limit, named.end)
    turns = turns_of(note, named, limit, sentence, following)
    begin = named.end
    turns, steps = _with_steps(note, turns, named.end, limit)
    for number, turn in enumerate(turns):
        later = turns[number + 1] if number + 1 < len(turns) else None
        end = steps[number] if number < len(steps) else later.cue.start if later is not None else limit
        yield _one(
            note, named, turn, (begin, end), sentence, earlier.end if earlier is not None else sentence.start
        )
        begin = end


def _with_steps(
    note: Note, turns: Sequence[DrugTurn | None], start: int, limit: int
) -> tuple[tuple[DrugTurn | None, ...], tuple[int, ...]]:
    """Return the turns with those of an entry that goes on over dated doses, and where each ends: ``diminué à
    20 mg le 22/07 puis 10 mg ce jour``.
    """
    if len(turns) != 1 or turns[0] is None or turns[0].status not in ("changed", "started"):
        return tuple(turns), ()
    first, ends = turns[0], []
    for step in _STEP.finditer(note.plain, start, limit):
        stop = _STEP.search(note.plain, step.end(), limit)
        last = stop.start() if stop else limit
        if any(step.end() <= when.start < last and when.sort == "at" for when in note.whens):
            ends.append(step.start())
    changed = replace(first, status="changed")
    return (first, *(changed for _ in ends)), tuple(ends)


_STEP = re.compile(r"[,;]?\s\b(?:puis|then)\s+(?:[a-z]{4,12}\s+){0,2}(?:a\s+|to\s+)?(?=\d)")


def _one(
    note: Note, named: NamedConcept, turn: DrugTurn | None, entry: Span, sentence: Sentence, floor: int
) -> Fact:
    """Return one thing that an entry says of a drug; ``floor`` is where the drug before it ends."""
    start, limit = entry
    dose = dose_after(note, start, limit)
    if not dose.text and start == named.end:
        ahead = dose_before(note, max(sentence.start, floor), named.start)
        dose = (
            Dose(ahead.value, ahead.unit, ahead.text, dose.end, {**dose.details, **ahead.details})
            if ahead.text
            else dose
        )
    stand = note.stand((named.start, named.end))
    status, assertion = _standing(note, named, turn, stand, dose)
    details = dict(dose.details)
    if (role := note.rooms.role(named.start)) in ("home", "discharge"):
        details["list"] = role
    when = _when(note, entry, status)
    reason = _reason(note, start, limit) or _bracketed_reason(note, turn, limit)
    if not reason and turn is None and status in ("stopped", "changed"):
        reason = _reason_beside(note, max(named.end, dose.end), limit)
    if purpose := _PURPOSE.search(note.plain, max(sentence.start, floor, named.start - _NEAR_PURPOSE), limit):
        details["purpose"] = note.quote(*purpose.span())
    foreign = note.foreign.holds(named.start) or stand.is_other_person
    sure = SURE if turn is not None else LIKELY if status else UNSURE
    first = min(
        [
            named.start,
            *(
                [turn.cue.start]
                if turn is not None and turn.cue.start < named.start and named.start - turn.cue.start < 60
                else []
            ),
        ]
    )
    if (
        dose.text
        and (place := note.text.rfind(dose.text, max(sentence.start, named.start - 26), named.start)) >= 0
        and dose.end <= named.end
    ):
        first = min(first, place)
    last = max(
        named.end, dose.end, turn.cue.end if turn is not None and named.end <= turn.cue.start <= limit else 0
    )
    return Fact(
        kind="drug",
        concept=named.concept,
        label=note.quote(named.start, named.end),
        spans=((first, min(last, max(limit, named.end))),),
        status="unconfirmed" if foreign or named.others else status,
        assertion=assertion,
        value=dose.value,
        unit=dose.unit,
        value_text=dose.text,
        at=when,
        recorded_at=note.authored_at,
        reason=reason,
        confidence=DOUBTFUL if foreign or named.others else sure,
        codes=concept(named.concept).codes,
        details=details,
    )


def _end_of_entry(note: Note, named: NamedConcept, sentence: Sentence) -> int:
    """Return where what is said of a drug ends: its sentence, or its line with the lines indented under
    it.
    """
    end = sentence.end
    line = note.line_at(named.start)
    if sentence.end <= line.end and sentence.end == line.end:
        for below in note.lines:
            if below.start <= line.start:
                continue
            head = note.text[below.start : below.start + 3]
            if (
                below.start == end + 1
                and head.startswith("  ")
                and not any(below.start <= other.start < below.end for other in note.of_kind("drug"))
            ):
                end = below.end
            elif below.start > end + 1:
                break
    return end


def _standing(
    note: Note, named: NamedConcept, turn: DrugTurn | None, stand: Stand, dose: Dose
) -> tuple[FactStatus, FactAssertion]:
    role = note.rooms.role(named.start)
    if stand.assertion == "family":
        return (turn.status if turn else ""), "family"
    if turn is not None and _is_denied_between(stand, named, turn):
        return "", "negated"
    if turn is not None and (
        turn.is_denied or (_is_denied_ahead(stand, named) and turn.cue.start >= named.end)
    ):
        if turn.status in ("stopped", "changed"):
            return "continued", "present"
        return ("" if turn.status == "continued" else turn.status), "negated"
    if turn is not None:
        if _is_former(note, turn):
            return "", "history"
        if turn.status == "planned" or turn.status == "not_to_give":
            return turn.status, "present"
        if turn.status == "continued" and _is_given_once(note, named):
            return "given", "present"
        return ("planned" if _is_on_condition(note, named, turn) else turn.status), "present"
    if _WAS_ON.search(note.plain, max(0, named.start - 24), named.start):
        return "", "history"
    if stand.is_denied or stand.assertion == "negated":
        return ("not_to_give" if role in ("plan", "advice") else ""), "negated"
    if stand.is_conditional and stand.assertion == "hypothesis":
        return "planned", "present"
    if (
        "as_needed" in dose.details
        and role not in _ROLE_STATUS
        and note.kind not in ("prescription", "medication_list")
    ):
        return "planned", "present"
    if stand.assertion == "history" and not dose.text:
        return "", "history"
    if role in _ROLE_STATUS:
        return _ROLE_STATUS[role], "present"
    if role == "plan":
        return "planned", "present"
    if note.kind in ("prescription", "medication_list"):
        return "continued", "present"
    if _is_given_once(note, named):
        return "given", "present"
    if any(kind in note.kind for kind in _GIVEN_KINDS) and dose.text:
        return (
            "planned" if role in ("course", "plan") and note.kind == "operative_report" else "given"
        ), "present"
    hypothesis: FactAssertion = "hypothesis" if stand.assertion == "hypothesis" else "present"
    return (
        "continued" if dose.text and ("frequency" in dose.details or _is_in_list(note, named)) else ""
    ), hypothesis


def _is_given_once(note: Note, named: NamedConcept) -> bool:
    """Tell whether a drug is one of the operating theatre or of an examination, which nobody goes home
    with.
    """
    is_act = note.kind in ("operative_report", "imaging_report")
    return bool(kinds_of(named.concept) & ids_of("given_once")) or (
        is_act and note.rooms.role(named.start) not in _ROLE_STATUS
    )


def _is_former(note: Note, turn: DrugTurn) -> bool:
    """Tell whether a drug is only said to have been taken before: ``he was on``, ``était sous``,
    ``prenait``.
    """
    cue = turn.cue
    words = note.plain[cue.start : cue.end]
    if turn.status != "continued" or not cue.name.endswith(".before"):
        return False
    return words.startswith(_FORMERLY) or (
        words in _PLAIN_TAKEN and _WAS.search(note.plain, max(0, cue.start - 24), cue.start) is not None
    )


def _is_in_list(note: Note, named: NamedConcept) -> bool:
    """Tell whether a drug stands in a list of at least three with their doses, as notes write a treatment."""
    sentence = note.sentence_at(named.start)
    listed = [other for other in note.of_kind("drug") if sentence.start <= other.start < sentence.end]
    ends = [*(other.start for other in listed[1:]), sentence.end]
    dosed = [one for one, end in zip(listed, ends, strict=False) if dose_after(note, one.end, end).text]
    return len(dosed) >= _SHORTEST_LIST


def _is_denied_ahead(stand: Stand, named: NamedConcept) -> bool:
    """Tell whether a drug is denied by what precedes it, so that its cue is too: ``no antiplatelet agent
    should be stopped``.
    """
    return stand.is_denied and stand.cue is not None and stand.cue[1] <= named.start


def _is_denied_between(stand: Stand, named: NamedConcept, turn: DrugTurn) -> bool:
    """Tell whether a drug is denied right after its cue: ``takes no NSAIDs``, ``ne prend pas d'aspirine``."""
    return (
        stand.is_denied
        and stand.cue is not None
        and turn.cue.end <= stand.cue[0] < named.start
        and turn.status in ("continued", "started", "given")
    )


def _is_on_condition(note: Note, named: NamedConcept, turn: DrugTurn) -> bool:
    """Tell whether what is to become of a drug hangs on a condition earlier in its sentence: ``en cas de
    saignement, arrêter``.
    """
    sentence = note.sentence_at(named.start)
    ahead = (reach for reach in sentence.reaches if reach.sort == "condition" and reach.cue[1] <= named.start)
    return any(
        note.plain[sentence.start : reach.cue[0]].strip(" -•*") == "" or reach.end >= named.start
        for reach in ahead
    )


def _when(note: Note, entry: Span, status: FactStatus) -> Period | None:
    """Return since when, or when: the time in the drug's own entry, else that of its part of the note; none
    after a *then*.
    """
    inside = [
        when
        for when in note.whens
        if entry[0] <= when.start < entry[1] and when.event != "birth" and when.sort != "lasting"
    ]
    if chosen := _chosen(inside):
        if chosen.sort == "until" and chosen.period is not None and len(note.authored_at or "") >= _DAY:
            start = (note.authored_at or "")[:_DAY]
            if status in ("continued", "started", "changed") and (chosen.period.end or "") > start:
                return Period(start, chosen.period.end, "day")
        if chosen.period is None or (
            chosen.is_future and status not in ("planned", "not_to_give", "continued", "stopped")
        ):
            return None
        return chosen.period
    line = note.line_at(entry[0])
    earlier = [when for when in note.whens if line.start <= when.start < entry[0]]
    if earlier and _AFTERWARDS.search(note.plain[earlier[-1].end : entry[0]]):
        return None
    dated = time_of(note, entry, entry[1])
    if (
        not dated.is_named
        and note.rooms.role(entry[0]) in ("discharge", "plan")
        and len(note.authored_at or "") >= _DAY
    ):
        return Period(
            (note.authored_at or "")[:_DAY], (note.authored_at or "")[:_DAY], "day"
        )  # what is taken home is so on the letter's day, not throughout the stay
    return dated.at


def _chosen(inside: Sequence[When]) -> When | None:
    since = next((when for when in inside if when.sort == "since"), None)
    return (
        since
        or next((when for when in inside if when.sort in ("at", "ahead")), None)
        or next(iter(inside), None)
    )


def _bracketed_reason(note: Note, turn: DrugTurn | None, limit: int) -> str:
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


def _reason_beside(note: Note, position: int, limit: int) -> str:
    """Return what is in brackets right after a drug of a list of stops: ``Arrêtés : ramipril (toux)``."""
    found = _BESIDE.match(note.text, position, note.sentence_at(position).end)
    return found["reason"].strip() if found and not any(char.isdigit() for char in found["reason"]) else ""


_BESIDE = re.compile(r"\s?\((?P<reason>[^()\n]{3,80})\)")
_BRACKET = re.compile(r"[^(.;\n]{0,20}\((?P<reason>[^)\n]{3,80})\)")
_MOST_BRACKET = 90
_NO_NEED = re.compile(
    r"\b(?:pas d'|plus d'|no |not |intoleran|allerg|inefficac|toxicit|effets? |side effect|refus|mal tolere)"
)
_PURPOSE = re.compile(r"\b(?:antibio-?)?prophyla\w+|\bpremedicat\w+|\bpremedication\b")
_NEAR_PURPOSE = 60


def _reason(note: Note, start: int, limit: int) -> str:
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


_JOINED = re.compile(r"\s*\b(?:et|and|puis|then|,)\s*$")


def _before_next(note: Note, start: int, end: int) -> int:
    """Return where the next thing that becomes of a drug is told: ``car bradycardie et j'introduis du``."""
    cues = phrases_in(note.tokens, note.language, "drugs_cues", *note.tokens_in(start, end))
    return next((cue.start for cue in cues if cue.name.partition(".")[0] in STATUSES), end)
