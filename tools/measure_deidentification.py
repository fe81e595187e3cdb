"""Measures de-identification on texts whose identities are tagged as ``[Dupont](NOM)``: which tags are
blotted out whole, which are missed, and how much else is.

    python tools/measure_deidentification.py FILE [--misses 50] [--extra 50]
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

from rag.clinical.deidentification import Deidentifier

_TAG = re.compile(r"\[([^\]\[]+)\]\(([A-Z_]+)\)")
_WORD = re.compile(r"\w+")


def untagged(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the text without its tags, and where each was."""
    plain, tags, at = "", [], 0
    for found in _TAG.finditer(text):
        plain += text[at : found.start()]
        tags.append((len(plain), len(plain) + len(found[1]), found[2]))
        plain, at = plain + found[1], found.end()
    return plain + text[at:], tags


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--misses", type=int, default=50)
    parser.add_argument("--extra", type=int, default=0)
    given = parser.parse_args()
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    misses, extra, words, kept_wrongly = [], Counter[str](), 0, 0
    for part in given.file.read_text(encoding="utf-8").split("\n\n"):
        plain, tags = untagged(part)
        after = Deidentifier().text(plain)
        assert len(after) == len(plain)
        is_tagged = [False] * len(plain)
        for start, end, kind in tags:
            is_tagged[start:end] = [True] * (end - start)
            left = [n for n in range(start, end) if plain[n].isalnum() and after[n] == plain[n]]
            total[kind] += 1
            found[kind] += not left
            if left:
                misses.append(f"{kind}: {plain[start:end]!r} in {plain[max(0, start - 30) : end + 20]!r}")
        for word in _WORD.finditer(plain):
            if not any(is_tagged[word.start() : word.end()]):
                words += 1
                if after[word.start() : word.end()] != word[0]:
                    kept_wrongly += 1
                    extra[word[0]] += 1
    for kind in sorted(total):
        print(f"{kind:16} {found[kind]:5} / {total[kind]:5}  {found[kind] / total[kind]:.3f}")
    whole, every = sum(found.values()), sum(total.values())
    print(f"{'all':16} {whole:5} / {every:5}  recall {whole / every:.4f}")
    print(f"other words blotted: {kept_wrongly} of {words} ({kept_wrongly / max(1, words):.3f})")
    print("\n".join(misses[: given.misses]))
    print(" | ".join(f"{word} {count}" for word, count in extra.most_common(given.extra)))


if __name__ == "__main__":
    main()
