"""The bundled pictures, found by words and by likeness in a home: the right ones, and none whose report
denies it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from PIL import Image

from rag.access import Scope
from rag.build import open_home
from rag.core.errors import NotAllowed, NotFound, ParseError, UsageError
from rag.core.pictures import ImageResult
from rag.core.types import Filters
from rag.demo import pictures_folder
from rag.home import OpenHome
from rag.pictures.wire import images_json
from rag.pipeline import Question
from rag.settings import Settings
from tests.unit.dicoms import header, with_pixels

EVERYBODY = [f"DEMO-I{number:02}" for number in range(1, 10)]


def opened(folder: Path, *paths: Path) -> Iterator[OpenHome]:
    table = {
        "models": {"dir": str(folder / "none"), "use_registry": False},
        "index": {"kind": "memory"},
        "ingest": {"workers": 0},
        "llm": {"kind": "none"},
    }
    with open_home(Settings.model_validate(table), folder / "home", allow_fallback=True) as home:
        report = home.ingestor.ingest(list(paths))
        assert not [result for result in report.files if result.counts.failed]
        yield home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHome]:
    yield from opened(tmp_path_factory.mktemp("bundled"), pictures_folder())


def numbers(home: OpenHome, found: ImageResult) -> list[str]:
    """Return the study numbers of the pictures found, ``figure`` for those of texts."""
    documents = [home.store.get(hit.entry.doc_id) for hit in found.hits]
    return [
        one.metadata.get("accession_number", "figure").removeprefix("DI-")
        for one in documents
        if one is not None
    ]


def ask(home: OpenHome, question: str, patient: str | None = None) -> list[str]:
    filters = Filters() if patient is None else Filters.for_patient(patient, literature=False)
    return numbers(home, home.pictures().search(question, k=20, filters=filters))


ASKED = [
    ("épanchement pleural", {"0102", "0201", "0202", "0203", "figure"}),
    ("radiographies avec épanchement pleural", {"0102", "0201", "0202", "0203", "figure"}),
    ("chest x-rays with pleural effusion", {"0102", "0201", "0202", "0203", "figure"}),
    ("épanchement pleural gauche", {"0102", "0202", "figure"}),  # the lateral view names no side
    ("right pleural effusion", {"0201", "0202", "0203"}),
    ("montre la radio du genou droit", {"0501", "0903"}),
    ("left knee x-ray", {"0502", "0902"}),
    ("prothèse de hanche droite", {"0302"}),
    ("hip prosthesis", {"0302", "0901"}),
    ("fracture du poignet", {"0401", "0402"}),
    ("fracture of the right wrist", set()),
    ("métastases hépatiques au scanner", {"0602"}),
    ("pneumothorax", set()),
    ("pneumonia", {"0702", "0801"}),
    ("radio de thorax de profil", {"0202"}),
    ("chest x-ray without pleural effusion", {"0101", "0103", "0701", "0702", "0801", "0802", "figure"}),
    ("éléphant", set()),
]


@pytest.mark.parametrize(("question", "wanted"), ASKED)
def test_words_find_what_reports_affirm(home: OpenHome, question: str, wanted: set[str]) -> None:
    assert set(ask(home, question)) == wanted


def test_every_hit_shows_its_channels_and_the_sentence_of_its_report(home: OpenHome) -> None:
    found = home.pictures().search("épanchement pleural", k=5)
    for hit in found.hits:
        assert hit.channels["report"] == hit.score == 1.0
        assert hit.report is not None
        text = home.store.texts([hit.report.doc_id])[hit.report.doc_id]
        assert text[hit.report.start : hit.report.end] == hit.report.quote
        assert "pleural" in hit.report.quote.lower()
    told = images_json(found).to_json()
    assert told["query"] == "épanchement pleural"


def test_a_picture_names_its_priors_first(home: OpenHome) -> None:
    table = {number: summary.doc_id for summary in home.store.list(Filters()) for number in [summary.doc_id]}
    (control,) = [one for one in table if one == "di-0203-image"]
    found = home.pictures().like_document(control, k=6)
    assert numbers(home, found) == ["0201", "0202"]  # without an encoder nothing else is known to be alike
    assert [hit.reasons[0] for hit in found.hits] == ["prior", "prior"]


def test_modality_is_a_filter_and_an_unknown_one_an_error(home: OpenHome) -> None:
    assert numbers(home, home.pictures().search("foie", k=9, modality="CT")) == ["0602", "0601"]
    with pytest.raises(UsageError):
        home.pictures().search("foie", k=9, modality="weather")
    with pytest.raises(UsageError):  # nothing looks at pictures here
        home.pictures().like_file(b"", "a.png", k=1)
    with pytest.raises(NotFound):
        home.pictures().like_document("di-0101-report", k=1)


def test_pictures_never_leave_the_scope(home: OpenHome) -> None:
    """2,100 random callers, filters and questions: no picture, neighbour or sentence of a patient outside."""
    chance = random.Random(12)
    questions = ["radio", "épanchement pleural", "genou", "images", "scanner du foie", "prothèse de hanche"]
    doc_ids = [summary.doc_id for summary in home.store.list()]
    owners = {summary.doc_id: summary.patient_id for summary in home.store.list()}
    for case in range(2100):
        own = frozenset(chance.sample(EVERYBODY, chance.randrange(4)))
        scope = Scope(own, literature=chance.random() < 0.5)
        asked = frozenset(chance.sample(EVERYBODY, 1)) if chance.random() < 0.4 else None
        filters = Filters(patient_ids=asked, literature=asked is None)
        pictures = home.pictures(scope)
        try:
            if case % 3:
                found = pictures.search(
                    chance.choice(questions[:1] if case % 7 else questions), k=9, filters=filters
                )
            else:
                found = pictures.like_document(chance.choice(doc_ids), k=9, filters=filters)
        except NotAllowed:
            assert asked is not None
            assert asked - own
            continue
        except NotFound:
            continue
        for hit in found.hits:
            assert scope.allows(hit.entry.patient_id)
            assert asked is None or hit.entry.patient_id in asked
            assert hit.report is None or owners[hit.report.doc_id] == hit.entry.patient_id


def test_what_is_forgotten_is_in_no_index_of_pictures(tmp_path: Path) -> None:
    for one in opened(tmp_path, pictures_folder() / "patients" / "DEMO-I01"):
        before = one.images.search.index.count()
        assert before == 3
        one.forget(patient_id="DEMO-I01")
        assert one.images.search.index.count() == 0


def test_a_changed_sidecar_replaces_the_entry(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.new("L", (40, 30), 90).save(folder / "a.png")
    sidecar = folder / "a.png.meta.yaml"
    sidecar.write_text("patient_id: X\nmodality: DX\nbody_part: KNEE\nfindings: Fracture de la rotule.\n")
    for one in opened(tmp_path, folder):
        assert ask(one, "fracture du genou") == ["figure"]
        sidecar.write_text("patient_id: X\nmodality: DX\nbody_part: KNEE\nfindings: Pas de fracture.\n")
        one.ingestor.ingest([folder])
        assert ask(one, "fracture du genou") == []
        assert one.images.search.index.count() == 1
        assert len(ask(one, "radio du genou")) == 1


def test_odd_dicom_files_are_entries_or_none(tmp_path: Path) -> None:
    """No pixels, one bit, 16 bits with signs, a corrupt JPEG stream, the same picture twice, two patients."""
    folder = tmp_path / "in"
    folder.mkdir()
    grey = numpy.arange(64, dtype=numpy.uint8).reshape(8, 8)
    bits = with_pixels(header(Modality="DX", BodyPartExamined="KNEE", SOPInstanceUID="2.25.2"), grey)
    bits.BitsAllocated = bits.BitsStored = 1
    bits.HighBit, bits.PixelData = 0, b"\xaa" * 8
    corrupt = with_pixels(header(Modality="DX", BodyPartExamined="KNEE", SOPInstanceUID="2.25.4"), grey)
    corrupt.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    corrupt.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00\xff\xd8\xff\xd9"
    corrupt["PixelData"].VR, corrupt["PixelData"].is_undefined_length = "OB", True
    made = {
        "none": header(Modality="DX", SOPInstanceUID="2.25.1"),
        "bits": bits,
        "signed": with_pixels(
            header(Modality="CT", BodyPartExamined="HEAD", SOPInstanceUID="2.25.3"), grey.astype("i2") - 32
        ),
        "corrupt": corrupt,
        "other": with_pixels(
            header(Modality="DX", BodyPartExamined="KNEE", PatientID="P78", SOPInstanceUID="2.25.5"),
            grey,
        ),
    }
    for name, data in made.items():
        data.save_as(folder / f"{name}.dcm", enforce_file_format=True)
    (folder / "twice.dcm").write_bytes((folder / "signed.dcm").read_bytes())
    for one in opened(tmp_path, folder):
        found = one.pictures().search("radio du genou", k=9)
        assert len(found.hits) == 3
        assert len(one.pictures().search("scanner cérébral", k=9).hits) == 2
        mine = Filters.for_patient("DEMO-P77", literature=False)
        assert len(one.pictures().search("radio du genou", k=9, filters=mine).hits) == 2


def test_a_file_from_outside_that_is_no_picture_is_an_error(tmp_path: Path, home: OpenHome) -> None:
    from rag.ingest.pictures.indexing import PictureWriter
    from tests.unit.test_image_encoders import ConstantEncoder

    writer = PictureWriter(home.store, home.ingestor._sources, home.images.search.index, ConstantEncoder())
    with pytest.raises(ParseError):
        writer.square("image/png", b"not a picture", "a.png")


@pytest.mark.parametrize(
    ("question", "patient", "quote", "pictures"),
    [
        ("montre la radio du genou droit", "DEMO-I09", "Genou droit normal.", ["0903"]),
        ("Montre-moi la radio du thorax du 3 février 2026", "DEMO-I01", "cliché du 10 septembre", ["0102"]),
        ("show the last chest x-ray", "DEMO-I02", "Regressing right pleural effusion.", ["0203"]),
        (
            "radiographies avec fracture du poignet",
            "DEMO-I04",
            "Fracture du poignet gauche",
            ["0402", "0401"],
        ),
    ],
)
def test_an_answer_may_be_pictures_with_the_sentences_of_their_reports(
    home: OpenHome, question: str, patient: str, quote: str, pictures: list[str]
) -> None:
    answer = home.pipeline().answer(
        Question(question, filters=Filters.for_patient(patient, literature=False))
    )
    assert not answer.abstained
    shown = [home.store.get(one.doc_id) for claim in answer.claims for one in claim.pictures]
    assert [one.metadata["accession_number"][3:] for one in shown if one is not None] == pictures
    assert quote in answer.answer
    for claim in answer.claims:
        (citation,) = claim.citations
        text = home.store.texts([citation.doc_id])[citation.doc_id]
        assert text[citation.start : citation.end] == citation.quote == claim.text
    assert answer.coverage.patient_id == patient


@pytest.mark.parametrize(
    ("question", "patient"),
    [
        ("radiographies avec épanchement pleural", "DEMO-I08"),  # its reports deny it
        ("montre la radio du genou", "DEMO-I01"),
        ("Y a-t-il une fracture du poignet ?", "DEMO-I04"),
    ],
)
def test_no_picture_stands_for_what_is_not_described(home: OpenHome, question: str, patient: str) -> None:
    answer = home.pipeline().answer(
        Question(question, filters=Filters.for_patient(patient, literature=False))
    )
    assert not any(claim.pictures for claim in answer.claims)


def test_a_picture_of_another_patient_is_in_no_answer(home: OpenHome) -> None:
    question = Question("montre la radio du genou droit", filters=Filters(literature=False))
    answer = home.pipeline(Scope(frozenset({"DEMO-I04"}))).answer(question)
    assert not any(claim.pictures for claim in answer.claims)
