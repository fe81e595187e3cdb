"""Drugs: what was started, continued, changed, stopped, planned, given or ruled out, at what dose, since when and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.clinical.concepts import concept
from rag.clinical.facts.dating import time_of
from rag.clinical.facts.doses import Dose, dose_after, dose_before, without_doses
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, UNSURE, Named, Note, Sentence
from rag.clinical.patterns import pattern
from rag.clinical.periods import When
from rag.clinical.phrases import Phrase, phrases_in
from rag.clinical.reach import Stand
from rag.core.facts import Fact, FactAssertion, FactStatus, Period

_STATUSES = frozenset({"stopped", "started", "changed", "continued", "planned", "not_to_give", "given"})
_ROLE_STATUS: dict[str, FactStatus] = {"home": "continued", "discharge": "continued", "stopped": "stopped", "inpatient": "given"}
_GIVEN_KINDS = ("operative_report", "anaesthesia", "nursing", "administration")
_ALLERGY = re.compile(r"\b(?:allerg\w+|intoleran\w+|anaphyla\w+|hypersensib\w+|hypersensitiv\w+|reaction|tolere\w*|tolerat\w+|nkda)\b")
_NOT_DRUG = re.compile(
    r"\s*(?:\+|plasmatique|serique|levels?|dosage|residuel\w*|trough|blood level|:?\s?\d+(?:[.,]\d+)?\s?(?:mmol|g)/l|[:n°]*\s?\d{6,})"
)
_EXTRA = re.compile(r"[ -]?(?:lp|sr|xr|er|cr|lm|hct|xl|mr)\b")
_CARRIED = re.compile(r"[\s,]*(?:(?:et|and|ou|or|ni|\+|/|,)\s*(?:de |d'|la |le |les |l'|the |du )?(?:other |autres? |all )?)?$")
_SHORTEST_LIST = 3
_NO_REASON = re.compile(
    r"\d|une duree|un total|a total|une periode|un an|one |two |three |a (?:day|week|month)|la nuit|le soir|une semaine"
    r"|the (?:past|last|next)"
)
_MOST_GAP = 4
"""Words between a cue and the drug after it."""
_RECEPTOR = re.compile(r"\b(?:recepteurs?|receptors?|anticorps|antibod\w+)\s(?:a la |a l'|aux? |des |de la |de l'|d'|for )?$")
_LISTED = re.compile(
    r"[\s,+/-]*(?:(?:et|and|ou|or|ni|puis|ainsi que)\s*)?"
    r"(?:de la |de l'|des |du |de |d'|la |le |les |l'|the |of |to )?(?:other |autres? |all )?"
)
_DENIED = pattern("denied", after=r"\s*$")
_REASON_END = re.compile(r"[.;\n)]|,\s|\b(?:le|on)\s\d|\b(?:mais|but|puis|then|avec)\b")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a cue says becomes of a drug; ``is_denied`` where the cue itself is denied (``n'a pas été arrêté``)."""

    status: FactStatus
    cue: Phrase
    is_denied: bool = False


def drugs(note: Note) -> Iterator[Fact]:
    """Yield the drugs of a note, those of its allergies left out."""
    things = [named for named in note.of_kind("drug", "drug_class") if not _is_no_drug(note, named)]
    for number, named in enumerate(things):
        sentence = note.sentence_at(named.start)
        if note.rooms.role(named.start) == "allergies" or _is_allergen(note, named, sentence):
            continue
        following = things[number + 1] if number + 1 < len(things) else None
        earlier = things[number - 1] if number else None
        if following is not None and following.start == named.start:
            following = None
        yield _drug(note, named, earlier, following, sentence)


