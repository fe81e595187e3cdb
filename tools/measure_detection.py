"""How well the language of documents, sentences and short questions is told: ``python -m
tools.measure_detection FRENCH ENGLISH``.

Each argument is a file of JSON Lines with a ``text`` (or ``question``) field, gzipped or not. Windows of 2, 5
and 10 words are cut at fixed places, so that two runs see the same texts.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.clinical.detection import by_letters
from rag.clinical.language import language_of, served

_EACH = 400


def main(french: Path, english: Path) -> None:
    """Print the share told rightly, wrongly and not at all, by kind of text and by means."""
    means: dict[str, Callable[[str], str | None]] = {
        "combination": language_of,
        "langdetect": _letters_alone,
    } | _former()
    for kind in ("document", "sentence", "10 words", "5 words", "2 words"):
        cases = [
            (text, code) for code, path in (("fr", french), ("en", english)) for text in _cases(path, kind)
        ]
        for name, tell in means.items():
            start = time.perf_counter()
            said = [(tell(text), code) for text, code in cases]
            spent = time.perf_counter() - start
            right = sum(one == code for one, code in said) / len(said)
            wrong = sum(one not in (None, code) for one, code in said) / len(said)
            untold = f"not told {1 - right - wrong:.3f}, {1000 * spent / len(said):.2f} ms"
            print(f"{kind:10} {name:12} right {right:.3f} wrong {wrong:.3f} {untold}")


def _letters_alone(text: str) -> str | None:
    odds = by_letters(text, served())
    best = max(odds, key=lambda code: odds[code])
    return best if sorted(odds.values())[-2] < -0.85 else None


def _former() -> dict[str, Callable[[str], str | None]]:
    """Return the means that this one replaced, where it is still installed."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        return {}
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(served()))

    def tell(text: str) -> str | None:
        code, chance = identifier.classify(text)
        return str(code) if chance >= 0.7 else None

    return {"py3langid": tell}


def _cases(path: Path, kind: str) -> Iterator[str]:
    draw = random.Random(0)
    for text in _texts(path):
        sentences = [part for part in re.split(r"(?<=[.?!])\s+|\n+", text) if len(part.split()) >= 10]
        if not sentences:
            continue
        sentence = draw.choice(sentences)
        words = sentence.split()
        size = int(kind.split()[0]) if kind[0].isdigit() else 0
        first = draw.randrange(max(1, len(words) - size + 1))
        yield (
            text
            if kind == "document"
            else sentence
            if kind == "sentence"
            else " ".join(words[first : first + size])
        )


def _texts(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    lines = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8").splitlines()
    for line in lines[:_EACH]:
        read = json.loads(line)
        yield str(read.get("text") or read.get("question") or "")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
