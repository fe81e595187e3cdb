"""A question read: cut into parts, each part read for itself, and what is missing taken from the part or the
question before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.clinical.folding import flat
from rag.clinical.language import detect_language, language_of
from rag.clinical.persons import person_names, without_names
from rag.core.facts import FactKind, Side
from rag.understand.alerts import addresses_machine
from rag.understand.cues import found, has, met, patterns
from rag.understand.intents import intent_of, kinds_of, meant
from rag.understand.naming import naming_of
from rag.understand.segments import is_question, segments_of
from rag.understand.times import when_of
from rag.understand.values import Intent, QuestionPart, TimeAsked, Understood

_PREFIX = re.compile(r"^(?P<prefix>[^:?]{2,60}?)\s*:\s+(?=\S)")
_LEFT = re.compile(r"(?<![^\W_])(?:gauche|left)(?![^\W_])")
_RIGHT = re.compile(r"(?<![^\W_])(?:droite?|right)(?![^\W_])")
_BOTH = re.compile(r"(?<![^\W_])(?:bilateral\w*|des deux cotes|both sides)(?![^\W_])")
_OWN_SUBJECT = frozenset(
    {
        "drug",
        "allergy",
        "lab",
        "vital",
        "condition",
        "lifestyle",
        "directive",
        "appointment",
        "encounter",
        "family",
    }
)
"""Sorts of facts that make a question of their own; a question of an operation's side or approach may mean
one named before.
"""
_OF_OPERATION = frozenset({"procedure", "device"})
_MEASURED_OR_TAKEN = frozenset({"lab", "vital", "drug", "drug_class", "allergen", "anatomy"})
"""Sorts of things that nobody operates on, and parts of the body, which do not name an operation."""
_FREE_STANDING: frozenset[Intent] = frozenset({"summary", "timeline", "cohort", "literature", "image"})
_REGIMEN = frozenset({"dose", "frequency", "route"})
_REASONS = frozenset({"reason"})
_OF_CHANGE = frozenset({"stop", "start", "change", "not_given"})
"""What a bare ``pourquoi`` asks the reason of."""
_MOST_HISTORY = 4
MAX_PARTS = 12
"""Things asked that one answer takes."""


def understand(
    text: str, language: str | None = None, *, history: Sequence[str] = (), names: Iterable[str] = ()
) -> Understood:
    """Read a question.

    Args:
        text: the question.
        language: of the answer; the question's own, or that of the conversation, where it is None.
        history: earlier questions, oldest first; a follow-up takes from them what it leaves out.
        names: folded names of persons that the documents speak of: they say whose record, not what is asked.
    """
    known = frozenset(names) | person_names([text])
    every = _parts("\n".join(without_names(line, known) for line in text.strip().splitlines()))
    parts, left_out = every[:MAX_PARTS], len(every[MAX_PARTS:])
    before = understand(history[-1], names=names, history=history[-_MOST_HISTORY:-1]) if history else None
    told = language or language_of(text) or (before.language if before else None) or detect_language(text)
    if before is None or not before.parts or not _is_followup(parts[0]):
        return Understood(tuple(parts), told, left_out=left_out)
    first = made_whole(parts[0], before.parts[-1])
    return Understood(tuple(_inherited([first, *parts[1:]])), told, is_followup=True, left_out=left_out)


def made_whole(part: QuestionPart, before: QuestionPart) -> QuestionPart:
    """Return a part with what it leaves out taken from the part before: the things named, the time, the side,
    and what is asked of them.
    """
    named, words = (part.named, part.words) if part.named or part.words else (before.named, before.words)
    named = meant(flat(part.text), named, part.attributes)
    part = replace(part, side=_other_side(part, before))
    if part.attributes and part.attributes <= _REASONS:
        part = replace(part, attributes=part.attributes | (before.attributes & _OF_CHANGE))
    asked = bool(part.attributes - _TURNING) or part.intent in _FREE_STANDING
    when = part.when if part.when.mode != "any" or part.when.is_limited else before.when
    whole = replace(
        part,
        text=f"{_kept_words(before, part)} : {_opened(part.text)}",
        named=named,
        words=words,
        when=when,
        side=part.side or ("" if "side" in part.attributes else before.side),
        attributes=part.attributes if asked else part.attributes | (before.attributes - _turned(part)),
        is_yes_no=part.is_yes_no or (before.is_yes_no and not asked),
    )
    plain = flat(part.text)
    kinds = kinds_of(plain, named, whole.attributes) or before.kinds
    is_same = not asked and bool(
        {one.kind for one in named} & {one.kind for one in before.named} or not part.named
    )
    intent = (
        before.intent
        if is_same
        else intent_of(
            plain, named, kinds, whole.attributes, when, is_yes_no=whole.is_yes_no, has_words=bool(words)
        )
    )
    if "previous" in part.attributes and intent == "treatment_now" and not when.is_limited:
        intent, when = "dose_change", TimeAsked()
    return replace(whole, kinds=kinds, intent=intent, when=when)


def _turned(part: QuestionPart) -> frozenset[str]:
    """Return the attributes of the question before that a part turns round: what was before is not what goes
    on.
    """
    return frozenset({"continues"}) if "previous" in part.attributes else frozenset()


def _other_side(part: QuestionPart, before: QuestionPart) -> Side:
    """Return the side of a part; ``l'autre`` is the one that was not asked about."""
    if not part.side and has("followup", "other_side", flat(part.text)):
        return "right" if before.side == "left" else "left" if before.side == "right" else ""
    return part.side