def _is_no_drug(note: Note, named: Named) -> bool:
    """Tell whether the words are a test of the drug, a part of another name, or a thing measured too (``potassium 4,2 mmol/L``)."""
    if note.text[named.start : named.end] == "ASA" and re.match(
        r"\s?[:=]?\s?(?:[1-5]|[IV]+)\b(?!\d)(?!\s?mg)", note.text[named.end : named.end + 8]
    ):
        return True  # the score of fitness for anaesthesia
    return (
        _NOT_DRUG.match(note.plain, named.end) is not None
        or _RECEPTOR.search(note.plain[max(0, named.start - 24) : named.start]) is not None
    )


def _is_allergen(note: Note, named: Named, sentence: Sentence) -> bool:
    start = max(sentence.start, note.plain.rfind(";", sentence.start, named.start) + 1, named.start - 60)
    end = min(sentence.end, named.end + 25)
    return (
        _ALLERGY.search(note.plain, start, named.start) is not None
        or re.search(r"\ballerg(?:y|ie)\b", note.plain[named.end : end]) is not None
    )


def _drug(note: Note, named: Named, earlier: Named | None, following: Named | None, sentence: Sentence) -> Fact:
    limit = min(_end_of_entry(note, named, sentence), following.start if following is not None else len(note.text))
    limit = max(limit, named.end)
    dose = dose_after(note, named.end, limit)
    if not dose.text:
        floor = earlier.end if earlier is not None else sentence.start
        ahead = dose_before(note, max(sentence.start, floor), named.start)
        dose = Dose(ahead.value, ahead.unit, ahead.text, dose.end, {**dose.details, **ahead.details}) if ahead.text else dose
    turn = _turn(note, named, earlier, limit, sentence, following)
    stand = note.stand((named.start, named.end))
    status, assertion = _standing(note, named, turn, stand, dose)
    details = dict(dose.details)
    when = _when(note, named, limit, status)
    reason = _reason(note, turn, named, limit)
    foreign = note.foreign.holds(named.start) or stand.is_other_person
    sure = SURE if turn is not None else LIKELY if status else UNSURE
    first = min(
        [
            named.start,
            *([turn.cue.start] if turn is not None and turn.cue.start < named.start and named.start - turn.cue.start < 60 else []),
        ]
    )
    if (
        dose.text
        and (place := note.text.rfind(dose.text, max(sentence.start, named.start - 26), named.start)) >= 0
        and dose.end <= named.end
    ):
        first = min(first, place)
    last = max(named.end, dose.end, turn.cue.end if turn is not None and named.end <= turn.cue.start <= limit else 0)
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


def _end_of_entry(note: Note, named: Named, sentence: Sentence) -> int:
    """Return where what is said of a drug ends: its sentence, or its line with the lines indented under it."""
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


def _turn(note: Note, named: Named, earlier: Named | None, limit: int, sentence: Sentence, following: Named | None) -> Turn | None:
    """Return what becomes of a drug: the cue in its own entry first, else the last cue before it, else one that a list shares."""
    cues = [
        cue
        for cue in phrases_in(
            note.tokens, _language(note, sentence), "drugs_cues", sentence.first, note.tokens_in(0, max(limit, sentence.end))[1]
        )
        if cue.name.partition(".")[0] in _STATUSES
    ]
    if after := _after(note, cues, named, limit, following):
        return after
    if before := _before(note, cues, named, sentence):
        return before
    return _shared(note, cues, named, sentence)


def _shared(note: Note, cues: Sequence[Phrase], named: Named, sentence: Sentence) -> Turn | None:
    """Return the cue that closes a list of drugs: ``metformine et gliclazide arrêtés``, ``A, B et C : sans changement``.

    Over a comma only one that agrees with several (a plural, an invariable phrase): ``périndopril, amlodipine maintenue`` says
    nothing of the first.
    """
    rest = [other for other in note.of_kind("drug", "drug_class") if named.start < other.start < sentence.end]
    last, has_comma = named, False
    for number, other in enumerate(rest):
        between = note.plain[last.end : other.start]
        if not _LISTED.fullmatch(without_doses(between)) or not _CARRIED.search(without_doses(between)):
            return None
        has_comma, last = has_comma or "," in between, other
        limit = rest[number + 1].start if number + 1 < len(rest) else sentence.end
        if turn := _after(note, cues, other, limit, rest[number + 1] if number + 1 < len(rest) else None):
            agrees = turn.cue.name.endswith(".after") or note.plain[turn.cue.start : turn.cue.end].endswith("s") or note.language == "en"
            return turn if agrees or not has_comma else None
    return None


