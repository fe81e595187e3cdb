"""How far a cue reaches: what a sentence denies, supposes, makes conditional, puts in the past, or says of a
relative.

In the manner of NegEx and ConText, with three rules of their own kind. A list carries a cue only where its
language does: French repeats the preposition or closes the list with *ou*, *ni*; English carries over commas.
A verb, an opposing conjunction, a mark or another cue ends it. What follows the thing (``éliminée``, ``:
non``, ``?``) outweighs what precedes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.clinical.assertion.lists import MARKS, GoverningCue, Sort, carries, is_inside_number
from rag.clinical.assertion.reach_words import reach_words
from rag.clinical.assertion.relatives import others_in
from rag.clinical.phrases import Phrase, Token, phrases_in
from rag.core.facts import FactAssertion
from rag.core.text import Span

_BACK_MARKS = frozenset(";.|(")
_MOST_BETWEEN = 2
"""Words between a denial and the doubt it takes: ``pas d'image en faveur d'une``."""
_ANSWER_MARKS = frozenset(":|=-?")


@dataclass(frozen=True, slots=True)
class Reach:
    """The span that one cue governs; ``after`` where the cue follows it; ``relation`` for a relative."""

    sort: Sort
    start: int
    end: int
    cue: Span
    after: bool = False
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """What is said of one thing: how it is asserted, by which cue, of which relative, and whether only on a
    condition.
    """

    assertion: FactAssertion
    cue: Span | None = None
    relation: str = ""
    is_denied: bool = False
    is_conditional: bool = False
    is_other_person: bool = False


def reaches_in(
    tokens: tuple[Token, ...], sentence: Span, language: str, in_history: bool = False, text: str = ""
) -> Iterator[Reach]:
    """Yield what every cue of a sentence governs; ``sentence`` is a span of tokens, ``in_history`` tells a
    list of past illnesses; ``text`` is the text with its accents, where known (``suspecté`` is a doubt,
    ``suspecte`` a look).
    """
    found = list(_settled(tokens, sentence, language))
    cues = _without_followers(tokens, [cue for cue in found if _sort(cue)])
    lists = [cue.first for cue in cues if cue.name == "history.list"]
    for number, cue in enumerate(cues):
        sort, where = _sort(cue), _where(cue, tokens, sentence, text)
        if (
            sort is None
            or _is_number_word(cue, tokens, sentence)
            or (tokens[cue.last - 1].word in reach_words().doubted and text[cue.end - 1 : cue.end] != "é")
        ):
            continue
        if where in ("before", "list"):
            listed = in_history or any(first < cue.first for first in lists)
            later = cues[number + 1 :]
            end = _end_forward(GoverningCue(tokens, sentence, cue, sort, found, later, language, listed))
            yield Reach(sort, cue.end, end, (cue.start, cue.end))
        else:
            earlier = [] if sort == "affirmation" else cues[:number]
            yield Reach(
                sort, _start_back(tokens, sentence, cue, earlier, sort), cue.start, (cue.start, cue.end), True
            )
    for start, end, named, relation, is_relative in others_in(tokens, sentence, language):
        yield Reach("family" if is_relative else "other", start, end, named, relation=relation)


def _settled(tokens: tuple[Token, ...], sentence: Span, language: str) -> Iterator[Phrase]:
    """Yield the phrases of a sentence; ``: aucun`` answers what precedes only where no thing follows (``:
    aucun antécédent de``).
    """
    position = sentence[0]
    while position < sentence[1]:
        phrase = next(phrases_in(tokens, language, "assertions", position, sentence[1]), None)
        if phrase is None:
            return
        if (
            phrase.name == "negation.after"
            and tokens[phrase.first].word in _ANSWER_MARKS
            and _goes_on(tokens, phrase.last, sentence[1])
        ):
            position = phrase.first + 1
            continue
        yield phrase
        position = phrase.last


def _goes_on(tokens: tuple[Token, ...], index: int, limit: int) -> bool:
    """Tell whether a thing is named right after an answer."""
    if index >= limit or not tokens[index].word[0].isalpha():
        return False
    word = tokens[index].word
    return word not in reach_words().answer_tails and not word.startswith(reach_words().answer_stems)


def stand_of(reaches: Sequence[Reach], span: Span) -> Stand:
    """Return what the reaches of a document say of the thing at a span."""
    over = [reach for reach in reaches if reach.start <= span[0] and span[1] <= reach.end + 1]
    family = next((reach for reach in over if reach.sort in ("family", "other")), None)
    own = [reach for reach in over if reach.sort not in ("family", "other")]
    chosen = _strongest(own, span)
    denied = chosen is not None and chosen.sort == "negation"
    conditional = any(reach.sort == "condition" for reach in own)
    if family is not None:
        return Stand("family", family.cue, family.relation, denied, conditional, family.sort == "other")
    if chosen is None or chosen.sort == "affirmation":
        return Stand("present", is_conditional=conditional)
    assertion: FactAssertion = {"negation": "negated", "history": "history"}.get(chosen.sort, "hypothesis")  # type: ignore[assignment]
    return Stand(assertion, chosen.cue, "", denied, conditional)


def _strongest(reaches: list[Reach], span: Span) -> Reach | None:
    """Return the reach that decides: a cue that follows before one that precedes, denial before the past, the
    nearest of equals.
    """
    if not reaches:
        return None
    weighed = [reach for reach in reaches if reach.sort != "history"] or reaches
    behind = [reach for reach in weighed if reach.after]
    before = [reach for reach in weighed if not reach.after]
    denied = [reach for reach in before if reach.sort == "negation"]
    if settled := [reach for reach in behind if reach.sort == "affirmation"]:
        return denied[-1] if denied else settled[-1]  # "pas de fibrillation documentée"
    if behind and not (before and behind[-1].sort == "hypothesis" and before[-1].sort == "negation"):
        return min(behind, key=lambda reach: reach.cue[0] - span[1])
    return max(before or weighed, key=lambda reach: reach.cue[0])


def _sort(cue: Phrase) -> Sort | None:
    table = cue.name.partition(".")[0]
    return table if table in ("negation", "hypothesis", "affirmation", "condition", "history") else None  # type: ignore[return-value]


def _where(cue: Phrase, tokens: tuple[Token, ...], sentence: Span, text: str = "") -> str:
    """Return whether a cue governs what is before or after it; a question mark written against the next word
    is before it (``?PE``).
    """
    following = tokens[cue.last] if cue.last < sentence[1] else None
    if tokens[cue.first].word == "?" and following is not None:
        preceded = cue.first > sentence[0] and tokens[cue.first - 1].end == cue.start
        if (following.start == cue.end and not preceded) or cue.first == sentence[0]:
            return "before"
    where = cue.name.partition(".")[2]
    if where == "before" and tokens[cue.last - 1].word in reach_words().participles:
        is_participle = (
            text[cue.end - 1 : cue.end] == "é" or following is None or not following.word[0].isalpha()
        )
        return "after" if is_participle else where  # "infarctus éliminé", not "élimine un infarctus"
    if where != "either":
        return where
    names_nothing = following is None or not following.word[0].isalpha()
    return "after" if names_nothing or _is_linked(following) else "before"


def _is_linked(following: Token | None) -> bool:
    """Tell whether a cue is followed by a word that a thing does not begin with."""
    return following is not None and following.word in reach_words().after_adjective


def _is_number_word(cue: Phrase, tokens: tuple[Token, ...], sentence: Span) -> bool:
    """Tell whether a cue is an abbreviation before a number (``PAS 128``, ``no. 3``) or the sign of a
    question mark in a question.
    """
    following = tokens[cue.last] if cue.last < sentence[1] else None
    single = cue.last - cue.first == 1
    if single and tokens[cue.first].word in reach_words().numbered and following is not None:
        return following.word.isdigit() or (
            following.word in (".", "°", ":") and tokens[cue.first].word not in reach_words().bound
        )
    return False


def _without_followers(tokens: tuple[Token, ...], cues: list[Phrase]) -> list[Phrase]:
    """Drop a supposing or past cue that a denial takes whole (``pas de suspicion de``, ``no history of``)."""
    kept: list[Phrase] = []
    for cue in cues:
        last = kept[-1] if kept else None
        swallowed = (
            last is not None
            and last.name == "negation.before"
            and cue.name in ("hypothesis.before", "hypothesis.either", "history.before", "history.list")
        )
        if not (swallowed and last is not None and _is_close(tokens, last.last, cue)):
            kept.append(cue)
    return kept


def _is_close(tokens: tuple[Token, ...], end: int, cue: Phrase) -> bool:
    """Tell whether a cue follows a denial at once, or after a word or two of the same group (``no familial
    history of``).
    """
    most = 0 if cue.name.endswith(".either") else _MOST_BETWEEN
    return cue.first <= end + most and all(
        token.word[0].isalpha() and token.word not in reach_words().ands | reach_words().ors
        for token in tokens[end : cue.first]
    )


def _end_forward(governing: GoverningCue) -> int:
    """Return where what a cue governs ends: at a mark, a verb, another cue, or a list that does not go on."""
    tokens, cue = governing.tokens, governing.cue
    end = cue.last
    for index in range(cue.last, governing.sentence[1]):
        if _ends_at(governing, index):
            break
        end = index + 1
    return tokens[end - 1].end if end > cue.last else cue.end


def _ends_at(governing: GoverningCue, index: int) -> bool:
    tokens, cue = governing.tokens, governing.cue
    word, is_later = tokens[index].word, index > cue.last
    if word in MARKS and not is_inside_number(tokens, index):
        return True
    if is_later and (_stops(governing, index) or _is_taken_over(governing, index)):
        return True
    if word == ":" and index > cue.last + 1:
        return True
    is_bound = cue.last - cue.first == 1 and governing.first_word in reach_words().bound
    if is_bound and is_later and tokens[index - 1].word != "-":
        return True  # "non-ischaemic cardiomyopathy" is one
    return word in reach_words().ands | {",", "-", "+"} and not carries(governing, index)


def _stops(governing: GoverningCue, index: int) -> bool:
    """Tell whether a phrase that ends a reach begins at a token; the past ends where the present does too."""
    at = (index, index + 1)
    return governing.has_stop(at) or (governing.sort == "history" and governing.has_stop(at, "current."))


def _is_taken_over(governing: GoverningCue, index: int) -> bool:
    """Tell whether another cue governs from a token on; the past goes on over denials and other pasts."""
    taken = [
        phrase
        for phrase in governing.later
        if phrase.first == index
        and (
            phrase.name.endswith((".before", ".list"))
            or (
                phrase.name.endswith(".either")
                and _where(phrase, governing.tokens, governing.sentence) == "before"
            )
        )
    ]
    if governing.sort != "history":
        return bool(taken)
    return any(one.name not in ("history.before", "history.list", "negation.before") for one in taken)


def _start_back(
    tokens: tuple[Token, ...], sentence: Span, cue: Phrase, earlier: list[Phrase], sort: Sort
) -> int:
    """Return where the reach of a cue that follows begins: at the mark, comma or conjunction before; a plural
    takes the list.
    """
    floor = max((phrase.last for phrase in earlier if phrase.name.endswith(".after")), default=sentence[0])
    words = [token.word for token in tokens[cue.first : cue.last]]
    colons = any(token.word == ":" for token in tokens[floor : cue.first])
    plural = (words[0] == ":" and not colons) or (words[-1].endswith("s") and len(words[-1]) > 4)
    plural = plural and not _is_plural_itself(tokens, floor, cue)
    index = cue.first
    if sort == "history" and index > floor and tokens[index - 1].word == ",":
        index -= 1  # "hépatite C, guérie"
    while index > floor:
        word = tokens[index - 1].word
        if (word in _BACK_MARKS or word == ":") and not is_inside_number(tokens, index - 1):
            break
        if word in reach_words().turns or (word in reach_words().ands | {",", "+"} and not plural):
            break
        index -= 1
    return tokens[index].start


def _is_plural_itself(tokens: tuple[Token, ...], floor: int, cue: Phrase) -> bool:
    """Tell whether the thing right before a plural is one itself: ``cirrhose, varices absentes``."""
    index = cue.first
    joined = reach_words().ands | reach_words().ors
    while index > floor and tokens[index - 1].word not in {",", ";", ".", ":"} | joined:
        index -= 1
    return floor < index < cue.first and tokens[index - 1].word == "," and tokens[index].word[-1] in "sx"
