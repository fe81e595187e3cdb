"""Count over all formats: ``python -m tools.marked --rounds 3``. Ends with 1 where a word was lost in
silence.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tools.marked.places import Place
from tools.marked.reading import Marks

WORDS = ("zaphirol", "Zaphirolé", "zaphirol4", "ZAPHIROL", "zaphi")


def every_place() -> list[Place]:
    """Return the places of all formats."""
    from tools.marked import cda, fhir, hl7, media, office, pages

    held = (office, pages, media, fhir, hl7, cda)
    return [place for one in held for place in one.places()]


def main() -> int:
    """Read every place with several words, and print what became of them."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--rounds", type=int, default=2, help="words that are tried at every place, at most 5"
    )
    arguments.add_argument("--format", default="", help="one format alone")
    chosen = arguments.parse_args()
    marks, counts, lost = Marks(), Counter[tuple[str, str]](), []
    for word in WORDS[: chosen.rounds]:
        for place in every_place():
            if chosen.format in ("", place.format):
                fate = marks.fate(place, word)
                counts[place.format, fate] += 1
                if fate in ("lost", "failed"):
                    lost.append(f"{fate}: {place.format} {place.name} {word}")
    for name in dict.fromkeys(name for name, _ in counts):
        print(
            name, *(f"{fate} {counts[name, fate]}" for fate in ("read", "named", "failed", "lost")), sep="  "
        )
    print(
        "files",
        sum(counts.values()),
        " lost in silence",
        sum(count for (_, fate), count in counts.items() if fate == "lost"),
    )
    print("\n".join(lost[:60]))
    return int(any(line.startswith("lost") for line in lost))


if __name__ == "__main__":
    sys.exit(main())
