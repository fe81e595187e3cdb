"""Feed mutated files to every parser, in worker processes as an ingest does: ``python tools/fuzz_parsers.py
--files 2000 --seed 1``.

Says what became of them by format, and how the memory of the workers and the open files of this process grew.
Ends with 1 where a parser crashed, hung, ran out of memory or failed in a way that it does not know; such
files are kept in ``--keep FOLDER``.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rag.core.errors import ParseError
from rag.core.types import Document, Source
from rag.ingest.formats.registry import media_type_of, parser_id
from rag.ingest.parsing.process.wire import Task
from rag.ingest.parsing.process.worker_process import WorkerProcess
from rag.ingest.parsing.sniff import look_at
from rag.settings import IngestSettings
from tools.parser_inputs import DATA, MAKERS

BAD = ("parse_crashed", "parse_timeout", "parse_memory", "file_parser_failed")
_TOKENS = (
    b"\x00",
    b"\xff\xfe",
    b"<",
    b"]]>",
    b"&#0;",
    b"{",
    b"}",
    b'"',
    b"\\",
    b"\r",
    b"|",
    b"^~\\&",
    b"-1",
    b"9" * 40,
    b"%",
    b"\x1f\x8b",
)


def seeds() -> list[tuple[str, str, bytes]]:
    """Return format, name and bytes of whole files: one made for each format, and those that the tests
    keep.
    """
    made = [(kind, f"{kind}{suffix}", make(1)) for kind, (suffix, make) in MAKERS.items()]
    kept = [path.with_name(path.name.removesuffix(".golden")) for path in sorted(DATA.rglob("*.golden"))]
    return [*made, *((path.name, path.name, path.read_bytes()) for path in kept)]


def mutated(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return a file changed in a few places, cut short, or with a piece of another one in it; of a ZIP, most
    often one of its members.
    """
    if data.startswith(b"PK") and chance.random() < 0.8:
        return _zip_mutated(data, other, chance)
    if data.startswith(b"\x1f\x8b") and chance.random() < 0.8:
        return gzip.compress(_mutated(gzip.decompress(data), other, chance), 1)
    return _mutated(data, other, chance)


def _zip_mutated(data: bytes, other: bytes, chance: random.Random) -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        members = archive.infolist()
        victim = chance.choice([member for member in members if member.filename != "mimetype"])
        for member in members:
            content = archive.read(member)
            how = zipfile.ZIP_STORED if member.filename == "mimetype" else zipfile.ZIP_DEFLATED
            changed.writestr(
                member.filename, _mutated(content, other, chance) if member is victim else content, how
            )
    return packed.getvalue()


def _mutated(data: bytes, other: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 32))):
        at = chance.randrange(len(out) + 1)
        length = min(chance.choice((1, 2, 8, 64, 512)), len(out) - at)
        match chance.randrange(7):
            case 0:
                out[at : at + length] = chance.randbytes(length)
            case 1:
                del out[at : at + length]
            case 2:
                out[at:at] = out[at : at + length] * chance.choice((1, 2, 20))
            case 3:
                out[at:at] = chance.choice(_TOKENS)
            case 4:
                start = chance.randrange(len(other) + 1)
                out[at : at + length] = other[start : start + chance.choice((4, 64, 1024))]
            case 5 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case 6 if chance.random() < 0.1:
                del out[at:]
    return bytes(out)


def run(
    files: int, seed: int, folder: Path, settings: IngestSettings
) -> Iterator[tuple[str, Path, list[str], int]]:
    """Yield the format, the path, the errors and the count of documents of each mutated file, and the pages
    that the worker holds.
    """
    chance, whole = random.Random(seed), seeds()
    process = WorkerProcess(settings)
    try:
        for number in range(files):
            kind, name, data = whole[number % len(whole)]
            path = folder / name
            path.write_bytes(mutated(data, chance.choice(whole)[2], chance))
            try:
                media_type = media_type_of(look_at(path), str(path))
            except ParseError as error:
                yield kind, path, [error.key], 0
                continue
            source = Source(
                path.as_uri(), media_type, "0" * 64, parser_id(media_type), "2026-11-01T00:00:00+00:00"
            )
            items = list(process.read(Task(str(path), source)))
            for item in items:
                if isinstance(item, ParseError):
                    item.describe("fr")
            yield (
                kind,
                path,
                [item.key for item in items if isinstance(item, ParseError)],
                sum(isinstance(i, Document) for i in items),
            )
            _held.append(_memory_of(process.pid))
    finally:
        process.end()


_held: list[float] = []


def _memory_of(pid: int | None) -> float:
    """Return the megabytes of memory that a process holds, 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    except OSError:
        return 0.0


def main() -> int:
    """Fuzz, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=30.0)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    settings = IngestSettings(parse_timeout_s=options.timeout, ocr=False)
    read: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    keys: Counter[str] = Counter()
    bad: list[tuple[str, list[str]]] = []
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for number, (kind, path, errors, documents) in enumerate(
            run(options.files, options.seed, Path(folder), settings)
        ):
            (read if documents else refused)[kind] += 1
            keys.update(set(errors))
            if found := [key for key in errors if key in BAD]:
                bad.append((kind, found))
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{number}-{path.name}").write_bytes(path.read_bytes())
    for kind in sorted({*read, *refused}):
        print(f"{kind:28} gave documents {read[kind]:5}   refused {refused[kind]:5}")
    print(", ".join(f"{key} {count}" for key, count in keys.most_common()))
    middle = len(_held) // 2
    grown = max(_held[middle:], default=0.0) - max(_held[:middle], default=0.0)
    print(
        f"{options.files} files in {time.perf_counter() - begun:.0f} s; memory of the worker: at most"
        f" {max(_held, default=0):.0f} MB, {grown:+.0f} MB in the second half"
    )
    for kind, found in bad:
        print("BAD", kind, *found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
