"""Whether words of a record speak of what a question names, and of the patient: by the table of concepts, in
either language.

The fitted gate knows words; this knows things. A sentence that names another drug, or the same disease of a
mother, is no answer, however near it lies; a short note that names the very thing is one, however little it
looks like the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rag.answer.from_facts.matching import form_keys, keys
from rag.clinical.concepts import concept, kinds_of, mentions
from rag.clinical.folding import flat
from rag.core.types import Citation, Evidence
from rag.retrieve.tuning import tuning
from rag.understand.cues import has
from rag.understand.values import Named, QuestionPart

_OF_A_PERSON = frozenset({"condition", "symptom", "lab", "vital", "drug", "drug_class"})
"""Sorts of things that a relative may have too."""
_RELATIVES = frozenset(
    {
        "aunt", "brother", "cousin", "daughter", "family", "father", "grandfather", "grandmother", "husband",
        "mother", "nephew", "parents",
        "relatives", "sibling", "sister", "son", "twin", "uncle", "wife",
    }
)  # fmt: skip


def names_all(part: QuestionPart, texts: Iterable[str]) -> bool:
    """Tell whether the texts, taken together, name each thing that a part names, and every word that is in no
    table.
    """
    texts = list(texts)
    said = frozenset().union(*(keys(text) for text in texts)) if texts else frozenset()
    things = _things(part)
    return (
        bool(things)
        and all(any(_names(text, readings) for text in texts) for readings in things)
        and keys(" ".join(part.words)) <= said
    )


def is_told(part: QuestionPart, citation: Citation, evidence: Sequence[Evidence]) -> bool:
    """Tell whether a quote, in its place, speaks of one of the things named, and not of a relative where none
    is asked about.
    """
    things = _things(part)
    if not things:
        return _is_of_sort(part, citation.quote)
    around = _in_place(citation, evidence)
    if not any(_names(around, readings) for readings in things):
        return False
    return part.asks("family") or not _is_of_relative(part, citation.quote)


def _is_of_sort(part: QuestionPart, quote: str) -> bool:
    """Tell whether a quote is of the sort of thing asked for, where a question names the sort alone and a
    note writes it in the question's own words.
    """
    sorts = sorted(part.kinds & _IN_OWN_WORDS)
    return not sorts or any(has("kinds", sort, flat(quote)) for sort in sorts)


_IN_OWN_WORDS = frozenset({"directive"})


def _things(part: QuestionPart) -> list[tuple[Named, ...]]:
    """The things named, each with its readings; places only where nothing else is named."""
    read = [one for one in part.named if not one.is_guessed] or list(part.named)
    main = [one for one in read if one.kind not in ("anatomy", "organism")] or read
    ordered = sorted(main, key=lambda one: one.text.casefold())
    return [tuple(group) for _, group in groupby(ordered, key=lambda one: one.text.casefold())]


def _names(text: str, readings: Sequence[Named]) -> bool:
    named = {mention.concept_id for mention in mentions(text)}
    wanted = {one.concept for one in readings}
    if any(not wanted.isdisjoint(kinds_of(found)) for found in named) or any(
        not named.isdisjoint(kinds_of(one)) for one in wanted
    ):
        return True
    words = keys(text)
    return any(form and form <= words for one in readings for form in form_keys(one.concept))


def _in_place(citation: Citation, evidence: Sequence[Evidence]) -> str:
    """Return a quote with what stands before it in its passage, and the headings above."""
    for item in evidence:
        passage = item.scored.passage
        if passage.passage_id == citation.passage_id:
            start = max(0, citation.start - passage.start - tuning().gate.before_quote)
            return "\n".join((*passage.headings(), passage.text[start : citation.end - passage.start]))
    return citation.quote


def _is_of_relative(part: QuestionPart, quote: str) -> bool:
    if not any(one.kind in _OF_A_PERSON for one in part.named):
        return False
    return any(
        mention.concept_id in _RELATIVES and concept(mention.concept_id).kind == "person"
        for mention in mentions(quote)
    )