def _language(note: Note, sentence: Sentence) -> str:
    english = any(
        token.word in ("the", "was", "with", "of", "on", "to", "started", "stopped")
        for token in note.tokens[sentence.first : sentence.last]
    )
    french = any(
        token.word in ("de", "la", "le", "du", "et", "par", "pour", "sous") for token in note.tokens[sentence.first : sentence.last]
    )
    if note.language == "fr":
        return "en" if english and not french else "fr"
    return "fr" if french and not english else "en"


def _is_before(note: Note, cue: Phrase, named: Named) -> bool:
    """Tell whether a cue of both sides stands before this drug: no comma and at most two words between."""
    between = note.plain[cue.end : named.start]
    return not re.search(r"[,;.:()]", between) and len(between.split()) <= 3


def _after(note: Note, cues: Sequence[Phrase], named: Named, limit: int, following: Named | None) -> Turn | None:
    for cue in cues:
        side = cue.name.partition(".")[2]
        if not named.end <= cue.start < limit or side == "before":
            continue
        if (
            side == "either"
            and following is not None
            and cue.end <= following.start
            and _is_before(note, cue, following)
            and _follows_break(note, named, cue)
        ):
            continue
        return _as_turn(note, cue)
    return None


def _follows_break(note: Note, named: Named, cue: Phrase) -> bool:
    return re.search(r"[,;.:]|\b(?:et|and|puis|then)\s*$", note.plain[named.end : cue.start]) is not None


def _before(note: Note, cues: Sequence[Phrase], named: Named, sentence: Sentence) -> Turn | None:
    ahead = [cue for cue in cues if cue.end <= named.start]
    for cue in reversed(ahead):
        side = cue.name.partition(".")[2]
        between = note.plain[cue.end : named.start]
        if ";" in between or "." in re.sub(r"\d[.,]\d", "", between):
            return None
        if side == "after":
            return None
        if side == "either" and not _is_before(note, cue, named):
            has_other = any(cue.end <= other.start < named.start for other in note.of_kind("drug", "drug_class"))
            return _as_turn(note, cue) if has_other and _is_listed(note, cue, named) else None
        if side == "before" and _is_listed(note, cue, named):
            return _as_turn(note, cue)
        return None
    return None


def _is_listed(note: Note, cue: Phrase, named: Named) -> bool:
    """Tell whether only drugs, doses and marks of a list stand between a cue and a drug."""
    between = [other for other in note.of_kind("drug", "drug_class") if cue.end <= other.start <= named.start]
    gap = note.plain[cue.end : between[0].start]
    if len(gap.split()) > _MOST_GAP or re.search(r",\s|\.\s", gap):
        return False
    return all(_LISTED.fullmatch(without_doses(note.plain[one.end : two.start])) for one, two in pairwise(between))


def _as_turn(note: Note, cue: Phrase) -> Turn:
    status: FactStatus = cue.name.partition(".")[0]  # type: ignore[assignment]
    before = note.plain[max(0, cue.start - 22) : cue.start]
    denied = _DENIED.search(before)
    return Turn(status, cue, denied is not None and status != "not_to_give")


