"""Counts of right, wrong and missing for each thing that marks state, by language, with what was missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from eval.facts.marked import ASSERTIONS, Mark, Snippet
from rag.clinical.facts import extract
from rag.clinical.facts.conditions import assertion_at
from rag.clinical.facts.note import Note, read_note
from rag.clinical.facts.sides import side_of
from rag.core.facts import Fact, Period

_THINGS = frozenset({"condition", "procedure", "device", "imaging"})
_RESULTS = frozenset({"lab", "vital"})


@dataclass(slots=True)
class Tally:
    """True and false positives and false negatives of one measure."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall; 0 where nothing was right."""
        return 2 * self.right / total if (total := 2 * self.right + self.wrong + self.missed) else 0.0


@dataclass(slots=True)
class Score:
    """Tallies by measure and language, and a line for each error."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def of(self, measure: str, language: str) -> Tally:
        """Return the tally of a measure in a language, made where it is new."""
        return self.tallies.setdefault((measure, language), Tally())

    def count(self, measure: str, snippet: Snippet, gold: str, said: str, empty: str = "") -> None:
        """Count one answer against the mark; ``empty`` is the answer that claims nothing."""
        tally = self.of(measure, snippet.language)
        if said == gold and gold != empty:
            tally.right += 1
        elif said != gold:
            tally.wrong += said != empty
            tally.missed += gold != empty


def score(snippets: Sequence[Snippet], predictions: Mapping[tuple[str, int], str] | None = None) -> Score:
    """Score the program on marked snippets; ``predictions`` (by snippet and mark) replace its assertions."""
    result = Score()
    for snippet in snippets:
        note = read_note(snippet.text, (), snippet.language, snippet.kind, "", snippet.authored_at)
        for number, mark in enumerate(snippet.marks):
            if mark.kind in _THINGS or mark.kind == "family":
                given = None if predictions is None else predictions.get((snippet.name, number), "present")
                _thing(result, snippet, note, mark, given)
        if predictions is None:
            _facts(result, snippet)
    return result


def _thing(result: Score, snippet: Snippet, note: Note, mark: Mark, given: str | None) -> None:
    span = (mark.start, mark.end)
    limit = min(
        [
            note.sentence_at(mark.start).end,
            *(other.start for other in snippet.marks if other.start >= mark.end),
        ]
    )
    assertion, when = assertion_at(note, span, limit)
    said = given if given is not None else assertion
    for name in sorted(ASSERTIONS):
        result.count(name, snippet, name if mark.assertion == name else "", name if said == name else "")
    if said != mark.assertion:
        result.errors.append(_line(snippet, mark, "assertion", mark.assertion, said))
    if given is not None:
        return
    side = side_of(note, span)[0]
    if mark.kind != "family":
        result.count("side", snippet, mark.side, side)
        if side != mark.side:
            result.errors.append(_line(snippet, mark, "side", mark.side, side))
    if mark.at:
        day = text_of(when.at)
        result.count("date", snippet, mark.at, day, "-")
        if day != mark.at:
            result.errors.append(_line(snippet, mark, "date", mark.at, day))


def text_of(period: Period | None) -> str:
    """Return a period as marks write it: a day, ``2026-03..`` for one that lasts, ``-`` for none; a time of
    day is left out.
    """
    if period is None:
        return "-"
    start, end = (None if end is None else end[:10] for end in (period.start, period.end))
    return f"{start}" if start == end else f"{start or ''}..{end or ''}"


def _facts(result: Score, snippet: Snippet) -> None:
    facts = extract(
        snippet.text, language=snippet.language, kind=snippet.kind, authored_at=snippet.authored_at
    )
    for kinds, measure, said in (
        (_RESULTS, "result", _result_of),
        (frozenset({"drug"}), "drug", _drug_of),
        (frozenset({"allergy"}), "allergy", _allergy_of),
    ):
        gold = list(_gold(snippet, kinds, measure))
        found = [
            (fact, said(fact))
            for fact in facts
            if fact.kind in kinds and fact.confidence >= 0.5 and fact.concept != "diastolic_pressure"
        ]
        _match(result, snippet, measure, gold, found)


def _gold(snippet: Snippet, kinds: frozenset[str], measure: str) -> Iterator[tuple[Mark, tuple[str, ...]]]:
    for mark in snippet.marks:
        if mark.kind not in kinds or mark.status == "unconfirmed":
            continue
        if measure == "result":
            yield (
                mark,
                (
                    mark.concept,
                    mark.value,
                    mark.unit,
                    mark.at or snippet.authored_at,
                    mark.status or "final",
                ),
            )
        elif measure == "drug":
            yield mark, (mark.status or mark.assertion, mark.dose)
        else:
            yield mark, (mark.concept, mark.status or "present")


def _result_of(fact: Fact) -> tuple[str, ...]:
    value = fact.value_text if fact.value is None else f"{fact.comparator}{fact.value:g}"
    return (
        fact.concept,
        value.replace("_", " "),
        fact.unit.replace("[", "").replace("]", ""),
        text_of(fact.at),
        fact.status,
    )


def _drug_of(fact: Fact) -> tuple[str, ...]:
    return (
        fact.status or fact.assertion if fact.assertion == "present" else fact.assertion
    ), fact.details.get("dose", "")


def _allergy_of(fact: Fact) -> tuple[str, ...]:
    return fact.concept, fact.status


def _match(
    result: Score,
    snippet: Snippet,
    measure: str,
    gold: Sequence[tuple[Mark, tuple[str, ...]]],
    found: Sequence[tuple[Fact, tuple[str, ...]]],
) -> None:
    """Pair marks with facts that overlap them; a pair that differs is both wrong and missed."""
    tally = result.of(measure, snippet.language)
    rest = list(found)
    for mark, wanted in gold:
        over = [
            (fact, said)
            for fact, said in rest
            if any(start < mark.end and mark.start < end for start, end in fact.spans)
        ]
        best = next((pair for pair in over if pair[1] == wanted), over[0] if over else None)
        if best is None:
            tally.missed += 1
            result.errors.append(_line(snippet, mark, measure, str(wanted), "nothing"))
            continue
        rest.remove(best)
        if best[1] == wanted:
            tally.right += 1
        else:
            tally.wrong += 1
            tally.missed += 1
            result.errors.append(_line(snippet, mark, measure, str(wanted), str(best[1])))
    for fact, said in rest:
        tally.wrong += 1
        result.errors.append(
            f"{snippet.name} [{measure}] nothing is marked at"
            f" {snippet.text[fact.spans[0][0] : fact.spans[0][1]]!r}, said {said}"
        )


def _line(snippet: Snippet, mark: Mark, measure: str, gold: str, said: str) -> str:
    around = snippet.text[max(0, mark.start - 50) : mark.end + 40].replace("\n", " / ")
    return (
        f"{snippet.name} [{measure}] {snippet.text[mark.start : mark.end]!r}: {gold or 'none'}, said"
        f" {said or 'none'}   …{around}…"
    )


def kinds_of(snippets: Sequence[Snippet]) -> Counter[str]:
    """Return how many marks there are of each kind."""
    return Counter(mark.kind for snippet in snippets for mark in snippet.marks)
