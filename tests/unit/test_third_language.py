"""A language is added as a folder of data: German, as a package of its own, with no Python file of ``rag``
touched.

It runs in a process of its own, since the languages served are read once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LANGUAGE = """
stemmer = "german"
accents = "äöüß"
titles = ["Herr", "Frau"]
professional_titles = ["Dr"]
before_titles = ["von "]
day_endings = ["."]
links = ["der", "des"]
function_words = '''der die das und ist nicht mit ohne kein keine wurde bei von welche wann wie seit nach für
den dem ein eine hat auf'''
"""
TIMES = "[months]\n" + "\n".join(
    f'{number} = ["{name}"]'
    for number, name in enumerate(
        "januar februar marz april mai juni juli august september oktober november dezember".split(), 1
    )
)
CUES = r"""
negation_noun = ["kein(?:e|en|em|er)?", "ohne", "ausschluss von", "nicht nachweisbar"]
hypothesis_before = ["verdacht auf", "v\\. a\\.", "moglich(?:e|er)?", "fraglich(?:e|er)?"]
negation_after = ["ausgeschlossen", "nicht bestatigt"]
"""
CONCEPTS = "id\tkind\tlabel_de\tforms_de\nfever\t\tFieber\tTemperaturerhöhung\nkidney\t\tNiere\tNieren\n"
PROBE = """
import sys
from pathlib import Path
from rag.clinical.assertion.assertions import scopes_in
from rag.clinical.concepts import mentions
from rag.clinical.times.dates import dates_in
from rag.clinical.language import language_of, served
from rag.clinical.persons import person_names
from rag.clinical.words import read
from rag.index.lexical import CHANNELS, encode_passage
from rag.index.translation import encode_question
from rag.core.types import Passage

note = "Die Patientin wurde mit Schmerzen aufgenommen. Kein Fieber."
note += " Operation am 3. Oktober 2025 bei Frau Lindqvist."
assert served() == CHANNELS == ("fr", "en", "de")
assert language_of(note) == "de"
assert language_of("Pas de fièvre, suites simples.") == "fr"
assert language_of("No fever, uneventful recovery.") == "en"
assert [m.concept_id for m in mentions(note, kinds=["symptom"], languages=["de"])] == ["fever"]
assert [(s.status, s.head.text) for s in scopes_in(read(note))] == [("negated", "Fieber")]
assert [next(iter(d.readings)) for d in dates_in(note)] == [(2025, 10, 3)]
assert person_names([note]) == {"lindqvist"}
assert "de" in encode_question("Welche Operationen wurden durchgeführt?", "de")
asked = encode_question("fièvre ?", "fr")["de"]
passage = Passage("p", "d", "r", 0, 0, 19, "Fieber seit gestern", "", "note", "de")
assert set(asked.indices) & set(encode_passage(passage).indices), "a French question meets a German passage"
"""
INGEST = """
import sys, tempfile
from pathlib import Path
from tests.unit.ingesting import open_home
from rag.index.translation import encode_question

root = Path(tempfile.mkdtemp())
(root / "P1").mkdir()
letter = "Arztbrief\\n\\nDie Patientin wurde mit starken Bauchschmerzen aufgenommen. Kein Fieber.\\n"
(root / "P1" / "2025-10-04_arztbrief.txt").write_text(letter, encoding="utf-8")
with open_home(root / "home") as home:
    home.ingest(root / "P1")
    (doc_id,) = home.ids()
    passages = home.index.get(sorted(home.index.passage_ids(doc_id)))
    assert {passage.language for passage in passages} == {"de"}
    assert home.index.of_channel("de", [passage.passage_id for passage in passages])
    assert not home.index.of_channel("en", [passage.passage_id for passage in passages])
"""


@pytest.fixture
def german(tmp_path: Path) -> Path:
    folder = tmp_path / "german_notes"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name, text in (
        ("language.toml", LANGUAGE),
        ("times.toml", TIMES),
        ("cues.toml", CUES),
        ("concepts.tsv", CONCEPTS),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "stopwords.txt").write_text(
        "der die das und ist mit von bei ein eine wurde am seit\n", encoding="utf-8"
    )
    info = tmp_path / "german_notes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: german-notes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[traboule.languages]\nde = german_notes\n")
    return tmp_path


def probed(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_folder_of_data_adds_detection_dates_negation_names_and_search(german: Path) -> None:
    done = probed(german, PROBE)
    assert done.returncode == 0, done.stderr


def test_ingest_puts_a_document_in_the_channel_of_its_language(german: Path) -> None:
    done = probed(german, INGEST)
    assert done.returncode == 0, done.stderr


def test_index_of_other_languages_asks_to_be_built_again(german: Path) -> None:
    done = probed(german, "from rag.index.payload import LAYOUT; print(LAYOUT)")
    assert done.stdout.strip().endswith("+de")
    own = subprocess.run(
        [sys.executable, "-c", "from rag.index.payload import LAYOUT; print(LAYOUT)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "+" not in own.stdout, "an index of French and English opens as before"
