"""Text is data: what it spells is never read by a model as a token that steers it.

Chat templates mark turns with words such as ``<|im_end|>``, ``[/INST]`` or ``<start_of_turn>``, readers mark
texts with ``[SEP]`` or ``</s>``. A tokenizer makes the token itself out of such a word wherever it stands.
Each maker has its own, so the shape is broken, not a list: a word in angle or square brackets. What is put in
their place looks alike, and no normaliser turns it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_OPEN_ANGLE = re.compile(r"[<＜﹤](?=[^<>＜＞﹤﹥\s]{1,64}[>＞﹥])|[<＜﹤](?=[|｜])")
_CLOSE_ANGLE = re.compile(r"(?<=[|｜])[>＞﹥]")
_SQUARE = re.compile(r"[\[［](/?[^\W\d][\w/.-]{0,40})[\]］]")
"""Also in the wide forms, which a tokenizer's compatibility form (NFKC) makes the plain ones."""


def without_control_tokens(text: str, tokens: Iterable[str] = ()) -> str:
    """Return a text that spells no control token; ``tokens`` are those of the tokenizer at hand, where they
    are known.
    """
    text = _SQUARE.sub(r"(\1)", _CLOSE_ANGLE.sub("›", _OPEN_ANGLE.sub("‹", text)))
    for token in tokens:
        if token.strip():
            text = text.replace(token, f"{token[:1]} {token[1:]}")
    return text
