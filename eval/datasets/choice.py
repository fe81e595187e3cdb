"""Multiple-choice questions: options in letters, the right ones where they are known, and what results are
broken down by.

JSON Lines of the project's own, a question a line:
``{"_id","question","options","answer"?,"language"?,"dataset"?,"subject"?,"gold_docs"?, "slices"?}``.
``options`` is an object (letter → text) or a list; ``answer`` is the key of the right option (with a list:
its letter), or a list of keys where a set of options is to be chosen, even a set of one. Public forms are
read in ``choice_forms.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.records import read_records
from rag.clinical.language import detect_language
from rag.core.errors import UsageError

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LANGUAGES = ("fr", "en")
_FEWEST_OPTIONS = 2


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question with its options, lettered from A in their order.

    ``gold`` holds the right letters in their order, none where they are not known. ``takes_several`` says
    that a set is to be chosen, not one option; it never tells how many are right.
    """

    id: str
    text: str
    options: tuple[str, ...]
    gold: tuple[str, ...] = ()
    takes_several: bool = False
    language: str = "en"
    dataset: str = ""
    gold_docs: tuple[str, ...] = ()
    slices: tuple[tuple[str, str], ...] = ()

    @property
    def letters(self) -> str:
        """Return the letters that may be chosen."""
        return LETTERS[: len(self.options)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A question as a file has it. ``fault`` makes the error for a field that is missing or of the wrong
    form: it names the place.
    """

    values: Mapping[str, object]
    fault: Callable[[str], UsageError]

    def text(self, field: str) -> str:
        """Return a field that must be text and not empty."""
        value = self.values.get(field)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(field)
        return value.strip()

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a field that, where it is given, is a list of texts or whole numbers, as texts."""
        value = self.values.get(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(
            isinstance(item, str | int) and not isinstance(item, bool) for item in value
        ):
            raise self.fault(field)
        return tuple(str(item) for item in value)

    def options(self, field: str) -> dict[str, str]:
        """Return the options by their keys in the file; those of a list are keyed by letters."""
        value = self.values.get(field)
        if isinstance(value, list) and len(value) <= len(LETTERS):
            value = dict(zip(LETTERS, value, strict=False))
        if not isinstance(value, dict) or not _FEWEST_OPTIONS <= len(value) <= len(LETTERS):
            raise self.fault(field)
        if not all(isinstance(option, str) and option.strip() for option in value.values()):
            raise self.fault(field)
        return {str(key): " ".join(option.split()) for key, option in value.items()}

    def gold(self, field: str, options: Mapping[str, str]) -> tuple[str, ...]:
        """Return the letters of the right options; none where the field is missing or null."""
        value = self.values.get(field)
        if value is None:
            return ()
        letters = dict(zip(options, LETTERS, strict=False))
        keys = value if isinstance(value, list) else [value]
        right = {letters[key] for key in keys if isinstance(key, str) and key in letters}
        if not right or len(right) < len(keys):
            raise self.fault(field)
        return tuple(sorted(right))


def own_questions(path: Path) -> Iterator[ChoiceQuestion]:
    """Yield the questions of a file of the project's own form. Raises ``UsageError`` for a malformed line,
    with file and line.
    """
    for record in read_records(path):
        entry = Entry(record.values, record.error)
        options = entry.options("options")
        text, language = entry.text("question"), record.optional_text("language")
        if language is not None and language not in _LANGUAGES:
            raise record.error("language")
        subject = record.optional_text("subject")
        yield ChoiceQuestion(
            id=record.identifier(),
            text=text,
            options=tuple(options.values()),
            gold=entry.gold("answer", options),
            takes_several=isinstance(record.values.get("answer"), list),
            language=language or detect_language(text),
            dataset=record.optional_text("dataset") or "",
            gold_docs=entry.texts("gold_docs"),
            slices=(*record.slices(), *([("subject", subject)] if subject else [])),
        )
