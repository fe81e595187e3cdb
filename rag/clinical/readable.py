"""A text as the rules of facts may read it: without what no clinician writes, each letter in its place.

The rules look at sentences, and some take longer than in proportion to one. So what would make a sentence
endless is blanked: words of hundreds of letters, lines of thousands, wide gaps. What is blanked states no
fact; the text itself, and its offsets, stay as they are.
"""

from __future__ import annotations

import re

LONGEST_WORD = 120
LONGEST_LINE = 2_000
MOST = 300_000
"""Characters of one document that are read for facts; a longer one is a table of data or a book."""
_WIDEST_GAP = 120

_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_GAP = re.compile(rf"[^\S\n]{{{_WIDEST_GAP + 1},}}")
_LINE = re.compile(rf"[^\n]{{{LONGEST_LINE + 1},}}")


def readable(text: str) -> str:
    """Return a text of the same length, cut at ``MOST``, in which no word, gap or line is longer than the
    rules can bear.
    """
    text = _WORD.sub(_fenced, text[:MOST])
    text = _GAP.sub(_fenced, text)
    return _LINE.sub(_fenced, text)


def _fenced(found: re.Match[str]) -> str:
    """Break a wide gap by marks, so that no run of white space is wider than a column."""
    length = len(found[0])
    return ((" " * _WIDEST_GAP + "|") * (length // _WIDEST_GAP + 1))[:length]
