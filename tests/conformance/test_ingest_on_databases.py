"""The whole life of documents on every database: added, left alone, updated, forgotten, and the home stays
sound.
"""

from __future__ import annotations

from pathlib import Path

from rag.index.lexical import encode_passage
from rag.index.memory import MemoryIndex
from rag.ingest.ingestor import Ingestor
from rag.ingest.report import Counts
from rag.settings import IngestSettings
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.inputs import InputStore
from rag.store.sources import SourceStore
from tests.unit.ingesting import EMBEDDING, Home, embed


def test_documents_live_and_are_forgotten(database: Database, tmp_path: Path) -> None:
    store, sources = DocumentStore(database), SourceStore(database, tmp_path / "home" / "sources")
    index = MemoryIndex("hash", EMBEDDING.dimensions)
    ingestor = Ingestor(store, index, embed, encode_passage, IngestSettings(workers=0), sources)
    home = Home(tmp_path / "home", store, InputStore(database), index, sources, ingestor)
    patient = tmp_path / "patients" / "P1"
    patient.mkdir(parents=True)
    (patient / "a.txt").write_text("Le patient est opéré de la hanche droite.")
    (patient / "broken.pdf").write_text("pas un PDF")
    (tmp_path / "patients" / "c.jsonl").write_text(
        '{"_id": "x", "text": "La dose est de 40 mg."}\n{"_id": "y", "text": "Le suivi est simple."}'
    )
    assert home.ingest(tmp_path / "patients").counts == Counts(added=3, failed=1)
    home.assert_sound()
    assert home.ingest(tmp_path / "patients").counts == Counts(unchanged=3, failed=1)
    (patient / "a.txt").write_text("Le patient est opéré de la hanche gauche.")
    (tmp_path / "patients" / "c.jsonl").write_text('{"_id": "x", "text": "La dose est de 20 mg."}')
    assert home.ingest(tmp_path / "patients").counts == Counts(updated=2, removed=1, failed=1)
    home.assert_sound()
    erased = ingestor.forget(patient_id="P1")
    assert (len(erased.doc_ids), erased.inputs) == (1, 2)
    assert home.ids() == {"x"}
    assert list(InputStore(database).failures()) == []
    home.assert_sound()
