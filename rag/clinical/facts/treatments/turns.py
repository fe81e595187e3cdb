"""What becomes of a drug: which cue of its sentence speaks of it, before it, after it, or at the end of the
list it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.clinical.facts.note import NamedConcept, Note, Sentence
from rag.clinical.facts.treatments.doses import without_doses
from rag.clinical.patterns import pattern
from rag.clinical.phrases import Phrase, phrases_in
from rag.core.facts import FactStatus

STATUSES = frozenset(
    {"stopped", "started", "changed", "continued", "planned", "not_to_give", "given", "refused"}
)
_CARRIED = re.compile(
    r"[\s,]*(?:(?:et|and|ou|or|ni|\+|/|,)\s*(?:de |d'|la |le |les |l'|the |du )?(?:other |autres? |all )?)?$"
)
_THEN = re.compile(r"[,;]\s*(?:puis |et |then |and )?(?:\w+ ){0,2}$|\b(?:puis|then|et|and)\s+(?:\w+ )?$")
_MOST_GAP = 4
_LISTED = re.compile(
    r"[\s,+/-]*(?:(?:et|and|ou|or|ni|puis|ainsi que)\s*)?"
    r"(?:de la |de l'|des |du |de |d'|la |le |les |l'|the |of |to )?(?:other |autres? |all )?"
)
_NEAR = 24
_REPLACED = re.compile(r"remplac\w+ par|relay\w+ par|replaced (?:by|with)|switched to|changed to")
"""What comes before the new drug, and ends the one before it."""
_COMMA = re.compile(r"\s?,\s?")
_RELAYED = re.compile(
    r"[^.;:\n]{0,60}\b(?:par|by|to|with|pour|vers|into)\s+"
    r"(?:la |le |l'|les |de la |de l'|du |une? |an? |the |oral |po )?$"
)
"""Between the drug that is replaced and the one that takes its place: ``relais de l'héparine par``."""
_REPLACES = re.compile(
    r"\b(?:relais|remplacement|substitution|switch\w*|conver(?:sion|ted)|bridg\w+|changed)\b"
)
_DENIED = pattern("denied", after=r"\s*$")


@dataclass(frozen=True, slots=True)
class DrugTurn:
    """What a cue says becomes of a drug; ``is_denied`` where the cue itself is denied (``n'a pas été
    arrêté``).
    """

    status: FactStatus
    cue: Phrase
    is_denied: bool = False


def turns_of(
    note: Note, named: NamedConcept, limit: int, sentence: Sentence, following: NamedConcept | None
) -> tuple[DrugTurn | None, ...]:
    """Return what becomes of a drug, in order: what its own entry says (``arrêté le 3, repris le 8`` says two
    things), else the cue before it, else one that a list shares; (None,) where nothing is said.
    """
    last = note.tokens_in(0, max(limit, sentence.end))[1]
    found = phrases_in(note.tokens, _language(note, sentence), "drugs_cues", sentence.first, last)
    cues = [cue for cue in found if cue.name.partition(".")[0] in STATUSES and not _is_reason(note, cue)]
    if after := _after(note, cues, named, limit, following):
        first = _before(note, cues, named, sentence) if after.status in ("changed", "stopped") else None
        if first is not None and first.status in ("started", "given") and _is_later(note, named, after):
            return first, after, *_later(note, cues, after, limit)
        return after, *_later(note, cues, after, limit)
    if relay := _relayed(note, cues, named, sentence):
        return (relay,)
    return (_before(note, cues, named, sentence) or _shared(note, cues, named, sentence),)


def _is_later(note: Note, named: NamedConcept, turn: DrugTurn) -> bool:
    """Tell whether a day and a comma stand between a drug and what became of it: ``introduit X 7,5 mg le 20
    juin, augmenté à 15 mg le 4 juillet``.
    """
    dated = any(named.end <= when.start < turn.cue.start for when in note.whens)
    return dated and _THEN.search(note.plain[named.end : turn.cue.start]) is not None


def _relayed(note: Note, cues: Sequence[Phrase], named: NamedConcept, sentence: Sentence) -> DrugTurn | None:
    """Return that a drug was begun, where it takes over from the one named before it."""
    earlier = [
        other for other in note.of_kind("drug", "drug_class") if sentence.start <= other.start < named.start
    ]
    if not earlier or not _RELAYED.fullmatch(note.plain, earlier[-1].end, named.start):
        return None
    cue = next((cue for cue in reversed(cues) if cue.end <= earlier[-1].start), None)
    if (
        cue is None
        or not cue.name.startswith("stopped.")
        or not _REPLACES.search(note.plain, cue.start, cue.end)
    ):
        return None
    return DrugTurn("started", cue)


def _later(note: Note, cues: Sequence[Phrase], first: DrugTurn, limit: int) -> list[DrugTurn]:
    """Return what an entry says next of the same drug, after a comma or *then*, where it is something
    else.
    """
    turns: list[DrugTurn] = []
    for cue in cues:
        last = turns[-1] if turns else first
        side = cue.name.partition(".")[2]
        parted = _THEN.search(note.plain[last.cue.end : cue.start])
        if (
            last.cue.end <= cue.start < limit
            and side in ("either", "after")
            and parted
            and not cue.name.startswith(f"{last.status}.")
        ):
            turns.append(_as_turn(note, cue))
    return turns


