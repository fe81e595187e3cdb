"""How a patient lives (tobacco, alcohol, autonomy) and what they decided beforehand (resuscitation,
directives, trusted person).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.clinical.facts.dating import time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, Note
from rag.clinical.patterns import pattern
from rag.clinical.phrases import Phrase, phrases_in
from rag.core.facts import Fact, FactKind, FactStatus, Period

_PACKS = re.compile(
    r"(?P<n>\d{1,3}(?:[.,]\d)?)\s?(?:a\s\d+\s)?(?:pa\b|paquets?[- ]annees?|p\.a\.?|pack[- ]?years?|py\b)"
)
_AMOUNT = pattern("amount", "drinks", r"(?:\d/)?\d{1,3}(?:[.,]\d)?\s?")
_NOT_WRITTEN = re.compile(r"(?:non|aucune?|pas|absence|neant|no|none|not)\b")
_QUIT = re.compile(r"\b(?:sevree?|arretee?|stoppee?|ancien|quit|former|stopped)\b")
_DRINK = re.compile(r"alco|units?|unites?|verres?|glass|beer|biere")
_WISHED = re.compile(
    r"\s*(?:complet |total |definitif )?"
    r"(?:conseille|souhait|indispensable|recommande|encourage|imperatif|propose|advis|recommend|encourag|prevu|envisage)"
)
_BESIDE = 6
_BARE_VERBS = frozenset({"boit", "consomme", "drinks"})
_LINE = re.compile(r"[\s:=,-]*(?P<value>[^\n.;|]{2,120})")
_QUIT_AT = re.compile(
    r"(?:sevre\w*|arret\w*|stoppe\w*|quit|stopped|ceased|plus|longer|given up)\b[^.;\n\d]{0,24}?"
    r"(?:depuis|since|en|in|il y a|for)\s(?P<quit>(?:le |environ |about |the )?(?:\w+ )?\d{1,4}"
    r"(?:/\d{1,2}/\d{2,4})?"
    r"(?: ?(?:ans?|mois|semaines?|jours?|years?|months?|weeks?|days?)(?: ago)?)?)"
)
"""Since when somebody no longer smokes or drinks, beside the word that says so."""
_SORTS = frozenset({"tobacco", "alcohol", "autonomy", "directive"})


def living(note: Note) -> Iterator[Fact]:
    """Yield what a note states of tobacco, alcohol, autonomy and directives: the first of each sort in a
    sentence.
    """
    for sentence in note.sentences:
        seen: set[str] = set()
        phrases = list(phrases_in(note.tokens, note.language, "living", sentence.first, sentence.last))
        for number, phrase in enumerate(phrases):
            table, name = phrase.name.split(".")
            following = next(
                (one for one in phrases[number + 1 :] if one.name.startswith("directive.")), None
            )
            if name == "advance" and following is not None and following.start - phrase.end < _BESIDE:
                continue  # "directives anticipées : pas de réanimation" says one thing, the second
            if name in ("current", "former") and _WISHED.match(note.plain, phrase.end):
                continue  # what is advised is not done
            if table in seen and table not in ("autonomy", "directive"):
                continue
            limit = following.start if following is not None and table == "directive" else sentence.end
            if table in _SORTS and (fact := _fact(note, phrase, table, name, limit)):
                seen.add(table)
                yield fact


def _told_on(note: Note, start: int, end: int) -> Period | None:
    """Return the day that the words of a directive name, else the time of its place."""
    inside = next((when for when in note.whens if start <= when.start < end and when.sort == "at"), None)
    return inside.period if inside is not None else time_of(note, (start, end)).at


def _fact(note: Note, phrase: Phrase, table: str, name: str, limit: int) -> Fact | None:
    stand = note.stand((phrase.start, phrase.end))
    if (stand.assertion == "family" and table != "directive") or stand.is_conditional:
        return None
    denied = stand.assertion == "negated"
    if table == "autonomy" and denied:
        return None
    if denied and name == "current":
        name = "never"
    if name == "current" and _QUIT.search(note.plain, phrase.end, min(limit, phrase.end + 60)):
        name = "former"
    if name == "current" and re.match(
        r"\s*[:=]\s*(?:non|jamais|0(?!\d|[.,]\d)|neant|no|never|none)",
        note.plain[phrase.end : phrase.end + 14],
    ):
        name = "never"
    end, details = phrase.end, {}
    if table == "tobacco" and (packs := _PACKS.search(note.plain, phrase.start, min(limit, phrase.end + 60))):
        details["pack_years"], end = packs["n"].replace(",", "."), max(end, packs.end())
    elif (
        table in ("tobacco", "alcohol")
        and (amount := _AMOUNT.search(note.plain, phrase.end, min(limit, phrase.end + 50))) is not None
        and not (table == "tobacco" and _DRINK.search(note.plain, *amount.span()))
    ):
        details["amount"], end = note.quote(*amount.span()), amount.end()
    if name == "former" and (quit_at := _QUIT_AT.search(note.plain, phrase.start, min(limit, end + 60))):
        details["quit"], end = note.quote(*quit_at.span("quit")), max(end, quit_at.end())
    if note.plain[phrase.start : phrase.end] in _BARE_VERBS and "amount" not in details:
        return None  # "boit de l'eau"
    kind: FactKind = "directive" if table == "directive" else "lifestyle"
    value = note.quote(phrase.start, end)
    if table == "directive" and (rest := _LINE.match(note.text, phrase.end, limit)):
        begin, end = rest.start("value"), rest.start("value") + len(rest["value"].rstrip())
        value = note.quote(phrase.start if name == "resuscitation" else begin, end).strip()
        answers = name != "resuscitation" or ":" in note.plain[phrase.end : begin]
        denied = denied or (answers and _NOT_WRITTEN.match(note.plain, begin) is not None)
    status: FactStatus = "unconfirmed" if note.foreign.holds(phrase.start) else "present"
    return Fact(
        kind=kind,
        concept=f"{table}_{name}" if table == "directive" else table,
        label=note.quote(phrase.start, phrase.end),
        spans=((phrase.start, end),),
        status=status,
        assertion=(
            "history"
            if name == "former"
            else "negated"
            if name == "never" or (denied and kind == "directive")
            else "present"
        ),
        value_text=value,
        at=_told_on(note, phrase.start, end)
        if kind == "directive"
        else time_of(note, (phrase.start, end)).at,
        recorded_at=note.authored_at,
        confidence=DOUBTFUL if status == "unconfirmed" else SURE if details else LIKELY,
        details={"state": name, **details},
    )
