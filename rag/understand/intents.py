"""From cues and named things to an intent and the sorts of facts that may answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import get_args

from rag.core.facts import FactKind
from rag.understand.cues import has, met
from rag.understand.values import Intent, Named, TimeAsked

_FACTS_OF: Mapping[str, frozenset[FactKind]] = {
    "lab": frozenset({"lab"}),
    "vital": frozenset({"vital"}),
    "drug": frozenset({"drug", "allergy"}),
    "drug_class": frozenset({"drug", "allergy"}),
    "allergen": frozenset({"allergy"}),
    "condition": frozenset({"condition", "family"}),
    "symptom": frozenset({"condition", "family"}),
    "procedure": frozenset({"procedure", "device"}),
    "imaging": frozenset({"procedure"}),
    "device": frozenset({"device", "procedure"}),
    "organism": frozenset({"lab", "condition"}),
    "lifestyle": frozenset({"lifestyle"}),
}
"""Sorts of facts by the sort of concept named."""
_MEASURED = frozenset({"lab", "vital"})
_DRUGS = frozenset({"drug", "drug_class"})
_DONE = frozenset({"procedure", "device", "imaging"})
_VISITS = frozenset({"consultation", "follow_up"})
_OF_LIFE: frozenset[FactKind] = frozenset({"lifestyle", "directive"})
_OF_OPERATIONS = frozenset({"approach", "implant", "anaesthesia"})
_OF_DRUGS = frozenset({"dose", "frequency", "route", "not_given"})
_OF_REGIMEN = frozenset({"dose", "frequency", "route"})
"""What is asked of an operation, or of a drug, alone; and of a drug that is taken."""
_STATED: tuple[FactKind, ...] = (
    "lifestyle",
    "directive",
    "appointment",
    "encounter",
    "family",
    "condition",
    "device",
)
"""Sorts of facts that are simply listed where a question names only the sort."""


_DOSE = re.compile(r"\b(?:dos(?:e|age)|posolog)")
"""What is asked of a drug alone; *how much* is asked of a weight too."""


def meant(plain: str, named: Sequence[Named], attributes: frozenset[str]) -> tuple[Named, ...]:
    """Of a word with several readings, keep those of the sort that the question asks of: a side is of an
    operation, a dose of a drug.
    """
    fitting = _asked_of(plain, attributes)
    if not fitting:
        return tuple(named)
    kept = []
    for one in named:
        readings = [other for other in named if other.text == one.text]
        if one.kind in fitting or not any(other.kind in fitting for other in readings):
            kept.append(one)
    return tuple(kept)


def _asked_of(plain: str, attributes: frozenset[str]) -> frozenset[str]:
    if (
        attributes & (_OF_OPERATIONS | {"side", "complication"})
        or has("intents", "laterality", plain)
        or has("kinds", "procedure", plain)
    ):
        return _DONE
    return _DRUGS if attributes & (_OF_DRUGS | {"stop", "continues"}) else frozenset()


def kinds_of(plain: str, named: Sequence[Named], attributes: frozenset[str]) -> frozenset[FactKind]:
    """Return the sorts of facts that may answer: by the things named, else by the words for a sort of
    things.
    """
    by_concept: frozenset[FactKind] = frozenset().union(
        *(_FACTS_OF.get(one.kind, frozenset()) for one in named)
    )
    told = _told(plain)
    told = told - {"encounter"} if "appointment" in told else told
    if "allergy" in told:
        return frozenset({"allergy"})
    if "appointment" in told and {one.concept for one in named} <= _VISITS:
        return frozenset({"appointment"})
    if by_concept:
        return by_concept | (told & _OF_LIFE) | ({"family"} if "family" in attributes else frozenset())
    if not told and attributes & (_OF_OPERATIONS | {"who"}):
        return frozenset({"procedure", "device"})
    if not told and attributes & _OF_DRUGS:
        return frozenset({"drug", "allergy"})
    if "family" in told and "condition" in told:
        return frozenset({"family"}) if "personal" not in attributes else frozenset({"family", "condition"})
    return told


def _told(plain: str) -> frozenset[FactKind]:
    return frozenset(kind for kind in _KINDS if has("kinds", kind, plain))


_KINDS: tuple[FactKind, ...] = get_args(FactKind)


def intent_of(
    plain: str,
    named: Sequence[Named],
    kinds: frozenset[FactKind],
    attributes: frozenset[str],
    when: TimeAsked,
    *,
    is_yes_no: bool,
    has_words: bool = False,
) -> Intent:
    """Return the intent of one part. ``has_words`` where it names something that is in no table."""
    cues = met("intents", plain)
    sorts = frozenset(one.kind for one in named)
    for name in ("cohort", "image", "literature", "summary"):
        if name in cues:
            return _outside(name)
    if "allergy" in kinds and ("allergy" in cues or (not named and not attributes & _OF_REGIMEN)):
        return "allergy"
    if sorts & _MEASURED and ("dose" not in attributes or not (sorts & _DRUGS or _DOSE.search(plain))):
        return _of_measure(cues, when)
    if "timeline" in cues and _is_course(plain, sorts, attributes):
        return "timeline"
    if "count" in cues:
        return "count"
    if sorts & _DRUGS or (not sorts and "drug" in kinds):
        return _of_drug(cues, attributes, is_named=bool(sorts & _DRUGS) or has_words)
    if "laterality" in cues:
        return "laterality"
    if sorts & _DONE or (not sorts and kinds & {"procedure"}) or attributes & _OF_OPERATIONS:
        return _of_procedure(attributes, is_yes_no=is_yes_no, is_named=bool(sorts & _DONE))
    if attributes & {"who", "when", "since"}:
        return "who_when"
    if sorts - {"anatomy"} or kinds & frozenset(_STATED):
        return "presence"
    return "value_last" if kinds & _MEASURED else "other"


def _is_course(plain: str, sorts: frozenset[str], attributes: frozenset[str]) -> bool:
    """Tell whether the course of events is asked for: of an operation named, what came after it."""
    if sorts & _DRUGS or attributes & (_OF_OPERATIONS | {"side", "who", "complication"}):
        return False
    return not sorts & _DONE or has("times", "after", plain) or has("times", "operation", plain)


def _outside(name: str) -> Intent:
    return (
        "cohort"
        if name == "cohort"
        else "image"
        if name == "image"
        else "literature"
        if name == "literature"
        else "summary"
    )


def _of_measure(cues: frozenset[str], when: TimeAsked) -> Intent:
    if "comparison" in cues and "trend" not in cues:
        return "comparison"
    if "trend" in cues:
        return "trend"
    if "count" in cues:
        return "count"
    if when.mode == "between":
        return "trend"
    return "value_at" if when.is_limited else "value_last"


def _of_drug(cues: frozenset[str], attributes: frozenset[str], *, is_named: bool) -> Intent:
    if attributes & {"stop", "not_given"}:
        return "stopped_why"
    if (
        "dose_change" in cues
        or "trend" in cues
        or attributes & {"change"}
        or (attributes & {"previous"} and is_named)
    ):
        return "dose_change"
    if "reason" in attributes and is_named:
        return "dose_change"
    if attributes & {"who", "when", "since", "until", "start"}:
        return "who_when"
    return "treatment_now"


def _of_procedure(attributes: frozenset[str], *, is_yes_no: bool, is_named: bool) -> Intent:
    if attributes & {"who", "when", "since"}:
        return "who_when"
    return "presence" if is_yes_no and is_named and not attributes & {"complication"} else "procedure"
