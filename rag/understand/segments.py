"""A question cut into what it asks: sentences, joined questions, lists of subjects, and what was dictated
without punctuation.

A sentence that asks nothing (``Patient de 80 ans, 57 kg.``) beside one that does is the context of what
follows it. Greetings and thanks are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.clinical.concepts import concept, mentions
from rag.clinical.folding import flat
from rag.clinical.times.dates import dates_in
from rag.understand.cues import NAMING_NOTHING, fillers, found, has, met, words_of

_ENDED = re.compile(r"[?\n]+|(?<!\bM)(?<!\b(?:D|P|M)r)(?<!\bMrs)(?<!\bMme)(?<!\b[A-Z])\.(?=\s+\S)")
_NUMBERED = re.compile(r"^\s*+(?:\(?\d{1,2}[.)]\s|[-•*–]\s)\s*+")
_PUNCTUATED = re.compile(r"[?,;.:\n]")
_SUBJECTS = re.compile(
    r"\s*[,;]\s*(?:(?:et|puis|ainsi que|and|then)\s+)?|\s+(?:et|puis|ainsi que|and|then)\s+"
)
_SAME_SORT = {"lab": "measure", "vital": "measure", "family": "condition"}
"""Sorts that are asked of together: ``antécédents personnels et familiaux``."""
_NOUN_BEFORE = re.compile(r"(?<![^\W_])(?:l[ae]s?|sa|son|ses|l['’]|the|his|her)\s*+[^\W_]++\s*$")
"""A verb after a noun asks of it: ``la créatinine a-t-elle augmenté`` is one question."""
_MEASURED = frozenset({"lab", "vital"})
_DRUGS = frozenset({"drug", "drug_class"})
_OF_REGIMEN = frozenset({"dose", "frequency", "route"})
_GIVEN = re.compile(r"\d")
"""A number beside a measure gives it and does not ask for it: ``DFG à 35``."""
_LONG = 6
"""Words from which a sentence that does not ask is no mere name of what is asked."""
_DETERMINER = 4
"""Characters that an article may take before what a list names."""
_DICTATED_WORDS = 8
"""Words from which a text without any punctuation is looked at as dictated."""


@dataclass(frozen=True, slots=True)
class AskedSegment:
    """The words of one thing asked, and the sentences before it that ask nothing."""

    text: str
    context: str = ""


def segments_of(text: str) -> list[AskedSegment]:
    """Return what a question asks, in order; one segment at least where the text holds a word."""
    sentences = [
        (_NUMBERED.sub("", piece).strip(), is_asked or bool(_NUMBERED.match(piece)))
        for piece, is_asked in _sentences(text)
        if any(character.isalpha() for character in piece)
    ]
    sentences = [(piece, is_asked) for piece, is_asked in sentences if not _is_courtesy(piece)] or sentences
    asks = any(is_asked or is_question(flat(piece)) for piece, is_asked in sentences)
    is_dictated = not _PUNCTUATED.search(text.rstrip(" ?.")) and len(text.split()) >= _DICTATED_WORDS
    context: list[str] = []
    kept: list[AskedSegment] = []
    for piece, is_asked in sentences:
        if asks and not is_asked and not is_question(flat(piece)) and _is_statement(piece):
            context.append(piece)
            continue
        kept.extend(AskedSegment(cut, " ".join(context)) for cut in _within(piece, is_dictated=is_dictated))
    return kept or [AskedSegment(piece) for piece, _ in sentences] or [AskedSegment(text.strip())]


def is_question(plain: str) -> bool:
    """Tell whether folded words have the form of a question."""
    return has("question_words", "patterns", plain) or has("yes_no", "patterns", plain)


def _sentences(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each sentence, and whether it ends with a question mark."""
    start = 0
    for match in _ENDED.finditer(text):
        yield text[start : match.end()].strip(" ,;\n").rstrip("."), "?" in match[0]
        start = match.end()
    yield text[start:].strip(" ,;"), False


def _is_courtesy(piece: str) -> bool:
    """Tell whether a sentence only greets, thanks or asks to be answered."""
    plain = flat(piece)
    return (
        has("courtesy", "patterns", plain)
        and not met("attributes", plain)
        and not met("kinds", plain)
        and all(word in fillers() for word in words_of(piece))
    )


def _is_statement(piece: str) -> bool:
    """Tell whether a sentence states rather than asks: it speaks of a person, gives a number or is long, and
    neither names a sort of facts nor makes a request.
    """
    plain = flat(piece)
    if met("kinds", plain) or met("intents", plain) or has("requests", "patterns", plain):
        return False
    for date in sorted(dates_in(piece), key=lambda one: -one.start):
        plain = plain[: date.start] + plain[date.end :]
    is_of_person = any(concept(one.concept_id).kind == "person" for one in mentions(piece))
    return is_of_person or bool(_GIVEN.search(plain)) or len(piece.split()) > _LONG or "patient" in plain


def _within(sentence: str, *, is_dictated: bool) -> Iterator[str]:
    """Cut where another question begins within a sentence, and between subjects of different sorts."""
    plain = flat(sentence)
    places = {match.start(): "joint" for match in found("joining", "patterns", plain)}
    if is_dictated:
        places |= {match.start(): "inversion" for match in found("joining", "inversions", plain)}
        places |= {match.start(): "opening" for match in found("joining", "openings", plain)}
    cuts, begun = [], 0
    for place in sorted(places):
        if place and (
            _asks(plain[:place])
            if places[place] == "joint"
            else _opens(plain[begun:place], places[place]) and not _is_subject(plain, begun, place)
        ):
            begun = _after_joint(plain, place)
            cuts.append((place, begun))
    for piece in cut_at(sentence, cuts):
        yield from _subjects(piece)


