"""A small collection, a small corpus with questions, and a home in which it is indexed: what the commands of
the evaluation are run on.

Searched with hashed words, so no model is needed: right answers are known by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.runs.homes import corpus_home, kept_under
from rag.cli import main
from rag.settings import load_settings

DISEASES = ("gout", "asthma", "migraine", "psoriasis", "sciatica")


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs a command line as the shell would, on a machine without models, in a home
    of the test.
    """
    monkeypatch.setenv("TRABOULE_MODELS__DIR", str(tmp_path / "no-models"))
    monkeypatch.setenv("TRABOULE_HOME", str(tmp_path / "own-home"))
    monkeypatch.setenv("LANG", "en")

    def ended(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["traboule", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        shown = capsys.readouterr()
        return Ended(int(str(stopped.value.code)), shown.out, shown.err)

    return ended


def write_lines(path: Path, records: Sequence[Mapping[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """Five documents, one far longer than a passage with its subject at its end only; three judged queries,
    one without an answer.
    """
    folder = tmp_path / "beir" / "tiny"
    filler = "The weather was fine on that day and nothing else was seen. " * 40
    texts = {
        name: f"{name.capitalize()} is treated by the methods of chapter {number}."
        for number, name in enumerate(DISEASES)
    }
    texts["sciatica"] = filler + texts["sciatica"]
    write_lines(
        folder / "corpus.jsonl",
        [{"_id": f"d-{name}", "title": "", "text": text} for name, text in texts.items()],
    )
    write_lines(
        folder / "queries.jsonl",
        [
            {"_id": "q1", "text": "how is gout treated"},
            {"_id": "q2", "text": "sciatica"},
            {"_id": "q3", "text": "migraine"},
            {"_id": "q4", "text": "gout"},
        ],
    )
    (folder / "qrels").mkdir()
    rows = [
        "query-id\tcorpus-id\tscore",
        "q1\td-gout\t1",
        "q2\td-sciatica\t2",
        "q3\td-asthma\t1",
        "q4\td-gout\t0",
    ]
    (folder / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    for patient, side in (("P1", "left"), ("P2", "right")):
        path = folder / "patients" / patient / "2026-03-12_operative_report.md"
        path.parent.mkdir(parents=True)
        path.write_text(
            f"# Operative report\nTotal {side} hip replacement by the anterior approach. Blood loss was 350"
            " ml.\n\n## Treatment\nEnoxaparin 4000 units daily for 35 days.\n"
        )
    write_lines(
        folder / "papers.jsonl",
        [{"_id": "paper", "title": "Gout", "text": "Gout is treated with colchicine 0.5 mg."}],
    )
    return folder


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return write_lines(
        tmp_path / "questions.jsonl",
        [
            {
                "_id": "dose",
                "question": "enoxaparin 4000 units daily for 35 days?",
                "language": "en",
                "patient_id": "P1",
                "answerable": True,
                "gold_docs": ["2026-03-12_operative_report.md"],
                "gold_quotes": ["4000 units daily"],
                "must_have": ["35 days|5 weeks", "4,000 units|4000 units"],
                "must_not": ["aspirin"],
            },
            {
                "_id": "heart",
                "question": "ejection fraction on echocardiography",
                "language": "en",
                "patient_id": "P1",
                "answerable": False,
            },
            {"_id": "none", "question": "???"},
        ],
    )


@pytest.fixture
def home(tmp_path: Path, corpus: Path, run: Run) -> Path:
    """A home in which the corpus was indexed with hashed words, as the demonstration does where there is no
    model.
    """
    folder = tmp_path / "home"
    kept = corpus_home(load_settings(folder), folder, corpus, keep=kept_under(folder), allow_fallback=True)
    with kept as (opened, _):
        opened.ingestor.ingest([corpus])
    return folder


def ask(run: Run, home: Path, corpus: Path, questions: Path, *more: object) -> Ended:
    return run(
        "eval",
        "answers",
        "--corpus",
        corpus,
        "--questions",
        questions,
        "--no-llm",
        "--home",
        home,
        "--json",
        *more,
    )