def _is_reason(note: Note, cue: Phrase) -> bool:
    """Tell whether *given* gives a reason: ``held given AKI``."""
    words = note.plain[cue.start : cue.end]
    return words == "given" and any(
        named.kind in ("condition", "symptom") and 0 < named.start - cue.end <= 4 for named in note.named
    )


def _shared(note: Note, cues: Sequence[Phrase], named: NamedConcept, sentence: Sentence) -> DrugTurn | None:
    """Return the cue that closes a list of drugs: ``metformine et gliclazide arrêtés``, ``A, B et C : sans
    changement``.

    Over a comma only one that agrees with several (a plural, an invariable phrase): ``périndopril, amlodipine
    maintenue`` says nothing of the first.
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
            agrees = (
                turn.cue.name.endswith(".after")
                or note.plain[turn.cue.start : turn.cue.end].endswith("s")
                or note.language == "en"
            )
            return turn if agrees or not has_comma else None
    return None


def _language(note: Note, sentence: Sentence) -> str:
    english = any(
        token.word in ("the", "was", "with", "of", "on", "to", "started", "stopped")
        for token in note.tokens[sentence.first : sentence.last]
    )
    french = any(
        token.word in ("de", "la", "le", "du", "et", "par", "pour", "sous")
        for token in note.tokens[sentence.first : sentence.last]
    )
    if note.language == "fr":
        return "en" if english and not french else "fr"
    return "fr" if french and not english else "en"


def _is_before(note: Note, cue: Phrase, named: NamedConcept) -> bool:
    """Tell whether a cue of both sides stands before this drug: no comma and at most two words between."""
    between = note.plain[cue.end : named.start]
    return not re.search(r"[,;.:()]", between) and len(between.split()) <= 3


def _after(
    note: Note, cues: Sequence[Phrase], named: NamedConcept, limit: int, following: NamedConcept | None
) -> DrugTurn | None:
    for cue in cues:
        side = cue.name.partition(".")[2]
        is_replaced = (
            named.end <= cue.start < limit
            and cue.start - named.end < _NEAR
            and _REPLACED.match(note.plain, cue.start) is not None
            and (
                "," not in note.plain[named.end : cue.start]
                or _COMMA.fullmatch(note.plain, named.end, cue.start)
            )
        )
        if is_replaced:
            return DrugTurn("stopped", cue)
        if not named.end <= cue.start < limit or (side == "before" and not _is_dated(note, cue)):
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


def _is_dated(note: Note, cue: Phrase) -> bool:
    """Tell whether a cue that ends in *on* is followed by a day, so that it speaks of what precedes: ``50 mcg
    started on 5 May``.
    """
    return note.plain[cue.start : cue.end].endswith(" on") and any(
        when.start == cue.end + 1 for when in note.whens
    )


def _follows_break(note: Note, named: NamedConcept, cue: Phrase) -> bool:
    return re.search(r"[,;.:]|\b(?:et|and|puis|then)\s*$", note.plain[named.end : cue.start]) is not None


def _before(note: Note, cues: Sequence[Phrase], named: NamedConcept, sentence: Sentence) -> DrugTurn | None:
    ahead = [cue for cue in cues if cue.end <= named.start]
    for cue in reversed(ahead):
        side = cue.name.partition(".")[2]
        between = note.plain[cue.end : named.start]
        if ";" in between or "." in re.sub(r"\d[.,]\d", "", between):
            return None
        if side == "after":
            return None
        if side == "either" and not _is_before(note, cue, named):
            has_other = any(
                cue.end <= other.start < named.start for other in note.of_kind("drug", "drug_class")
            )
            return _as_turn(note, cue) if has_other and _is_listed(note, cue, named) else None
        if side in ("before", "either") and _is_listed(note, cue, named):
            return _as_turn(note, cue)
        return None
    return None


def _is_listed(note: Note, cue: Phrase, named: NamedConcept) -> bool:
    """Tell whether only drugs, doses and marks of a list stand between a cue and a drug."""
    between = [other for other in note.of_kind("drug", "drug_class") if cue.end <= other.start <= named.start]
    gap = note.plain[cue.end : between[0].start]
    if len(gap.split()) > _MOST_GAP or re.search(r",\s|\.\s|\(|\d", gap):
        return False
    return all(
        _LISTED.fullmatch(without_doses(note.plain[one.end : two.start])) for one, two in pairwise(between)
    )


def _as_turn(note: Note, cue: Phrase) -> DrugTurn:
    if cue.name.startswith("refused."):
        return DrugTurn("given", cue, True)
    status: FactStatus = cue.name.partition(".")[0]  # type: ignore[assignment]
    before = note.plain[max(0, cue.start - 22) : cue.start]
    denied = _DENIED.search(before)
    return DrugTurn(status, cue, denied is not None and status != "not_to_give")
