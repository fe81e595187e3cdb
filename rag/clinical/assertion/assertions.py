"""What a sentence asserts of the things it names: denied, only supposed, said of the family, or past.

Small rules in the manner of NegEx and ConText, for French and English: a cue governs the noun group beside
it, through a list of such groups, and no further than a conjunction, a preposition or punctuation. A thing is
its head word with the words that qualify it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from rag.clinical.languages import data, served
from rag.clinical.words import ReadText, Term, clauses
from rag.core.text import Span

Status = Literal["negated", "hypothesis", "history"]

_DENIED_OBJECT = re.compile(r"\s(?:de |d['’])")
_LIST = re.compile(
    r"(?:(?<!\s)\s++)?(?:,\s*(?:ou|ni|or|nor|and|et)?|\b(?:ou|ni|or|nor)\b|\b(?:et|and)\b)\s*(?P<of>d['’]|de"
    r" (?:la |l['’])?|du )?"
)


@dataclass(frozen=True, slots=True)
class CueScope:
    """One thing under a cue: the status it gets, its head word, the words of its group, and for a verb those
    of its clause.
    """

    status: Status
    head: Term
    group: tuple[Term, ...]
    context: tuple[Term, ...]
    sentence: Span
    cue: Span

    @property
    def span(self) -> Span:
        """Return the span of the noun group."""
        return self.group[0].start, self.group[-1].end


def scopes_in(text: ReadText) -> list[CueScope]:
    """Return every thing that a text denies, supposes or puts in the past."""
    plain = text.plain
    found: list[CueScope] = []
    for sentence in text.sentences:
        found.extend(_in_sentence(text, plain, sentence))
    found.extend(_inherent(text))
    return found


@cache
def cues(table: str, key: str = "patterns") -> tuple[re.Pattern[str], ...]:
    """Return the compiled patterns of one list of ``cues.toml``."""
    return tuple(re.compile(rf"(?<!\w)(?:{pattern})(?!(?<=\w)\w)") for pattern in _data()[table].get(key, ()))


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    """Return the cues by list; those of a language under its code, or with the common ones of lists that have
    no languages.
    """
    read: dict[str, dict[str, list[str]]] = tomllib.loads(
        (files(__package__) / "cues.toml").read_text(encoding="utf-8")
    )
    for code in served():
        for table, rows in data(code, "cues").items():
            common = next(iter(read.get(table, {})), "")
            if common in ("patterns", "words"):
                read[table][common] = [*read[table][common], *rows]
            else:
                read.setdefault(table, {})[code] = rows
    return read


@cache
def _stop() -> re.Pattern[str]:
    words = "|".join(_data()["stop"]["words"])
    return re.compile(rf"[.;:|()\n?!]|\s[–—-]\s|\b(?:{words})\b|\bn['’]")


@cache
def words(table: str, key: str) -> frozenset[str]:
    """Return the words of one list of ``cues.toml``."""
    return frozenset(_data()[table].get(key, ()))


def matches(table: str, key: str, plain: str, span: Span) -> Iterator[re.Match[str]]:
    """Yield the places in a span where a cue of a list stands, longest cue first at each place."""
    found = [
        match
        for pattern in cues(table, key)
        for match in pattern.finditer(plain, *span)
        if match.end() > match.start()
    ]
    taken: list[Span] = []
    for match in sorted(found, key=lambda match: (match.start() - match.end(), match.start())):
        if all(match.end() <= start or end <= match.start() for start, end in taken):
            taken.append(match.span())
            yield match


def _in_sentence(text: ReadText, plain: str, sentence: Span) -> Iterator[CueScope]:
    taken = [match.span() for match in matches("pseudo", "patterns", plain, sentence)]
    readers: tuple[tuple[str, Status, bool], ...] = (
        ("hypothesis_after", "hypothesis", False),
        ("hypothesis_before", "hypothesis", True),
        ("negation_after", "negated", False),
        ("negation_noun", "negated", True),
        ("negation_verb", "negated", True),
    )
    for table, status, forward in readers:
        for language in served() if table in _data() else ():
            for match in matches(table, language, plain, sentence):
                if any(match.start() < end and start < match.end() for start, end in taken):
                    continue
                groups = (
                    _groups(text, plain, sentence, match, table, language)
                    if forward
                    else _group_before(text, plain, sentence, match, language)
                )
                for group in groups:
                    taken.append(match.span())
                    yield _scope(text, status, group, sentence, match, language, table)
    for match in matches("history", "before", plain, sentence):
        for group in _groups(text, plain, sentence, match, "history", "fr"):
            yield CueScope("history", group[0], tuple(group), (), sentence, match.span())


def _scope(
    text: ReadText,
    status: Status,
    group: Sequence[Term],
    sentence: Span,
    match: re.Match[str],
    language: str,
    table: str,
) -> CueScope:
    named = [term for term in group if term.folded not in words("modifiers", "words")] or list(group)
    context: tuple[Term, ...] = ()
    if table == "negation_verb":
        clause = next(
            (span for span in clauses(text.text, *sentence) if span[0] <= match.start() < span[1]), sentence
        )
        context = tuple(
            term
            for term in text.inside(clause)
            if term.weight and term not in named and not match.start() <= term.start < match.end()
        )
    head = named[-1] if language == "en" and table != "negation_verb" else named[0]
    return CueScope(status, head, tuple(named), context, sentence, match.span())


def _groups(
    text: ReadText, plain: str, sentence: Span, match: re.Match[str], table: str, language: str
) -> Iterator[list[Term]]:
    """Yield the noun group after a cue, and the groups listed after it (``pas de fièvre, de toux ni de
    dyspnée``).
    """
    if table == "negation_verb":
        yield from _verb_group(text, plain, sentence, match)
        return
    start, listed = match.end(), False
    while True:
        end, link = _group_end(plain, start, sentence[1])
        group = [term for term in text.inside((start, end)) if term.weight]
        if group:
            yield group
        if link is None or not _goes_on(link, language, listed):
            return
        start, listed = link.end(), True


def _goes_on(link: re.Match[str], language: str, listed: bool) -> bool:
    """Tell whether a list goes on under its cue: in French where the preposition is repeated, in English over
    commas.
    """
    if re.search(r"\b(?:ni|ou|or|nor)\b", link[0]) or link["of"]:
        return True
    return language == "en" and ("and" not in link[0] or listed)


def _group_end(plain: str, start: int, limit: int) -> tuple[int, re.Match[str] | None]:
    stop = _stop().search(plain, start, limit)
    link = _LIST.search(plain, start, limit)
    end = stop.start() if stop else limit
    return (link.start(), link) if link and link.start() < end else (end, None)


def _verb_group(text: ReadText, plain: str, sentence: Span, match: re.Match[str]) -> Iterator[list[Term]]:
    """Yield the denied verb; for a verb that says little (``ne montre pas``), what it bears on."""
    stop = re.compile(r"[.;:|()\n,]|\b(?:mais|but|puis|then|and|et|qui|which)\b").search(
        plain, match.end(), sentence[1]
    )
    following = [
        term for term in text.inside((match.end(), stop.start() if stop else sentence[1])) if term.weight
    ]
    if match.groupdict().get("verb"):
        inside = [term for term in text.inside((match.start("verb"), match.end("verb"))) if term.weight]
        following = inside + following
    while len(following) > 1 and following[0].folded in words("modifiers", "light_verbs"):
        following = following[1:]
    if following:
        yield following[:1]
        if given := _DENIED_OBJECT.match(
            plain, following[0].end, sentence[1]
        ):  # "ne pas donner de céfazoline": the drug is denied too
            end, _ = _group_end(plain, given.end(), sentence[1])
            if group := [term for term in text.inside((given.end(), end)) if term.weight]:
                yield group


def _group_before(
    text: ReadText, plain: str, sentence: Span, match: re.Match[str], language: str
) -> Iterator[list[Term]]:
    clause_start = max(
        (
            found.end()
            for found in re.finditer(r"[.;:|\n,]|\b(?:et|and|mais|but|puis|then)\b", plain[: match.start()])
            if found.end() >= sentence[0]
        ),
        default=sentence[0],
    )
    words = [term for term in text.inside((max(sentence[0], clause_start), match.start())) if term.weight]
    if words:
        yield words[-3:] if language == "en" else words[:3]


def _inherent(text: ReadText) -> Iterator[CueScope]:
    denied = {word: f"k:{concept}" for concept, words in _data()["inherent"].items() for word in words}
    for term in text.terms:
        if key := denied.get(term.folded.removesuffix("s")):
            thing = Term(term.text, term.folded, term.start, term.end, frozenset({key}), term.weight)
            yield CueScope(
                "negated", thing, (thing,), (), text.sentence_of(term.start), (term.start, term.end)
            )
