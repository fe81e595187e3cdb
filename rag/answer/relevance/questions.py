"""What a question asks: its words with how much each says, and the kind of thing an answer must hold (a dose,
a duration, ...).

A word that names an examination, a drug or an act says most: a text that never names it cannot answer. A word
that frames the question says almost nothing, and a person's name nothing at all: the patient is in the
filter, not in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.answer.relevance.vocabulary import AskedThing, GateVocabulary, is_drug
from rag.clinical.folding import spelled
from rag.clinical.languages import all_of
from rag.clinical.stems import terms
from rag.retrieve.tuning import tuning

_ELISION = re.compile(rf"^(?:{'|'.join(all_of('elisions'))})['’]", re.IGNORECASE)
_NUMBER = re.compile(r"[\d.,]+[a-z%]{0,5}")
_PERSON = re.compile(
    rf"\b(?:{'|'.join((*all_of('titles'), *all_of('professional_titles')))})\b\.?"
    r"((?:\s+[A-ZÀ-Ý][\w'’-]*)+)"
)
_THIS_PERSON = re.compile(
    r"\b(?:ce|cette|mon|ma|notre|this|our)"
    r" (?:patiente?|malade|enfant|child|man|woman|monsieur|dame|nourrisson)\b|"
    r"\b(?:he|she|his|her|him)\b",
    re.IGNORECASE,
)
_LEARNED = re.compile(
    r"\w{3,}(?:itis|it|os|emia?|ectomi?|scopi?|graphi?|gramm?|pathi?|therapi?|uria?|algia?|plasti?|stomi|tomi|lys|oma|om|cyt|genes|"
    r"peni?a?|megali|plegia?|trophi?|oidi?|virus|coccus|bacter)"
)
"""Endings of words built from Greek: diseases, acts and measures, seldom everyday words."""


@dataclass(frozen=True, slots=True)
class AskedTerm:
    """A word or fixed phrase of a question. ``words`` holds the stems of each of its words, the parts of a
    compound first.
    """

    surface: str
    words: tuple[tuple[str, ...], ...]
    weight: float
    groups: tuple[AskedThing, ...] = ()

    @property
    def is_drug(self) -> bool:
        """Whether it is named as drugs are."""
        return any(is_drug(stem) for word in self.words for stem in word)


@dataclass(frozen=True, slots=True)
class _AskedWord:
    surface: str
    stems: tuple[str, ...]


def asked_terms(question: str, language: str, vocabulary: GateVocabulary) -> tuple[AskedTerm, ...]:
    """Return what a question names, in its order, each once; stop words and persons' names left out."""
    tokens = [
        _AskedWord(_bare(word), stems) for word in question.split() if (stems := tuple(terms(word, language)))
    ]
    persons = {stem for found in _PERSON.finditer(question) for stem in terms(found[1], language)}
    seen: set[tuple[tuple[str, ...], ...]] = set()
    asked = []
    for first, last, groups in _units(tokens, vocabulary):
        part = tokens[first:last]
        words = tuple(token.stems for token in part)
        if words in seen or persons.issuperset(stem for word in words for stem in word):
            continue
        seen.add(words)
        weight = _weight(
            part, language, vocabulary, groups, is_shouted=question.isupper(), is_first=first == 0
        )
        asked.append(AskedTerm(" ".join(token.surface for token in part), words, weight, groups))
    return tuple(asked)


def is_about_a_person(question: str) -> bool:
    """Whether a question names or points at one person, so that what is written of people in general cannot
    answer it.
    """
    return bool(_PERSON.search(question) or _THIS_PERSON.search(question))


def _bare(word: str) -> str:
    return _ELISION.sub("", word.strip("?.,;:!()[]«»\"'’"))


def _units(
    tokens: list[_AskedWord], vocabulary: GateVocabulary
) -> list[tuple[int, int, tuple[AskedThing, ...]]]:
    """Join the tokens of a phrase that a group knows, the longest phrase first; give each unit the groups
    that ask for just it.
    """
    stems = [stem for token in tokens for stem in token.stems]
    owner = [number for number, token in enumerate(tokens) for _ in token.stems]
    matches = [
        (owner[start], owner[end - 1] + 1, group)
        for start in range(len(stems))
        for end in range(start + 1, min(start + vocabulary.longest, len(stems)) + 1)
        for group in vocabulary.phrases.get(" ".join(stems[start:end]), ())
    ]
    units: dict[int, int] = {}
    for first, last, _ in sorted(matches, key=lambda match: (match[0] - match[1], match[0])):
        if not any(first < end and start < last for start, end in units.items()):
            units[first] = last
    taken = {number for start, end in units.items() for number in range(start, end)}
    units |= {number: number + 1 for number in range(len(tokens)) if number not in taken}
    return [
        (start, end, tuple(group for first, last, group in matches if (first, last) == (start, end)))
        for start, end in sorted(units.items())
    ]