def _standing(note: Note, named: Named, turn: Turn | None, stand: Stand, dose: Dose) -> tuple[FactStatus, FactAssertion]:
    role = note.rooms.role(named.start)
    if stand.assertion == "family":
        return (turn.status if turn else ""), "family"
    if turn is not None and (turn.is_denied or (_is_denied_ahead(stand, named) and turn.cue.start >= named.end)):
        if turn.status in ("stopped", "changed"):
            return "continued", "present"
        return ("" if turn.status == "continued" else turn.status), "negated"
    if turn is not None:
        if turn.status == "planned" or turn.status == "not_to_give":
            return turn.status, "present"
        return ("planned" if _is_on_condition(note, named, turn) else turn.status), "present"
    if stand.is_denied or stand.assertion == "negated":
        return ("not_to_give" if role in ("plan", "advice") else ""), "negated"
    if stand.is_conditional and stand.assertion == "hypothesis":
        return "planned", "present"
    if "as_needed" in dose.details and role not in _ROLE_STATUS and note.kind not in ("prescription", "medication_list"):
        return "planned", "present"
    if stand.assertion == "history" and not dose.text:
        return "", "history"
    if role in _ROLE_STATUS:
        return _ROLE_STATUS[role], "present"
    if role == "plan":
        return "planned", "present"
    if note.kind in ("prescription", "medication_list"):
        return "continued", "present"
    if any(kind in note.kind for kind in _GIVEN_KINDS) and dose.text:
        return ("planned" if role in ("course", "plan") and note.kind == "operative_report" else "given"), "present"
    hypothesis: FactAssertion = "hypothesis" if stand.assertion == "hypothesis" else "present"
    return ("continued" if dose.text and ("frequency" in dose.details or _is_in_list(note, named)) else ""), hypothesis


def _is_in_list(note: Note, named: Named) -> bool:
    """Tell whether a drug stands in a list of at least three with their doses, as notes write a treatment."""
    sentence = note.sentence_at(named.start)
    listed = [other for other in note.of_kind("drug") if sentence.start <= other.start < sentence.end]
    ends = [*(other.start for other in listed[1:]), sentence.end]
    dosed = [one for one, end in zip(listed, ends, strict=False) if dose_after(note, one.end, end).text]
    return len(dosed) >= _SHORTEST_LIST


def _is_denied_ahead(stand: Stand, named: Named) -> bool:
    """Tell whether a drug is denied by what precedes it, so that its cue is too: ``no antiplatelet agent should be stopped``."""
    return stand.is_denied and stand.cue is not None and stand.cue[1] <= named.start


def _is_on_condition(note: Note, named: Named, turn: Turn) -> bool:
    """Tell whether what is to become of a drug hangs on a condition earlier in its sentence: ``en cas de saignement, arrêter``."""
    sentence = note.sentence_at(named.start)
    ahead = (reach for reach in sentence.reaches if reach.sort == "condition" and reach.cue[1] <= named.start)
    return any(note.plain[sentence.start : reach.cue[0]].strip(" -•*") == "" or reach.end >= named.start for reach in ahead)


def _when(note: Note, named: Named, limit: int, status: FactStatus) -> Period | None:
    """Return since when, or when: the time in the drug's own entry, else that of its part of the note."""
    inside = [when for when in note.whens if named.end <= when.start < limit and when.event != "birth" and when.sort != "lasting"]
    if chosen := _chosen(inside):
        if chosen.period is None or (chosen.is_future and status not in ("planned", "not_to_give", "continued", "stopped")):
            return None
        return chosen.period
    return time_of(note, (named.start, limit), limit).at


def _chosen(inside: Sequence[When]) -> When | None:
    since = next((when for when in inside if when.sort == "since"), None)
    return since or next((when for when in inside if when.sort in ("at", "ahead")), None) or next(iter(inside), None)


def _reason(note: Note, turn: Turn | None, named: Named, limit: int) -> str:
    """Return the words after the reason's own cue, up to the end of the clause."""
    start = named.end
    for phrase in phrases_in(note.tokens, note.language, "drugs_cues", *note.tokens_in(start, limit)):
        if phrase.name != "reason.before":
            continue
        following = note.plain[phrase.end : phrase.end + 12].strip()
        if _NO_REASON.match(following):
            continue
        end = _REASON_END.search(note.plain, phrase.end, limit)
        reason = note.quote(phrase.end, end.start() if end else limit).strip(" :")
        if reason:
            return reason[:100]
    return ""