def _kept_words(before: QuestionPart, part: QuestionPart) -> str:
    """Return the words of the question before, without the side or the things that a part puts others in the
    place of.
    """
    text, plain = before.text.rstrip(" ?."), flat(before.text.rstrip(" ?."))
    gone = [*_LEFT.finditer(plain), *_RIGHT.finditer(plain)] if part.side else []
    spans = [match.span() for match in gone]
    if {one.kind for one in part.named} & {one.kind for one in before.named}:
        spans += [(at, at + len(one.text)) for one in before.named if (at := text.find(one.text)) >= 0]
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return " ".join(text.split())


def _opened(text: str) -> str:
    """Return a part without the words that only join it to the question before."""
    plain = flat(text)
    for pattern in patterns("followup", "starts"):
        if (match := pattern.match(plain)) and any(character.isalpha() for character in plain[match.end() :]):
            return text[match.end() :].strip(" ,")
    return text


_TURNING = frozenset({"previous", "continues", "personal"})
"""Attributes that turn the question before to another time, and ask nothing else."""


def _is_followup(part: QuestionPart) -> bool:
    plain = flat(part.text).strip()
    if any(pattern.match(plain) for pattern in patterns("followup", "starts")):
        return bool(part.named) or not part.kinds & _OWN_SUBJECT
    return (not part.named and not part.kinds & _OWN_SUBJECT and part.intent not in _FREE_STANDING) or (
        not part.named and has("followup", "pronouns", plain)
    )


def _parts(text: str) -> list[QuestionPart]:
    prefix = _PREFIX.match(text)
    segments = segments_of(text)
    asked = [segment for segment in segments if not addresses_machine(segment.text)] or segments
    parts = [
        replace(_part(segment.text), context="" if addresses_machine(segment.context) else segment.context)
        for segment in asked
    ]
    if prefix and len(parts) > 1:
        parts[0] = parts[0] if parts[0].named else replace(parts[0], named=naming_of(prefix["prefix"]).named)
    return _inherited(parts)