_WAITS_FOR_VERB = re.compile(
    r"\s*(?:et )?(?:quand|pourquoi|comment|depuis quand|a quelle date|par qui)"
    r" (?:l[ae]s? |l['’]|s(?:on|a|es) |c(?:e|et|ette|es) )[^,;?]{1,60}$"
)
"""``Quand la sonde urinaire``: the verb that follows is of this question."""


def _is_subject(plain: str, begun: int, place: int) -> bool:
    """Tell whether what opens is but the subject of ``quand`` before it: ``quand | le PICC a-t-il``."""
    subject = _SUBJECT.match(plain, place)
    return subject is not None and bool(_BARE_ADVERB.match(plain[begun:place]))


_SUBJECT = re.compile(
    r"(?:l[ae]s? |l['’]|s(?:on|a|es) )[^,;?]{1,60}?\b(?:a|ont|est|sont)-(?:t-)?(?:ils?|elles?)\b"
)
_BARE_ADVERB = re.compile(r"\s*(?:et )?(?:quand|pourquoi|comment|depuis quand|a quelle date|par qui)\s*$")


def _opens(before: str, how: str) -> bool:
    """Tell whether another question may begin without a comma: what stands before names what it asks of, or
    is a question by itself; a verb may also speak of the noun before it.
    """
    if how == "opening" and has("joining", "complete", before.strip()):
        return True
    is_of_noun = _NOUN_BEFORE.search(before) or not (is_question(before) or met("kinds", before))
    if how == "inversion" and (is_of_noun or _WAITS_FOR_VERB.match(before)):
        return False
    return bool(_things(before) or met("kinds", before))


def _things(plain: str) -> set[str]:
    """Return the sorts of things that words name."""
    return {concept(one.concept_id).kind for one in mentions(plain)} - NAMING_NOTHING


def _subjects(piece: str) -> list[str]:
    """Cut ``allergies et traitement`` and ``pourquoi, et sa kaliémie``: what is joined is of another sort, or
    says itself whose it is, and does not lean on what stands before.
    """
    plain = flat(piece)
    if listed := _measures(piece, plain):
        return listed
    cuts, start = [], 0
    for match in _SUBJECTS.finditer(plain):
        stop = following.start() if (following := _SUBJECTS.search(plain, match.end())) else len(plain)
        left, right = plain[start : match.start()], plain[match.end() : stop]
        if has("joining", "spanning", left) or has("joining", "leaning", right):
            continue
        own, other = _sorts(left), _sorts(right)
        is_new = bool(own) and own.isdisjoint(other) and not _GIVEN.search(right)
        if other and (is_new or (has("joining", "own", right) and _asks(left))):
            cuts.append(match.span())
            start = match.end()
    return [one for part in cut_at(piece, cuts) for one in (_measures(part, flat(part)) or [part])]


def _measures(piece: str, plain: str) -> list[str]:
    """Cut ``créatinine, CRP et kaliémie avant l'opération`` into one part a measure, each with what stands
    behind the last; nothing where the list is not of measures alone.
    """
    joints = list(_SUBJECTS.finditer(plain))
    starts = [0, *(match.end() for match in joints)]
    stops = [*(match.start() for match in joints), len(plain)]
    found = [
        [one for one in mentions(piece[start:stop]) if concept(one.concept_id).kind in _MEASURED]
        for start, stop in zip(starts, stops, strict=True)
    ]
    bare = all(
        any(one.start <= _DETERMINER and one.end == stop - start for one in held)
        for held, start, stop in zip(found[1:-1], starts[1:-1], stops[1:-1], strict=True)
    )
    if len(starts) < 2 or not all(found) or not bare or _GIVEN.search(plain):
        return []
    first, last = found[0], found[-1]
    is_opening = max(one.end for one in first) == stops[0] and not met("intents", plain[: first[0].start])
    if not is_opening or min(one.start for one in last) > _DETERMINER:
        return []
    behind = piece[starts[-1] :][max(one.end for one in last) :].strip()
    return [
        f"{piece[start:stop].strip()} {behind}".strip() if stop != stops[-1] else piece[start:stop].strip()
        for start, stop in zip(starts, stops, strict=True)
    ]


def _sorts(plain: str) -> frozenset[str]:
    """Return the sorts of facts that words ask for by name, or by a measure."""
    told = met("kinds", plain)
    if not told and met("attributes", plain) & _OF_REGIMEN and _things(plain) & _DRUGS:
        return frozenset({"drug"})
    kinds = told or _things(plain) & _MEASURED
    return frozenset(_SAME_SORT.get(kind, kind) for kind in kinds)


def _asks(plain: str) -> bool:
    """Tell whether the words before a joint ask something themselves; ``le patient et quand`` would not be
    cut.
    """
    asked = met("attributes", plain) or met("intents", plain) or met("kinds", plain)
    return bool(asked) or is_question(plain) or bool(_things(plain))


def _after_joint(plain: str, start: int) -> int:
    joint = re.compile(r"[,;\s]*(?:(?:et|puis|ou|and|then|or)\b\s*)?").match(plain, start)
    return joint.end() if joint else start


def cut_at(text: str, cuts: Sequence[tuple[int, int]]) -> list[str]:
    """Return the pieces between cuts, each from where it ends to where what follows begins; none without a
    letter or digit.
    """
    pieces, start = [], 0
    for end, following in [*cuts, (len(text), len(text))]:
        piece = text[start:end].strip(" ,;")
        if any(character.isalnum() for character in piece):
            pieces.append(piece)
        start = following
    return pieces
