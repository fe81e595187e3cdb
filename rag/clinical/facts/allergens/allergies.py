"""Allergies: present, documented absent or unconfirmed, with the reaction; an intolerance is told apart, a
tolerated drug is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.clinical.concepts import concept
from rag.clinical.facts.allergens.substances import KINDS, Substance, cue_of, is_near, item_of, reaction_in
from rag.clinical.facts.dating import time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, Note, Sentence
from rag.clinical.phrases import Phrase, phrases_in
from rag.core.facts import Fact, FactAssertion, FactStatus
from rag.core.text import Span

_DENIAL_ALONE = re.compile(r"\b(?:pas d'|aucune |sans |absence d'|no |no known |denies |non )(?:\w+ ){0,2}$")
_UNASKED = re.compile(
    r"(?:non|pas|not|aucune?) (?:ete )?(?:documente|renseigne|precise|recherche|evalue|document|record"
    r"|asked|assess|known if)"
)
"""What was not asked is no absence."""
_SPEAKS = re.compile(r"allerg|nkda|\bnka\b")
_CONTEXT = re.compile(r"allerg|nkda|\bnka\b|intoleran|anaphyla|hypersensib|hypersensit|reaction")
"""Words of a paragraph in which *bien toléré* tells of an allergy; elsewhere it tells of a treatment."""
_NEGATIVE = re.compile(r"\bnegati(?:f|fs|ve|ves)\b|\bneg\b|sans reaction|no reaction|\btolere|\btolerat")
_POSITIVE = re.compile(r"\bpositi(?:f|fs|ve|ves)\b")
_SIDE_EFFECT = re.compile(
    r"intoleran|side[- ]effect|adverse (?:drug )?(?:effect|reaction)|effets? (?:secondaire|indesirable)"
    r"|(?:pas|not|non|sans)\b[^.;,)]{0,14}\ballerg"
)
_CERTAIN = re.compile(
    r"\b(?:confirme|prouve|avere|documente|certain|confirmed|proven|documented|verified)\w*"
    r"|\b(?:tests?|ige|tryptase)\b[^.;,)]{0,24}\bpositi\w+"
)
_TEST_REACH = 90
_NEAR_WORDS = 80
"""Characters within which a cue or a reaction belongs to the span of its allergy."""
_TEST = re.compile(r"allerg|\btests?\b|challenge|provocation")


def allergies(note: Note) -> Iterator[Fact]:
    """Yield the allergies that a note states or denies."""
    for sentence in note.sentences:
        in_part = note.rooms.role(sentence.start) == "allergies"
        phrases = list(phrases_in(note.tokens, _language(note), "allergies", sentence.first, sentence.last))
        cues = [
            phrase for phrase in phrases if phrase.name.startswith("allergy.") or _names_allergy(note, phrase)
        ]
        substances = _substances(note, sentence, phrases)
        if not in_part and not cues and not _SPEAKS.search(note.plain, sentence.start, sentence.end):
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
    """Tell whether a phrase that takes an allergy back names it or its test (``allergy label removed``)."""
    return (
        phrase.name in ("refuted.rows", "unconfirmed.rows")
        and _TEST.search(note.plain, phrase.start, phrase.end) is not None
    )


def _language(note: Note) -> str:
    return note.language


def _substances(note: Note, sentence: Sentence, phrases: Sequence[Phrase]) -> list[Substance]:
    found = [
        Substance(named.concept, named.start, named.end)
        for named in note.named
        if named.kind in KINDS and sentence.start <= named.start < sentence.end
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
    cue = cue_of(note, substance, cues)
    if cue is None and not in_part:
        return None
    sort = cue.name.partition(".")[2] if cue is not None else "before"
    if (
        sort == "tolerated"
        and not in_part
        and cue is not None
        and cue.start >= substance.end
        and not _tells_of_allergy(note, sentence)
    ):
        return None  # "bisoprolol bien toléré" tells of a treatment
    if (
        sort.startswith("tested")
        and cue is not None
        and (sort := _tested(note, sentence, substance, cue)) == ""
    ):
        return None
    item = item_of(note, sentence, substance)
    status, assertion, confidence = _standing(note, sentence, substance, item, phrases, sort)
    if assertion == "family":
        return _of_relative(note, sentence, substance, cue)
    if sort in ("tolerated", "absent"):
        status, assertion, confidence = "documented_absent", "negated", SURE if sort == "absent" else LIKELY
    reaction = _reaction(note, sentence, substance, phrases, item)
    if reaction is None and cue is not None and status != "documented_absent":
        reaction = reaction_in(note, cue)
    start, end = _extent(substance, cue, reaction)
    foreign = note.foreign.holds(substance.start)
    known = concept(substance.concept).codes if _is_known(substance.concept) else ()
    return Fact(
        kind="allergy",
        concept=substance.concept,
        label=note.quote(substance.start, substance.end),
        spans=((start, end),),
        status="unconfirmed" if foreign else status,
        assertion=assertion,
        at=time_of(note, (start, end)).at,
        recorded_at=note.authored_at,
        confidence=DOUBTFUL if foreign else confidence,
        codes=known,
        details=_details(note, substance, item, sort, status, reaction),
    )


def _reaction(
    note: Note, sentence: Sentence, substance: Substance, phrases: Sequence[Phrase], item: Span
) -> Phrase | None:
    """Return the reaction that stands near a substance."""
    return next(
        (
            phrase
            for phrase in phrases
            if phrase.name.startswith("reaction.") and is_near(note, phrase, substance, item, sentence)
        ),
        None,
    )


def _details(
    note: Note, substance: Substance, item: Span, sort: str, status: FactStatus, reaction: Phrase | None
) -> dict[str, str]:
    """Return what is told beside the substance: the reaction, how certain, and whether it is more than one
    does not bear it.
    """
    details = {} if reaction is None else {"reaction": note.quote(reaction.start, reaction.end)}
    side_effect = status == "present" and _SIDE_EFFECT.search(note.plain, substance.end, item[1])
    if sort == "intolerance" or side_effect:
        details["type"] = "intolerance"
    if status == "present" and (certain := _CERTAIN.search(note.plain, substance.end, item[1])):
        details["certainty"] = note.quote(*certain.span())
    if sort == "tolerated":
        details["type"] = "tolerated"
    return details


def _extent(substance: Substance, cue: Phrase | None, reaction: Phrase | None) -> Span:
    """Return the span of the fact: the substance, with its cue before and its reaction after where these are
    near.
    """
    start, end = substance.start, substance.end
    if cue is not None and substance.start - _NEAR_WORDS < cue.start < substance.start:
        start = cue.start
    if (
        reaction is not None
        and substance.end <= reaction.start
        and reaction.end < substance.end + _NEAR_WORDS
    ):
        end = max(end, reaction.end)
    return start, end


def _tells_of_allergy(note: Note, sentence: Sentence) -> bool:
    """Tell whether the paragraph around a sentence speaks of allergy at all."""
    start = note.text.rfind("\n", 0, sentence.start) + 1
    end = note.text.find("\n", sentence.end)
    return (
        "allerg" in note.kind
        or _CONTEXT.search(note.plain, start, end if end >= 0 else len(note.text)) is not None
    )


def _tested(note: Note, sentence: Sentence, substance: Substance, cue: Phrase) -> str:
    """Return what a test of allergy found of a substance: *absent*, *before* (there is one), "" where no
    outcome is told.
    """
    if wheal := _WHEAL.match(note.plain, substance.end):
        return "absent" if not int(wheal["size"]) else ""  # that one reacts to a test alone is no allergy
    start, end = min(cue.start, substance.start), min(sentence.end, max(cue.end, substance.end) + _TEST_REACH)
    stop = _SENTENCE_END.search(note.plain, max(cue.end, substance.end), end)
    limit = stop.start() if stop else end
    if _NEGATIVE.search(note.plain, start, limit):
        return "absent"
    return "before" if _POSITIVE.search(note.plain, start, limit) else ""


_WHEAL = re.compile(r"\s?[:=]?\s?(?P<size>\d{1,2})(?:\s?mm)?(?=\s?[,;.)\n]|$)")
_SENTENCE_END = re.compile(r";(?=\s)|\.(?=\s)|\b(?:mais|but)\b")


def _of_relative(note: Note, sentence: Sentence, substance: Substance, cue: Phrase | None) -> Fact:
    """Return the allergy of a relative, which is a fact of the family and never the patient's."""
    stand = note.stand((substance.start, substance.end))
    start = (
        cue.start if cue is not None and sentence.start <= cue.start < substance.start else substance.start
    )
    if stand.cue is not None and sentence.start <= stand.cue[0] < start:
        start = stand.cue[0]
    return Fact(
        kind="family",
        concept="allergy",
        label=note.quote(substance.start, substance.end),
        spans=((start, substance.end),),
        status="refuted" if stand.is_denied else "confirmed",
        assertion="family",
        recorded_at=note.authored_at,
        value_text=note.quote(substance.start, substance.end),
        confidence=SURE if stand.relation else LIKELY,
        details={"relation": stand.relation} if stand.relation else {},
    )