def _inherited(parts: Sequence[QuestionPart]) -> list[QuestionPart]:
    """A later part that names nothing of its own speaks of what the part before named, at the same time."""
    whole: list[QuestionPart] = []
    for part in parts:
        before = whole[-1] if whole else None
        if before is not None and has("followup", "pronouns", flat(part.text)):
            part = replace(part, context=_joined(part.context, *(one.text for one in before.named)))
        if before is None or part.named or _stands_alone(part, before):
            whole.append(part if before is None or part.named else _of_same_operation(part, before))
            continue
        named = meant(flat(part.text), before.named, part.attributes)
        kinds = part.kinds or kinds_of(flat(part.text), named, part.attributes) or before.kinds
        when = part.when if part.when.mode != "any" or part.when.is_limited else before.when
        intent = intent_of(
            flat(part.text),
            named,
            kinds,
            part.attributes,
            when,
            is_yes_no=part.is_yes_no,
            has_words=bool(part.words),
        )
        words = part.words or (before.words if not named else ())
        text = f"{', '.join(one.text for one in named) or before.text.rstrip(' ?.')} : {part.text}"
        whole.append(
            replace(
                part,
                text=text,
                named=named,
                kinds=kinds,
                when=when,
                intent=intent,
                words=words,
                side=part.side or before.side,
            )
        )
    return whole


def _of_same_operation(part: QuestionPart, before: QuestionPart) -> QuestionPart:
    """Return a part that asks of an operation, on the side and at the time of the part before, where that
    asks of one too.
    """
    if not (part.kinds and part.kinds <= _OF_OPERATION and before.kinds & _OF_OPERATION):
        return part
    when = part.when if part.when.mode != "any" or part.when.is_limited else before.when
    return replace(part, side=part.side or before.side, when=when)


def _stands_alone(part: QuestionPart, before: QuestionPart) -> bool:
    """Tell whether a part asks of a subject of its own; a dose without a drug is that of the drug before
    it.
    """
    of_drug = (
        part.attributes & _REGIMEN
        and not part.words
        and any(one.kind in ("drug", "drug_class") for one in before.named)
    )
    of_operation = part.kinds and part.kinds <= _OF_OPERATION
    if of_operation and all(one.kind in _MEASURED_OR_TAKEN for one in before.named):
        return True
    plain = flat(part.text)
    is_named = not (part.attributes or part.is_yes_no or is_question(plain))
    is_fresh = bool(part.words) and (is_named or has("followup", "fresh", plain))
    return not of_drug and (is_fresh or bool(part.kinds & _OWN_SUBJECT) or part.intent in _FREE_STANDING)


def _joined(*texts: str) -> str:
    return " ".join(dict.fromkeys(text for text in texts if text))


def _part(text: str) -> QuestionPart:
    plain = flat(text)
    naming = naming_of(text)
    when = when_of(text, plain)
    attributes = met("attributes", plain)
    named = meant(plain, naming.named, attributes)
    kinds = kinds_of(plain, named, attributes)
    if kinds == {"appointment"}:
        named = ()  # the visit is the sort of thing asked about, not a thing of its own
    is_yes_no = has("yes_no", "patterns", plain) and not (
        has("question_words", "patterns", plain) or has("yes_no", "of_documents", plain)
    )
    intent = intent_of(
        plain, named, kinds, attributes, when, is_yes_no=is_yes_no, has_words=bool(naming.words)
    )
    side = "" if "side" in attributes else _side(plain)
    words = _not_of_a_sort(naming.words, kinds, plain)
    return QuestionPart(text, intent, named, words, when, side, kinds, attributes, is_yes_no)


def _not_of_a_sort(words: Sequence[str], kinds: Iterable[FactKind], plain: str) -> tuple[str, ...]:
    """Leave out the words that say what sort of thing is asked for (``directives anticipées``)."""
    said = {word for kind in kinds for match in found("kinds", kind, plain) for word in match[0].split()}
    return tuple(word for word in words if word not in said)


def _side(plain: str) -> Side:
    left, right = bool(_LEFT.search(plain)), bool(_RIGHT.search(plain))
    if _BOTH.search(plain) or (left and right):
        return "both"
    return "left" if left else "right" if right else ""
