"""Facts of many documents: how fast they are read and written, what they add to the database, and what a
reading of a record costs.

The notes are synthetic, of the length and density of a discharge letter (results, treatments, problems), ten
to a patient; only the registry is filled, so what is timed is all of the facts and nothing of the index.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from eval.bench.machine import describe_machine
from rag.access import Scope
from rag.clinical.facts import extract
from rag.core.facts import Fact
from rag.core.types import Document, Source
from rag.ingest.facts import FactReader, as_named
from rag.record import RecordReader
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.records import NewVersion

PER_PATIENT = 10
_BATCH = 200
_PROBES = 50
_REVISION = "0" * 24
_PROBLEMS = (
    "hypertension artérielle",
    "diabète de type 2",
    "asthme",
    "fibrillation auriculaire",
    "insuffisance cardiaque",
)
_DRUGS = (
    "Bisoprolol 5 mg",
    "Furosémide 40 mg",
    "Apixaban 5 mg",
    "Metformine 1000 mg",
    "Atorvastatine 20 mg",
    "Ramipril 10 mg",
)
_MEASURES = (
    ("Sodium", 138.0, 3.0, "mmol/L"),
    ("Potassium", 4.2, 0.5, "mmol/L"),
    ("Créatinine", 90.0, 25.0, "µmol/L"),
    ("Hémoglobine", 12.8, 1.5, "g/dL"),
    ("Plaquettes", 230.0, 50.0, "G/L"),
    ("CRP", 20.0, 15.0, "mg/L"),
    ("Glycémie", 6.1, 1.5, "mmol/L"),
    ("HbA1c", 7.0, 0.8, "%"),
)


@dataclass(frozen=True, slots=True)
class FactsResult:
    """One size. Rates are documents a second; ``readings`` are milliseconds by what is read of a patient:
    one concept, all of the record, its pathway."""

    machine: dict[str, object]
    documents: int
    characters: int
    facts: int
    read_per_s: float
    written_per_s: float
    database_mb: float
    database_mb_without_facts: float
    readings: dict[str, dict[str, float]]

    def to_json(self) -> dict[str, object]:
        """Return the document of ``bench facts --json``."""
        return asdict(self)


def _said(document: Document) -> Sequence[Fact]:
    return extract(
        document.text,
        language=document.language,
        kind=document.kind,
        title=document.title,
        authored_at=document.authored_at,
    )


_READER = FactReader(_said, as_named, "bench")


def note(number: int) -> Document:
    """Return a synthetic note, always the same for a number."""
    random = np.random.default_rng((3, number))
    patient, visit = divmod(number, PER_PATIENT)
    day = f"{2016 + visit}-{int(random.integers(1, 13)):02d}-{int(random.integers(1, 29)):02d}"
    results = [
        f"{name} {max(0.1, random.normal(mean, spread)):.1f} {unit}.".replace(".", ",", 1)
        for name, mean, spread, unit in _MEASURES
    ]
    drugs = [f"{drug} matin et soir." for drug in random.choice(_DRUGS, 4, replace=False)]
    problems = [f"{one.capitalize()}." for one in random.choice(_PROBLEMS, 2, replace=False)]
    prose = (
        "Le patient va bien, marche seul, dort sans gêne et ne se plaint de rien depuis la dernière"
        " consultation."
    )
    parts = [
        "# Antécédents",
        *problems,
        "# Évolution",
        *[prose] * 6,
        "# Biologie",
        *results,
        "# Traitement de sortie",
        *drugs,
    ]
    return Document(
        doc_id=f"bench-{number:08d}",
        source=Source(f"bench:{number}", "text/plain", "0" * 64, "bench", "2026-01-01T00:00:00+00:00"),
        kind="discharge_letter",
        title="Lettre de sortie",
        text="\n".join(parts),
        language="fr",
        patient_id=f"BENCH-{patient:06d}",
        authored_at=day,
    )


def measure_facts(documents: int) -> FactsResult:
    """Read and write the facts of so many synthetic notes in a temporary folder, then read records.

    The same notes are written without their facts too, so that what facts add to the database is a difference
    and no estimate.
    """
    with tempfile.TemporaryDirectory(prefix="traboule-bench-", ignore_cleanup_errors=True) as temporary:
        bare = _fill(Path(temporary) / "bare", map(note, range(documents)))
        read = _Reading()
        full = _fill(Path(temporary) / "full", map(read.stated, map(note, range(documents))))
        readings = _readings(Path(temporary) / "full", max(1, documents // PER_PATIENT))
    return FactsResult(
        machine=describe_machine(),
        documents=documents,
        characters=read.characters,
        facts=read.facts,
        read_per_s=round(documents / read.seconds, 1),
        written_per_s=round(documents / full.seconds, 1),
        database_mb=round(full.size / 1e6, 1),
        database_mb_without_facts=round(bare.size / 1e6, 1),
        readings=readings,
    )


@dataclass(slots=True)
class _Reading:
    """Reads the facts of notes and counts them; ``seconds`` is the time of reading alone."""

    seconds: float = 0.0
    facts: int = 0
    characters: int = 0

    def stated(self, document: Document) -> Document:
        begun = time.perf_counter()
        whole = _READER.stated(document)
        self.seconds += time.perf_counter() - begun
        self.facts += len(whole.facts)
        self.characters += len(whole.text)
        return whole


@dataclass(frozen=True, slots=True)
class _Filled:
    """A filled database: seconds of writing, bytes on the disk once it is closed."""

    seconds: float
    size: int


def _fill(home: Path, notes: Iterator[Document]) -> _Filled:
    database, seconds = Database.open(home), 0.0
    store = DocumentStore(database)
    for batch in iter(lambda: list(islice(notes, _BATCH)), []):
        begun = time.perf_counter()
        store.begin_all([NewVersion(one, _REVISION, 1) for one in batch])
        store.commit_all({one.doc_id: _REVISION for one in batch})
        store.settle(one.doc_id for one in batch)
        seconds += time.perf_counter() - begun
    database.close()
    return _Filled(seconds, sum(file.stat().st_size for file in home.iterdir() if file.is_file()))


def _readings(home: Path, patients: int) -> dict[str, dict[str, float]]:
    """Time what a user waits for, each for patients drawn at random."""
    database = Database.open(home)
    reader = RecordReader(DocumentStore(database), Scope.everything(), "fr")
    drawn = [f"BENCH-{int(at):06d}" for at in np.random.default_rng(4).integers(0, patients, _PROBES)]
    kinds: dict[str, Callable[[str], object]] = {
        "one_concept": lambda patient: reader.facts(patient, concepts=frozenset({"potassium"})),
        "record": reader.facts,
        "pathway": reader.pathway,
    }
    reader.pathway(drawn[0])
    found = {name: _percentiles([_timed(read, patient) for patient in drawn]) for name, read in kinds.items()}
    database.close()
    return found


def _timed(read: Callable[[str], object], patient: str) -> float:
    begun = time.perf_counter()
    read(patient)
    return 1000 * (time.perf_counter() - begun)


def _percentiles(times: list[float]) -> dict[str, float]:
    return {
        "p50": round(float(np.percentile(times, 50)), 2),
        "p95": round(float(np.percentile(times, 95)), 2),
    }
