"""Where a drug stands: its status, and whether the note asserts it, from its cue, its room and its dose."""

from __future__ import annotations

import re

from rag.clinical.assertion.reach import Stand
from rag.clinical.concepts import kinds_of
from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.note import NamedConcept, Note
from rag.clinical.facts.treatments.doses import Dose, dose_after
from rag.clinical.facts.treatments.turns import DrugTurn
from rag.core.facts import FactAssertion, FactStatus

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
_FORMERLY = ("prenait", "recevait")
_PLAIN_TAKEN = frozenset({"on", "taking", "sous", "traite par", "traitee par"})
_WAS_ON = re.compile(r"\b(?:was on|were on|had been on|formerly|previously)\s+$")
_WAS = re.compile(
    r"\b(?:was|were|had been|etait|etaient|avait ete|previously|formerly|auparavant|anterieurement)(?:"
    r" \w+)?\s+$"
)
_SHORTEST_LIST = 3


def standing_of(
    note: Note, named: NamedConcept, turn: DrugTurn | None, stand: Stand, dose: Dose
) -> tuple[FactStatus, FactAssertion]:
    """Return the status of a drug and how it is asserted, by the surest sign: whose it is, what its turn
    says, what denies it, its list.
    """
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
