"""Allergies: present, documented absent or unconfirmed, with the reaction; an intolerance is told apart, a
tolerated drug is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.clinical.concepts import concept
from rag.clinical.facts.dating import time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, Note, Sentence
from rag.clinical.phrases import Phrase, phrases_in
from rag.core.facts import Fact, FactAssertion, FactStatus
from rag.core.text import Span

_KINDS = frozenset({"drug", "drug_class", "allergen", "organism"})
_DENIAL_ALONE = re.compile(r"\b(?:pas d'|aucune |sans |absence d'|no |no known |denies |non )(?:\w+ ){0,2}$")
_UNASKED = re.compile(
    r"(?:non|pas|not|aucune?) (?:ete )?(?:documente|renseigne|precise|recherche|evalue|document|record"
    r"|asked|assess|known if)"
)
"""What was not asked is no absence."""
_ITEM = re.compile(r"[,;\n.]|\s(?:et|and|mais|but)\s")


@dataclass(frozen=True, slots=True)
class Substance:
    """What one may be allergic to, named at a span."""

    concept: str
    start: int
    end: int


def allergies(note: Note) -> Iterator[Fact]:
    """Yield the allergies that a note states or denies."""
    for sentence in note.sentences:
        in_part = note.rooms.role(sentence.start) == "allergies"
        phrases = list(phrases_in(note.tokens, _language(note), "allergies", sentence.first, sentence.last))
        cues = [
            phrase for phrase in phrases if phrase.name.startswith("allergy.") or _names_allergy(note, phrase)
        ]
        substances = _substances(note, sentence, phrases)
        if (
            not in_part
            and not cues
            and not re.search(r"allerg|nkda|\bnka\b", note.plain[sentence.start : sentence.end])
        ):
            continue
        named = [
            fact
            for substance in substances
            if (fact := _stated(note, sentence, substance, phrases, cues, in_part))
        ]
        yield from named
        if absent := _absent(note, sentence, phrases, in_part, bool(named)):
            yield absent


def _names_allergy(note: Note, phrase: Phrase) -> bool:
    """Tell whether a phrase that takes an allergy back names it too (``allergy label removed``)."""
    return phrase.name == "refuted.rows" and "allerg" in note.plain[phrase.start : phrase.end]


def _language(note: Note) -> str:
    return note.language


def _substances(note: Note, sentence: Sentence, phrases: Sequence[Phrase]) -> list[Substance]:
    found = [
        Substance(named.concept, named.start, named.end)
        for named in note.named
        if named.kind in _KINDS and sentence.start <= named.start < sentence.end
    ]
    for phrase in phrases:
        if phrase.name.startswith("substances.") and all(
            phrase.end <= other.start or other.end <= phrase.start for other in found
        ):
            found.append(Substance(phrase.name.partition(".")[2], phrase.start, phrase.end))
    return sorted(found, key=lambda substance: substance.start)


def _stated(
    note: Note,
    sentence: Sentence,
    substance: Substance,
    phrases: Sequence[Phrase],
    cues: Sequence[Phrase],
    in_part: bool,
) -> Fact | None:
    cue = _cue(note, substance, cues)
    if cue is None and not in_part:
        return None
    sort = cue.name.partition(".")[2] if cue is not None else "before"
    item = _item(note, sentence, substance)
    status, assertion, confidence = _standing(note, sentence, substance, item, phrases, sort)
    if sort in ("tolerated", "absent") and assertion != "family":
        status, assertion, confidence = "documented_absent", "negated", SURE if sort == "absent" else LIKELY
    reaction = next(
        (
            phrase
            for phrase in phrases
            if phrase.name.startswith("reaction.") and _near(note, phrase, substance, item, sentence)
        ),
        None,
    )
    details: dict[str, str] = (
        {"reaction": note.quote(reaction.start, reaction.end)} if reaction is not None else {}
    )
    if sort == "intolerance" or (cue is None and re.search(r"intoleran", note.plain[item[0] : item[1]])):
        details["type"] = "intolerance"
    if sort == "tolerated":
        details["type"] = "tolerated"
    start = min(
        [
            substance.start,
            *([cue.start] if cue is not None and substance.start - 80 < cue.start < substance.start else []),
        ]
    )
    end = max(
        [
            substance.end,
            *(
                [reaction.end]
                if reaction is not None
                and reaction.start >= substance.end
                and reaction.end < substance.end + 80
                else []
            ),
        ]
    )
    foreign = note.foreign.holds(substance.start) or assertion == "family"
    known = concept(substance.concept).codes if _is_known(substance.concept) else ()
    return Fact(
        kind="allergy",
        concept=substance.concept,
        label=note.quote(substance.start, substance.end),
        spans=((start, end),),
        status="unconfirmed" if note.foreign.holds(substance.start) else status,
        assertion=assertion,
        at=time_of(note, (start, end)).at,
        recorded_at=note.authored_at,
        confidence=DOUBTFUL if foreign else confidence,
        codes=known,
        details=details,
    )


def _is_known(concept_id: str) -> bool:
    try:
        concept(concept_id)
    except KeyError:
        return False
    return True


def _cue(note: Note, substance: Substance, cues: Sequence[Phrase]) -> Phrase | None:
    """Return the cue that speaks of a substance: the nearest before it with no sentence mark between, or one
    close after it.
    """
    for cue in reversed(cues):
        if (
            cue.end <= substance.start
            and not re.search(
                r"[;.](?=\s)|\b(?:mais|but|avec|with|grace)\b", note.plain[cue.end : substance.start]
            )
            and substance.start - cue.end < 90
        ):
            return cue if not cue.name.endswith(".after") or _is_beside(note, cue, substance) else None
    for cue in cues:
        if (
            0 <= cue.start - substance.end <= 14
            and not cue.name.endswith(".before")
            and not _is_reason(note, substance, cue)
            and not re.search(r"[;.,]", note.plain[substance.end : cue.start])
        ):
            return cue
    return None


def _is_beside(note: Note, cue: Phrase, substance: Substance) -> bool:
    """Tell whether the bare word *allergy* stands right before its substance, and no other thing right before
    it: ``(allergie pénicilline)``.
    """
    if note.plain[cue.end : substance.start].strip(" :-"):
        return False
    ahead = note.plain[max(0, cue.start - _REACH) : cue.start]
    return not ahead.strip() or ahead.rstrip()[-1:] in "(.;:,!-" or "\n" in ahead


def _is_reason(note: Note, substance: Substance, cue: Phrase) -> bool:
    """Tell whether a cue in brackets after a substance says why it was chosen: ``clindamycine (allergie
    pénicilline)``.
    """
    between = note.plain[substance.end : cue.start]
    return "(" in between and (
        any(char.isdigit() for char in between)
        or any(
            named.kind in _KINDS
            and cue.end <= named.start < cue.end + _REACH
            and ")" not in note.plain[cue.end : named.start]
            for named in note.named
        )
    )


_REACH = 24


def _item(note: Note, sentence: Sentence, substance: Substance) -> Span:
    """Return the part of a list that a substance stands in."""
    start = max(
        (found.end() for found in _ITEM.finditer(note.plain, sentence.start, substance.start)),
        default=sentence.start,
    )
    following = _ITEM.search(note.plain, substance.end, sentence.end)
    return start, following.start() if following else sentence.end


def _near(note: Note, phrase: Phrase, substance: Substance, item: Span, sentence: Sentence) -> bool:
    """Tell whether a reaction is that of a substance: in its item, or in brackets or after a colon beside
    it.
    """
    between = (
        note.plain[substance.end : phrase.start]
        if phrase.start >= substance.end
        else note.plain[phrase.end : substance.start]
    )
    return item[0] <= phrase.start < item[1] or (
        len(between) < 40 and not re.search(r"[;.]", between) and "," not in between
    )


def _standing(
    note: Note, sentence: Sentence, substance: Substance, item: Span, phrases: Sequence[Phrase], sort: str
) -> tuple[FactStatus, FactAssertion, float]:
    stand = note.stand((substance.start, substance.end))
    inside = [phrase for phrase in phrases if sentence.start <= phrase.start < sentence.end]
    if stand.assertion == "family":
        return "unconfirmed", "family", DOUBTFUL
    if any(phrase.name == "refuted.rows" for phrase in inside):
        return "documented_absent", "negated", SURE
    denied = stand.assertion == "negated" or any(
        phrase.name == "none.rows"
        and phrase.end <= substance.start
        and substance.start - phrase.end < 60
        and not re.search(r"[,;.]", note.plain[phrase.end : substance.start])
        and re.search("allerg", note.plain[phrase.start : phrase.end])
        for phrase in inside
    )
    if denied and sort != "intolerance":
        return "documented_absent", "negated", SURE
    if stand.assertion == "hypothesis" or any(
        phrase.name == "unconfirmed.rows" and (item[0] - 30 <= phrase.start <= item[1] + 40)
        for phrase in inside
    ):
        return "unconfirmed", "hypothesis", DOUBTFUL
    return "present", "present", SURE


def _is_of_item(note: Note, sentence: Sentence, phrase: Phrase) -> bool:
    """Tell whether an absence is that of the one thing named before it: ``Œuf : sensibilisation sans
    allergie``, and of food alone.
    """
    line = note.line_at(phrase.start)
    ahead = (
        named for named in note.named if named.kind in _KINDS and line.start <= named.start < phrase.start
    )
    first = next(ahead, None)
    if first is not None and ":" in note.plain[first.end : phrase.start]:
        return True
    return _FOOD.search(note.plain, phrase.start, phrase.end + _REACH) is not None


_FOOD = re.compile(r"\baliment|\bfood\b")


def _absent(
    note: Note, sentence: Sentence, phrases: Sequence[Phrase], in_part: bool, has_named: bool
) -> Fact | None:
    """Return the fact that no allergy is known, where a note says so."""
    for phrase in phrases:
        if phrase.name != "none.rows":
            continue
        if _UNASKED.match(note.plain, phrase.start):
            continue
        words = note.plain[phrase.start : phrase.end]
        speaks = "allerg" in words or words in ("nkda", "nka", "nkfa")
        heads = (
            re.search(
                r"allerg\w*+(?: \w++){0,2}\s*+[:=|?-]?\s*+\**+\s*+$",
                note.plain[sentence.start : phrase.start],
            )
            is not None
        )
        part = note.rooms.at(phrase.start)
        alone = (
            in_part
            and part is not None
            and not note.plain[
                max(sentence.start, part.heading[1] if part.heading[1] < phrase.start else 0) : phrase.start
            ].strip(" :-*=|•")
        )
        if not (speaks or heads or alone) or (
            speaks
            and re.match(r"\s*(?:\w+ )?(?:a la|a l'|au|aux|a|to)\s", note.plain[phrase.end : phrase.end + 20])
        ):
            continue
        stand = note.stand((phrase.start, phrase.end))
        if stand.assertion == "family" or _is_of_item(note, sentence, phrase):
            continue
        start = (
            note.line_at(phrase.start).start
            if not speaks and phrase.start - note.line_at(phrase.start).start < 60
            else phrase.start
        )
        head = re.search(r"allerg", note.plain[start : phrase.end])
        begin = start + head.start() if head and not speaks else phrase.start
        foreign = note.foreign.holds(phrase.start)
        return Fact(
            kind="allergy",
            concept="allergy",
            label=note.quote(begin, phrase.end),
            spans=((begin, phrase.end),),
            status="unconfirmed" if foreign else "documented_absent",
            assertion="negated",
            at=time_of(note, (begin, phrase.end)).at,
            recorded_at=note.authored_at,
            confidence=DOUBTFUL if foreign or has_named else SURE,
        )
    return None
