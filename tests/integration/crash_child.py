"""What the crash test runs and kills: one ingest into a home, on the real index. Says "ready" when it begins
and "done" when it ends.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from rag.core.types import Vector
from rag.index.edge import EdgeIndex
from rag.index.lexical import encode_passage
from rag.ingest.ingestor import Ingestor
from rag.settings import IngestSettings
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.sources import SourceStore

DIMENSIONS = 8


def embed(texts: Sequence[str]) -> list[Vector]:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return [tuple(byte - 127.5 for byte in digest[:DIMENSIONS]) for digest in digests]


def open_parts(home: Path) -> tuple[DocumentStore, EdgeIndex, Ingestor]:
    database = Database.open(home)
    store, index = DocumentStore(database), EdgeIndex(home / "index", "digest", DIMENSIONS)
    settings = IngestSettings(min_passage_tokens=20, max_passage_tokens=40)
    return (
        store,
        index,
        Ingestor(store, index, embed, encode_passage, settings, SourceStore(database, home / "sources")),
    )


if __name__ == "__main__":
    _, _, ingestor = open_parts(Path(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if sys.argv[2] == "forget":
        ingestor.forget(patient_id=sys.argv[3])
    else:
        ingestor.ingest([Path(sys.argv[3])])
    sys.stdout.write("done\n")
