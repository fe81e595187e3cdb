"""What an entry says beside its name and value: method, site, priority, condition, specimen, device, reason,
and the statements within it.

A narrative tells them where its author signed them; an entry that no narrative tells is told with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.ingest.cda.facts import STATEMENTS, specimen_of
from rag.ingest.cda.values import NarrativeIds, is_negated
from rag.ingest.records.xml import Element, child, children
from rag.messages import catalogue, message

PARTICULARS = (
    "priorityCode approachSiteCode targetSiteCode methodCode interpretationCode administrationUnitCode"
).split()
_BETWEEN_WORDS = re.compile(r"[;:,()]")
_COUNTED = ("repeatNumber", "quantity")
_ROLES = ("playingDevice", "playingEntity")
NOTHING_SAID = frozenset("N A Normal normal".split())
"""Interpretations that say nothing beside a value."""
_DEEPEST = 6


def with_particulars(line: str, statement: Element, names: NarrativeIds) -> str:
    """Return the line of a statement with what else it says, each text once."""
    said, parts = _bare(line), list[str]()
    for label, text in _particulars(statement, names, 0):
        if text and text not in NOTHING_SAID and f" {_bare(text)} " not in f" {said} ":
            said += f" {_bare(text)}"
            parts.append(f"{label}{message('record.colon', names.language)} {text}" if label else text)
    return message("record.semicolon", names.language).join([line, *parts])


def _bare(text: str) -> str:
    """Return the words of a text, for comparing."""
    return " ".join(_BETWEEN_WORDS.sub(" ", text.casefold()).split())


def _particulars(found: Element, names: NarrativeIds, depth: int) -> Iterator[tuple[str, str]]:
    """Yield what a statement says of itself, then what those within it say, each with its label."""
    for name in PARTICULARS:
        yield from (_labelled(name, names.concept(one), names) for one in children(found, name))
    for name in _COUNTED:
        yield from (_labelled(name, names.value(one), names) for one in children(found, name))
    for condition in children(found, "precondition"):
        criterion = child(condition, "criterion")
        yield _labelled("criterion", _criterion(criterion, names), names)
    for participant in children(found, "participant"):
        for role in _ROLES:
            entity = child(participant, "participantRole", role)
            yield _labelled(role, names.concept(child(entity, "code")) if entity is not None else "", names)
    if not depth:
        yield _labelled("specimenPlayingEntity", specimen_of(found, names), names)
    for relation in children(found, "entryRelationship") if depth < _DEEPEST else ():
        for inner in children(relation, *STATEMENTS):
            what = _statement(inner, names)
            yield _labelled(relation.get("typeCode") or "", what, names)
            yield from _particulars(inner, names, depth + 1)


def _criterion(criterion: Element | None, names: NarrativeIds) -> str:
    """Return when a medicine may be given."""
    if criterion is None:
        return ""
    said = (
        names.value(child(criterion, "value")),
        names.concept(child(criterion, "code")),
        names.text(child(criterion, "text")),
    )
    return next(filter(None, said), "")


def _statement(inner: Element, names: NarrativeIds) -> str:
    """Return a statement within another: what was observed and its value; a code without a name says
    nothing.
    """
    code = child(inner, "code")
    what = names.concept(code) if code is not None and len(code) + len(code.get("displayName") or "") else ""
    value = names.value(child(inner, "value"))
    line = f"{what}{message('record.colon', names.language)} {value}" if what and value else what or value
    return message("record.not_done_coded", names.language, what=line) if line and is_negated(inner) else line


def _labelled(name: str, text: str, names: NarrativeIds) -> tuple[str, str]:
    return catalogue(names.language).get(f"cda_element.{name}", ""), text
