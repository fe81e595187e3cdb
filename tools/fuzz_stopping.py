"""Feed made and mutated files to the whole way from bytes to documents: ``python tools/fuzz_stopping.py
--files 5000 --seed 1``.

Kind, front matter, sidecar and parser are run as an ingest runs them: small plain files in this process, all
others in a worker. A file that gives nothing for longer than ``--cap`` seconds is a hang. Says how many gave
documents and the slowest; ends with 1 where one hung.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.sources.files import Reader
from rag.settings import IngestSettings
from tools.fuzz_parsers import mutated, seeds
from tools.stopping_files import BOMB_MB, stoppers

_LONGEST = 200_000
"""Bytes of a file that repeating a piece of it may make."""
_PUMPS = (
    b" ",
    b"\n",
    b"\t",
    b"<!---->",
    b"<a>",
    b"[",
    b"{",
    b"(",
    b"- ",
    b"&a ",
    b"*a ",
    b"=?",
    b"|",
    b"\\",
    b".",
    b"'",
    b'"',
    b"---\n",
    b"a: ",
)
_ENDINGS = (".md", ".txt", ".xml", ".html", ".json", ".jsonl", ".csv", ".eml", ".hl7", "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``seconds`` is the longest time without a document or an error: a table gives
    its rows one by one.
    """

    name: str
    size: int
    seconds: float
    documents: int
    keys: tuple[str, ...]


def run(files: int, seed: int, folder: Path, cap_s: float) -> Iterator[Outcome]:
    """Yield what becomes of each file."""
    chance = random.Random(seed)
    whole = [(name, data) for _, name, data in seeds()]
    whole += [
        (name, data)
        for name, data in stoppers().items()
        if len(data) < _LONGEST and not name.endswith(".meta.yaml")
    ]
    reader = Reader(
        IngestSettings(
            workers=1, ocr=False, parse_timeout_s=cap_s, max_file_mb=BOMB_MB / 2, max_unpacked_mb=4 * BOMB_MB
        ),
        None,  # type: ignore[arg-type]
    )
    try:
        for _ in range(files):
            name, data = chance.choice(whole)
            yield _outcome(reader, _written(folder, name, data, chance.choice(whole)[1], chance), cap_s)
    finally:
        reader.close()


def _written(folder: Path, name: str, data: bytes, other: bytes, chance: random.Random) -> Path:
    """Write a file, and now and then a sidecar; its ending may be that of another kind."""
    for old in folder.iterdir():
        old.unlink()
    path = folder / (f"a{chance.choice(_ENDINGS)}" if chance.random() < 0.3 else name)
    path.write_bytes(_changed(data, other, chance))
    if chance.random() < 0.2:
        sidecar = _changed(b"patient_id: P1\ntitle: a\ncodes:\n  - loinc:1\n", other[:2000], chance)
        path.with_name(f"{path.name}.meta.yaml").write_bytes(sidecar)
    return path


def _changed(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Mutate, and often pump: write one piece, of the file itself or a usual one, thousands of times."""
    data = mutated(data, other, chance) if data else other
    if chance.random() < 0.5:
        at = chance.randrange(len(data) + 1)
        piece = (
            data[at : at + chance.choice((1, 3, 12, 40))] if chance.random() < 0.5 else chance.choice(_PUMPS)
        )
        data = data[:at] + piece * (_LONGEST // max(1, len(piece)) // chance.choice((1, 10, 100))) + data[at:]
    return data


def _outcome(reader: Reader, path: Path, cap_s: float) -> Outcome:
    begun, documents, keys, longest = time.monotonic(), 0, set(), 0.0
    try:
        for item in reader.documents(reader.open(path), None, lambda error: keys.add(error.key)):
            documents += isinstance(item, Document)
            longest, begun = max(longest, time.monotonic() - begun), time.monotonic()
            if isinstance(item, ParseError):
                item.describe("fr")
                keys.add(item.key)
    except ParseError as error:
        keys.add(error.key)
    return Outcome(
        path.name, path.stat().st_size, max(longest, time.monotonic() - begun), documents, tuple(sorted(keys))
    )


def main() -> int:
    """Fuzz, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cap", type=float, default=10.0)
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = list(run(options.files, options.seed, Path(folder), options.cap))
    hung = [
        outcome
        for outcome in outcomes
        if outcome.seconds > options.cap + 2 or "parse_timeout" in outcome.keys
    ]
    outside = [outcome for outcome in hung if "parse_timeout" not in outcome.keys]
    for outcome in sorted(outcomes, key=lambda outcome: -outcome.seconds)[:10]:
        print(f"{outcome.seconds:6.2f} s  {outcome.size:7} bytes  {outcome.name}  {' '.join(outcome.keys)}")
    read = sum(outcome.documents > 0 for outcome in outcomes)
    print(
        f"{len(outcomes)} files in {time.monotonic() - begun:.0f} s: {read} gave documents,"
        f" {len(hung) - len(outside)} were ended at the"
    )
    print(f"limit of a worker, {len(outside)} hung in the process that reads")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
