"""Writes ``rag/clinical/deidentification/ordinary.txt``: words that are no names, as far as this project's
own texts tell, which write them in lower case. Run it again when the bundled texts grow.

    python tools/ordinary_words.py
"""

from __future__ import annotations

import re
from pathlib import Path

from rag.clinical.folding import fold

ROOT = Path(__file__).parents[1]
OUT = ROOT / "rag" / "clinical" / "deidentification" / "ordinary.txt"
ENDINGS = {".txt", ".md", ".html", ".json", ".jsonl", ".toml", ".tsv", ".xml"}
WORD = re.compile(r"[^\W\d_]{3,}")


def main() -> None:
    """Collect the words and write them, sorted."""
    found: set[str] = set()
    for path in sorted([*(ROOT / "rag").rglob("*"), *(ROOT / "docs").rglob("*.md")]):
        if path.suffix not in ENDINGS or path == OUT or path.name == "names.toml":
            continue
        for word in WORD.findall(path.read_text(encoding="utf-8", errors="ignore")):
            if word.islower():
                found.add(fold(word))
    head = "# Words in lower case in this project's own texts, folded; made by tools/ordinary_words.py.\n"
    OUT.write_text(head + "\n".join(sorted(found)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
