"""What must be said before any search: an emergency, a person in danger, a language that is not served, text
that speaks to a machine.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from rag.clinical.folding import flat
from rag.clinical.languages import language, served
from rag.core.types import Notice
from rag.understand.cues import has
from rag.understand.segments import segments_of

_WORD = re.compile(r"[^\W\d_]+")
_TEMPLATE = re.compile(
    r"<\|[^|>\n]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|"
    r"^\s*#{2,}\s*(?:system|instruction|assistant|user)\b|^\s*(?:system|assistant|user)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
"""Marks of the turns of a conversation with a model; no clinical text has them."""
_FEWEST = 2
_FOREIGN_SCRIPT = 0.5


def alerts_in(text: str) -> tuple[Notice, ...]:
    """Return what a reader must be told of a question before it is searched."""
    plain = flat(text)
    notices: list[Notice] = []
    if has("alerts", "suicidal", plain):
        notices.append("suicidal")
    if has("alerts", "emergency", plain):
        notices.append("emergency")
    if is_of_other_language(text):
        notices.append("language_not_served")
    if addresses_machine(text):
        notices.append("instructions_ignored")
    return tuple(notices)


def addresses_machine(text: str) -> bool:
    """Tell whether a text speaks to a program rather than to a reader: orders to ignore instructions, to
    print other records, marks of a chat template.
    """
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return bool(_TEMPLATE.search(visible)) or has("addressed", "machine", flat(visible))


def is_all_addressed(text: str) -> bool:
    """Tell whether a question does nothing but speak to the program."""
    pieces = [segment.text for segment in segments_of(text)]
    return all(addresses_machine(piece) for piece in pieces)


def is_of_other_language(text: str) -> bool:
    """Tell whether a text is clearly written in a language that is not served."""
    letters = [character for character in text if character.isalpha()]
    foreign = sum("LATIN" not in unicodedata.name(character, "LATIN") for character in letters)
    if (
        letters
        and len(letters) > 3
        and foreign / len(letters) > _FOREIGN_SCRIPT
        and len(_WORD.findall(text)) > 1
    ):
        return True
    words = {word.lower() for word in _WORD.findall(text)}
    own = max(len(words & known) for known in _own().values())
    other = max((len(words & known) for code, known in _others().items() if code not in served()), default=0)
    return other >= _FEWEST and other > own


@cache
def _own() -> Mapping[str, frozenset[str]]:
    tongues = {code: language(code) for code in served()}
    return {code: tongue.function_words | tongue.stop_words for code, tongue in tongues.items()}


@cache
def _others() -> Mapping[str, frozenset[str]]:
    table = tomllib.loads((files(__package__) / "other_languages.toml").read_text(encoding="utf-8"))
    return {code: frozenset(words.split()) for code, words in table.items()}