def _weight(
    part: list[_AskedWord],
    language: str,
    vocabulary: GateVocabulary,
    groups: tuple[AskedThing, ...],
    *,
    is_shouted: bool,
    is_first: bool,
) -> float:
    stems = [stem for token in part for stem in token.stems]
    weight = max(vocabulary.weight(stem, language) for stem in stems)
    surface, says = part[0].surface, tuning().words
    if weight <= says.filler:
        return says.filler
    if all(_NUMBER.fullmatch(stem) for stem in stems):
        return says.number
    if any(group.is_asked_thing for group in groups) or any(is_drug(stem) for stem in stems):
        return says.named_thing
    if not is_shouted and sum(letter.isupper() for letter in surface) >= 2:
        return says.acronym
    if groups or any(letter.isdigit() for stem in stems for letter in stem):
        return weight
    if len(stems[0]) <= 3:
        return min(weight, says.short)
    if surface[:1].isupper() and not is_first:
        return min(weight, says.proper_name)
    return weight if weight < says.rare or any(_LEARNED.fullmatch(stem) for stem in stems) else says.ordinary


def folded(text: str) -> str:
    """Return a text in small letters without accents."""
    return spelled(text)


_COUNT = (
    "un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|plusieurs|"
    "one|two|three|four|five|seven|eight|nine|ten|twelve|several"
)
_TIME = r"(?:jours?|days?|semaines?|weeks?|mois|months?|ans?|annees?|years?|heures?|hours?|h|min\w*|j)\b"
_MONTH = (
    r"janvier|fevrier|\bmars\b|avril|\bmai\b|juin|juillet|aout|septembre|octobre|novembre|decembre|"
    r"january|february|\bmarch\b|april|june|july|august|september|october|november|december"
)
_ANSWER_FORMS = tuple(
    (re.compile(asked), re.compile(told))
    for asked, told in (
        (
            (
                r"\b(?:doses?|posologies?|dosage|how much|combien d[e'’] ?(?:mg|unites?)|quelle"
                r" quantite|(?:mg|ui)/kg)\b"
            ),
            r"\d\s?(?:mg|g|[µu]g|mcg|microg|u\.?i\b|iu|ml|mmol|meq|gy|%|unit|comprime|tablet|goutte|drop|gelule|capsule|sachet|injection)",
        ),
        (
            r"\b(?:frequence(?! (?:cardiaque|respiratoire))|how (?:often|frequent(?:ly)?|common))\b",
            rf"\d\s?%|\d\s?(?:sur|of|out"
            rf" of|/)\s?\d|\bfois\b|\btimes\b|\b(?:once|twice|daily|weekly|monthly|every|chaque|per|par)\b|"
            rf"\btou(?:te)?s les\b|\bregulier|(?:\d|\b(?:{_COUNT}))[\s-]*{_TIME}",
        ),
        (
            r"\b(?:durees?|combien de (?:temps|jours|semaines|mois|minutes|heures)|combien"
            r" d['’](?:heures|annees)|how long|duration|delai|"
            r"how many (?:days|weeks|months|hours|minutes)|intervalle|interval)\b",
            rf"(?:\d|\b(?:{_COUNT}))[\s-]*+(?:(?:e|eme|th)[\s-]*+)?{_TIME}|\bj\s?\d|\b(?:day|week|month)\s\d|\bfois"
            r" par\b|\btimes\b|"
            r"\b(?:daily|weekly|every|per day|par jour)\b|\btou(?:te)?s les\b|\bregulier",
        ),
        (
            r"\b(?:quand|when|date|a quel age|at what age|depuis quand)\b",
            rf"\b(?:19|20)\d\d\b|\d{{1,2}}[/.]\d{{1,2}}|\bil y a\b|\bago\b|\bj\s?\d|{_MONTH}|\b{_TIME}",
        ),
        (r"\b(?:taille|size|diametre|diameter|longueur|length|dimensions?)\b", r"\d\s?(?:mm|cm|m)\b"),
        (
            r"\b(?:combien|how"
            r" many|nombre|number|taux|levels?|valeurs?|values?|score|amplitude|poids|weight|imc|bmi|"
            r"pression|tension|"
            r"blood pressure|seuil|threshold|count|rate)\b",
            rf"\d|\b(?:{_COUNT})\b",
        ),
    )
)
"""What asks for a form, and the form; the first that fits is taken."""


def answer_form(question: str) -> re.Pattern[str] | None:
    """Return what a text that answers must hold, as a pattern over its ``folded`` form; None where anything
    may answer.
    """
    text = folded(question)
    return next((told for asked, told in _ANSWER_FORMS if asked.search(text)), None)
