"""Where persons and places are named: by what stands before them, by lists, by their neighbours, and by being
written with a capital without being a word of the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rag.clinical.deidentification.words import listed, microbes, ordinary
from rag.clinical.folding import flat, fold

Place = tuple[int, int]
_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SHORT_INITIAL = re.compile(r"(?!Dr|Pr|Mr|Me|DR|PR|St)(?:[A-Z][a-z]|[A-Z]{2})\.(?= ?[A-ZÀ-Ý][A-Za-zÀ-ÿ])")
_BREAK = re.compile(r"[.:;!?()\[\]\n|•*=>]")
_LINK = re.compile(r"\.?[ \t]?[-,/]?[ \t]?|['’]|\.?[ \t]{1,4}|[ \t]?,[ \t]?(?:et|and)?[ \t]?")
_NAME = r"(?:[A-ZÀ-Ý][\w'’.-]{0,30}|\(?d['’][A-ZÀ-Ý][\w-]{1,30})"
_LINKS = r"(?:l[ae]s?|sur|s/|en|d[eu]s?|l['’]|sous|aux?|[Cc][Ee][Dd][Ee][Xx]|\d{1,2}(?!\d))"
_AFTER_CODE = re.compile(
    rf"(?<![\d,.])\d{{2}} ?\d{{3}}[ ,\n]{{1,2}}(?:{_NAME}|{_LINKS}(?=[ \n]{_NAME}))"
    rf"(?:[ \n]-?(?:{_NAME}|{_LINKS}(?=[ \n]))){{0,4}}"
)
_CEDEX = re.compile(r"(?<!\w)[Cc](?:edex|EDEX)(?: \d{1,2}(?!\d))?")
_TOWN = re.compile(
    rf"[A-ZÀ-Ý][A-Za-zà-ÿ]{{2,20}}(?:[ -](?:sur|sous|en|l[eè]s|s/)[ -]{_NAME}){{1,2}}(?: [Cc](?:edex|EDEX))?"
)
_MOST_WORDS = 6
_LONGEST_ACRONYM = 5


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """One written word: its place, folded, and how it is written."""

    start: int
    end: int
    folded: str
    is_capital: bool
    is_upper: bool
    is_initial: bool
    is_ordinary: bool
    is_given: bool


def names(text: str) -> Iterator[Place]:
    """Yield the places of names of persons, towns and hospitals, in no order; they may overlap."""
    tokens = [_token(text, found) for found in _TOKEN.finditer(text)]
    marked = [False] * len(tokens)
    _mark_after_titles(text, tokens, marked)
    for at in range(len(tokens)):
        marked[at] = marked[at] or _is_name_alone(text, tokens, at)
    _spread(text, tokens, marked)
    for at, token in enumerate(tokens):
        if marked[at]:
            yield token.start, token.end + (token.is_initial and text[token.end : token.end + 1] == ".")
    yield from _places(text)


def _token(text: str, found: re.Match[str]) -> WrittenWord:
    written, folded = found[0], fold(found[0])
    parts = [part for part in folded.split("-") if part]
    is_upper = written.isupper()
    return WrittenWord(
        found.start(),
        found.end(),
        folded,
        written[:1].isupper(),
        is_upper and len(written) > 1,
        (is_upper and all(len(part) == 1 for part in parts))
        or bool(_SHORT_INITIAL.match(text, found.start())),
        all(_is_ordinary(part) for part in parts),
        all(part in listed("given") for part in parts if len(part) > 1) and len(folded) > 2,
    )


def _is_ordinary(part: str) -> bool:
    known = ordinary()
    if len(part) < 3 or part in known:
        return True
    for ending in ("s", "e", "es", "x", "ee", "ees", "aux", "al"):
        if part.endswith(ending) and part[: -len(ending)] in known:
            return True
    return f"{part}e" in known or f"{part}s" in known


def _mark_after_titles(text: str, tokens: list[WrittenWord], marked: list[bool]) -> None:
    titles, roles, particles = listed("titles"), listed("roles"), listed("particles")
    for at, token in enumerate(tokens):
        is_title = token.folded in titles and (token.is_capital or len(token.folded) > 3)
        if not is_title and token.folded not in roles:
            continue
        ahead, count = at + 1, 0
        last = token.end
        while ahead < len(tokens) and count < _MOST_WORDS:
            one = tokens[ahead]
            between = text[last : one.start]
            if len(between.strip(' \t.:,-/°"')) or "\n" in between[:-1] or len(between) > 6:
                break
            fits = one.is_initial or (one.is_capital and (count or is_title or not one.is_ordinary))
            is_led = is_title or token.folded in listed("name_labels")
            if is_led and not count and not one.is_capital and not one.is_ordinary:
                fits = True
            if is_title and not count and (one.folded in titles or one.folded in roles):
                marked[ahead] = one.is_initial
                last, ahead = one.end, ahead + 1
                continue
            if not is_title and count and one.is_ordinary and not one.is_upper and not one.is_given:
                break
            if not fits:
                follows = ahead + 1 < len(tokens) and tokens[ahead + 1].is_capital
                if one.folded in particles and follows and not one.is_capital:
                    marked[ahead] = count > 0
                    last, ahead = one.end, ahead + 1
                    continue
                break
            if one.is_capital and count and one.is_ordinary and not one.is_upper and not one.is_given:
                follows = ahead + 1 < len(tokens) and tokens[ahead + 1].is_capital
                only_initials = all(tokens[n].is_initial for n in range(at + 1, ahead))
                if not only_initials and not (one.folded in particles and follows):
                    break
            marked[ahead] = True
            last, ahead, count = one.end, ahead + 1, count + 1


def _is_name_alone(text: str, tokens: list[WrittenWord], at: int) -> bool:
    token = tokens[at]
    if token.is_given and not token.is_ordinary and len(token.folded) > 3 and not token.is_capital:
        return True
    if not token.is_capital or token.is_initial or _is_of_thing(tokens, at):
        return False
    if token.is_given and not token.is_ordinary:
        return True
    if _has_initial_before(text, tokens, at) or _is_first_of_two(text, tokens, at):
        return True
    if token.is_given and not _begins_sentence(text, token):
        return True
    if token.is_ordinary:
        return False
    if token.is_upper and len(token.folded) <= _LONGEST_ACRONYM and "-" not in token.folded:
        return False
    glued = text[token.end : token.end + 1], text[max(0, token.start - 1) : token.start]
    return not any(sign.isdigit() for sign in glued)


def _has_initial_before(text: str, tokens: list[WrittenWord], at: int) -> bool:
    """Tell whether this is a family name after an initial: ``P. DURAND``, not ``S. AUREUS``."""
    if (
        not at
        or not tokens[at - 1].is_initial
        or text[tokens[at - 1].end : tokens[at].start] not in (". ", ".", " ")
    ):
        return False
    one = tokens[at]
    initial = text[max(0, tokens[at - 1].start - 2) : tokens[at - 1].start]
    begins = not initial.strip(" ") or initial.strip(" ")[-1:] in ",(\n"
    if begins and len(one.folded) > 2 and one.folded not in microbes():
        return True
    return not one.is_ordinary or (one.is_upper and len(one.folded) > 2 and one.folded not in microbes())


def _is_first_of_two(text: str, tokens: list[WrittenWord], at: int) -> bool:
    """Tell whether a first name stands before another word with a capital, on the same line."""
    if not tokens[at].is_given or at + 1 >= len(tokens):
        return False
    after = tokens[at + 1]
    return after.is_capital and text[tokens[at].end : after.start] == " " and len(after.folded) > 2


def _is_of_thing(tokens: list[WrittenWord], at: int) -> bool:
    """Tell whether a word before says that this is the name of a disease, a sign or a tool."""
    things = listed("of_things")
    before = [one.folded for one in tokens[max(0, at - 3) : at]]
    after = [one.folded for one in tokens[at + 1 : at + 3]]
    parts = tokens[at].folded.split("-")
    is_known = len(tokens[at].folded) > 2 and all(
        len(part) < 3 or part in listed("eponyms") for part in parts
    )
    return (
        any(word in things for word in before[-2:])
        or any(word in listed("after_things") for word in after[:2])
        or (is_known and not any(word in listed("titles") for word in before[-1:]))
    )


def _begins_sentence(text: str, token: WrittenWord) -> bool:
    before = text[max(0, token.start - 3) : token.start]
    return not before.strip(" ") or bool(_BREAK.search(before))


def _spread(text: str, tokens: list[WrittenWord], marked: list[bool]) -> None:
    """Mark initials, capitals and particles beside a name, to both sides."""
    for step in (1, -1):
        order = range(len(tokens)) if step == 1 else range(len(tokens) - 1, -1, -1)
        for at in order:
            beside = at - step
            if marked[at] or not 0 <= beside < len(tokens) or not marked[beside]:
                continue
            first, second = sorted((at, beside))
            between = text[tokens[first].end : tokens[second].start]
            if not _LINK.fullmatch(between):
                continue
            one = tokens[at]
            if one.folded in listed("titles") and not one.is_initial:
                continue
            if not tokens[beside].is_given and _is_of_thing(tokens, at):
                continue
            if (
                _is_surname_after(text, tokens, at, beside)
                or _is_particle_between(tokens, at, beside)
                or one.is_initial
                or (one.is_upper and (tokens[beside].is_given or not one.is_ordinary))
                or (one.is_capital and (not one.is_ordinary or one.is_given))
                or (tokens[beside].is_given and not tokens[beside].is_capital and not one.is_ordinary)
            ):
                marked[at] = True


def _is_surname_after(text: str, tokens: list[WrittenWord], at: int, beside: int) -> bool:
    """Tell whether a word that may be any word is a name: it stands after a first name, on the same line."""
    one, before = tokens[at], tokens[beside]
    return (
        at > beside
        and before.is_given
        and one.is_capital
        and text[before.end : one.start] == " "
        and not text[one.end : one.end + 2].lstrip().startswith(":")
    )


def _is_particle_between(tokens: list[WrittenWord], at: int, beside: int) -> bool:
    """Tell whether a particle has a name on one side and a word with a capital on the other."""
    other = 2 * at - beside
    if tokens[at].folded not in listed("particles") or not 0 <= other < len(tokens):
        return False
    return tokens[at].is_capital and tokens[other].is_capital and len(tokens[other].folded) > 1


def _places(text: str) -> Iterator[Place]:
    """Yield towns and hospitals that the lists name, and what is called a hospital or clinic."""
    plain = flat(text)
    for pattern in (_AFTER_CODE, _CEDEX, _TOWN):
        for found in pattern.finditer(text):
            yield found.span()
    for found in _facilities().finditer(text):
        named = found.span("name")
        yield named if named != (-1, -1) else found.span()
    for found in _listed_places().finditer(plain):
        if text[found.start()].isupper() or " " in found[0] or found[0] in ("parisien", "lyonnais"):
            yield found.span()


@cache
def _facilities() -> re.Pattern[str]:
    """A kind of house and its name, in either order."""
    french = r"(?:[Hh][ôo]pita(?:l|ux)|H[ÔO]PITAL|[Hh]op\.?|HOP\.?|CHR?U?|[Cc]linique|CLINIQUE|[Mm]aternité)"
    whole = r"(?:[Cc]entre [Hh]ospitalier|CENTRE HOSPITALIER|[Cc]entre de [Ss]anté)"
    link = r"(?:(?:d[eu]s?|de la|l[ae]s?|aux?|européen) |d['’]|l['’])"
    name = rf"{link}?{_NAME}(?:[ -](?:(?:d[eu]s?|l[ae]s?) )?{_NAME}){{0,4}}"
    english = rf"{_NAME}(?: {_NAME}){{0,3}}(?: [Uu]niversity| [Gg]eneral)? [Hh]ospital(?!\w)"
    return re.compile(rf"(?<!\w){french} ?:? (?P<name>{name})|(?<!\w){whole} {name}|(?<![\w.'’-]){english}")


@cache
def _listed_places() -> re.Pattern[str]:
    known = sorted(listed("towns") | listed("hospitals"), key=len, reverse=True)
    words = "|".join(re.escape(word) for word in known)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)(?:[ -](?:cedex(?: \d{{1,2}})?|\d{{1,2}}(?!\d)))?")
