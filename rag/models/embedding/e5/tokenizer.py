"""The XLM-R unigram tokenizer of multilingual-e5-small, built from the pieces and scores in its weights file.

Text is data: a document that contains ``<s>`` or ``<mask>`` is split like any other text, and can never yield
a special token.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rag.models.embedding.e5.bin import Vocabulary
from rag.models.embedding.encodable import encodable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_SPACE = "▁"
_OUT_OF_REACH = "\x00"
"""Put before the special pieces: the character table drops every control character, so no text can spell
them.
"""


class E5Tokenizer:
    """Turns text into token ids. Safe to share between threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._begin, self._end = vocabulary.begin, vocabulary.end
        self._replacements = {0: "", **vocabulary.replacements}
        self._engine = _engine(vocabulary)

    def ids(self, text: str) -> list[int]:
        """Return the ids of a text, between the tokens that begin and end a sequence. Never cut."""
        return [self._begin, *self._pieces(text), self._end]

    def count(self, text: str) -> int:
        """Return the number of tokens of a text alone: no prefix, no begin, no end."""
        return len(self._pieces(text))

    def _pieces(self, text: str) -> list[int]:
        # The table replaces single characters; composing first makes it meet decomposed accents too.
        plain = unicodedata.normalize("NFC", encodable(text)).translate(self._replacements)
        ids: list[int] = self._engine.encode(plain, add_special_tokens=False).ids
        return ids


def _engine(vocabulary: Vocabulary) -> Tokenizer:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    special = {vocabulary.begin, vocabulary.end, vocabulary.padding, len(vocabulary.pieces) - 1}
    pieces = [
        (_OUT_OF_REACH + piece if at in special else piece) for at, piece in enumerate(vocabulary.pieces)
    ]
    engine = Tokenizer(
        models.Unigram(list(zip(pieces, vocabulary.scores, strict=True)), unk_id=vocabulary.unknown)
    )
    engine.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    engine.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_SPACE, prepend_scheme="always", split=False)
    return engine