def _is_known(concept_id: str) -> bool:
    try:
        concept(concept_id)
    except KeyError:
        return False
    return True


def _standing(
    note: Note, sentence: Sentence, substance: Substance, item: Span, phrases: Sequence[Phrase], sort: str
) -> tuple[FactStatus, FactAssertion, float]:
    stand = note.stand((substance.start, substance.end))
    inside = [phrase for phrase in phrases if sentence.start <= phrase.start < sentence.end]
    if stand.assertion == "family":
        return "unconfirmed", "family", DOUBTFUL
    if sort == "intolerance" and _SIDE_EFFECT.search(note.plain, substance.end, item[1]):
        return "present", "present", SURE
    if any(phrase.name == "refuted.rows" for phrase in inside):
        return "documented_absent", "negated", SURE
    if any(
        phrase.name == "unconfirmed.rows"
        and item[0] <= phrase.start < item[1]
        and note.plain[phrase.start : phrase.end].startswith("non ")
        for phrase in inside
    ):
        return "unconfirmed", "hypothesis", DOUBTFUL
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
        named for named in note.named if named.kind in KINDS and line.start <= named.start < phrase.start
    )
    first = next(ahead, None)
    if first is not None and ":" in note.plain[first.end : phrase.start]:
        return True
    return _FOOD.search(note.plain, phrase.start, phrase.end + _FOOD_REACH) is not None


_GOES_ON = re.compile(
    r"[ \t]+(?!connue?s?\b|known\b|a ce jour|to date|reported|signale|rapporte|declare)[a-z]"
)
_FOOD_REACH = 24
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
        if phrase.last - phrase.first == 1 and _GOES_ON.match(note.plain, phrase.end):
            continue  # "No alcohol", "non faite" answer something else
        words = note.plain[phrase.start : phrase.end]
        speaks = "allerg" in words or words in ("nkda", "nka", "nkfa")
        heads = (
            re.search(
                r"allerg(?:ies?|y|iques?|ic)?+\b(?: \w++){0,2}\s*+[:=|?-]?\s*+\**+\s*+$",
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
