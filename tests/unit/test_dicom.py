"""DICOM: headers as readable documents without names, structured reports, embedded PDF, and pictures under a
window.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from fpdf import FPDF
from PIL import Image

from rag.core.errors import NotFound, ParseError
from rag.core.pictures import Window
from rag.core.types import Document
from rag.ingest.dicom.file import opened_dicom, tolerant
from rag.ingest.dicom.people import Names
from rag.ingest.dicom.view import dicom_info, dicom_picture
from rag.ingest.report import FileResult
from rag.views import Views
from tests.unit.ingesting import Home, open_home

pytest.importorskip("pydicom", reason='needs pip install "traboule[dicom]"')

from tests.unit.dicoms import PDF_STORAGE, SR_TEXT, coded, content, header, item, saved, with_pixels

SHARED = sorted(
    (Path(os.environ.get("TRABOULE_SHARED_DATA", "../shared/data")) / "imaging" / "pydicom_data").glob(
        "*.dcm"
    )
)
GREY = numpy.array([[0, 100], [200, 300]], dtype=numpy.uint16)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home", workers=0) as opened:
        yield opened


def ingested(home: Home, path: Path) -> Document:
    result = home.only(path)
    assert result.problems == (), [str(problem) for problem in result.problems]
    (doc_id,) = home.ids()
    document = home.store.get(doc_id)
    assert document is not None
    return document


def test_header_becomes_a_document_in_words(home: Home, tmp_path: Path) -> None:
    data = header(
        BodyPartExamined="KNEE",
        Laterality="R",
        StudyDescription="Scanner du genou droit avant prothèse",
        SeriesDescription="Coupes axiales",
    )
    document = ingested(home, saved(with_pixels(data, GREY), tmp_path / "a.dcm"))
    assert (
        document.text == "Scanner du genou droit avant prothèse\n\n"
        "Modalité : scanner (CT)\n"
        "Région : genou\n"
        "Côté : droite\n"
        "Examen : Scanner du genou droit avant prothèse\n"
        "Série : Coupes axiales\n"
        "Date de l'examen : 12 mars 2026\n"
        "Numéro de demande (accession) : A-4711\n"
        "Image (pixels) : 2 × 2"
    )
    assert (document.kind, document.patient_id, document.authored_at) == ("image", "DEMO-P77", "2026-03-12")
    assert document.metadata["accession_number"] == "A-4711"


def told(result: FileResult) -> list[ParseError]:
    """What is warned of beside the counts of the ledger."""
    return [warning for warning in result.warnings if not warning.key.startswith("aside_")]


def test_names_of_people_are_nowhere_but_the_id_stays(home: Home, tmp_path: Path) -> None:
    data = header(
        StudyDescription="BROTTEAUX Hélène scanner du genou",
        ImageComments="Vu par le Dr Perrache, dossier DEMO-P77",
        ReferringPhysicianName="Perrache^Odile",
        OperatorsName="Jussieu^Paul",
        PatientBirthName="Bellevue",
        PatientAddress="12 rue de la Traboule",
    )
    document = ingested(home, saved(with_pixels(data, GREY), tmp_path / "a.dcm"))
    shown = f"{document.title} {document.text} {document.metadata}"
    assert not any(
        name in shown.lower()
        for name in ("brotteaux", "hélène", "perrache", "jussieu", "bellevue", "traboule")
    )
    assert "Commentaires : Vu par le Dr […], dossier DEMO-P77" in document.text
    assert "[…] scanner du genou" in document.title


def test_picture_without_a_patient_is_refused(home: Home, tmp_path: Path) -> None:
    result = home.only(saved(with_pixels(header(PatientID=""), GREY), tmp_path / "a.dcm"))
    assert [problem.key for problem in result.problems] == ["record_without_patient"]


def test_folder_names_the_patient_that_the_header_lacks_and_never_another(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "patients" / "DEMO-P01"
    folder.mkdir(parents=True)
    assert home.only(saved(with_pixels(header(PatientID=""), GREY), folder / "a.dcm")).problems == ()
    other = home.only(saved(with_pixels(header(PatientID="DEMO-P02"), GREY), folder / "b.dcm"))
    assert [problem.key for problem in other.problems] == ["metadata_patients_differ"]


@pytest.mark.parametrize(
    ("stamp", "key"), [("20991231", "record_future_date"), ("20261345", "record_bad_date")]
)
def test_date_that_cannot_be_is_dropped_and_named(home: Home, tmp_path: Path, stamp: str, key: str) -> None:
    with tolerant():
        path = saved(with_pixels(header(StudyDate=stamp), GREY), tmp_path / "a.dcm")
    result = home.only(path)
    assert [warning.key for warning in told(result)] == [key]
    (doc_id,) = home.ids()
    assert home.store.get(doc_id).authored_at is None  # type: ignore[union-attr]


def test_structured_report_is_read_with_its_tree(home: Home, tmp_path: Path) -> None:
    data = header(SR_TEXT, Modality="SR", ConceptNameCodeSequence=coded("Compte rendu de scanner"))
    measured = item(NumericValue="12", MeasurementUnitsCodeSequence=coded("millimètre", "mm", "UCUM"))
    data.ContentSequence = [
        content("Observateur", "PNAME", PersonName="Perrache^Odile"),
        content(
            "Résultats",
            "CONTAINER",
            [
                content("Constat", "TEXT", TextValue="Nodule du lobe supérieur droit."),
                content(
                    "Nodule", "CONTAINER", [content("Diamètre", "NUM", MeasuredValueSequence=[measured])]
                ),
                content("Contours", "CODE", ConceptCodeSequence=coded("réguliers")),
                content("Image", "IMAGE", ReferencedSOPSequence=[item(ReferencedSOPInstanceUID="1.2.3.4")]),
            ],
        ),
        content(
            "Conclusion", "CONTAINER", [content("Conclusion", "TEXT", TextValue="Contrôle à trois mois.")]
        ),
    ]
    document = ingested(home, saved(data, tmp_path / "a.dcm"))
    assert document.kind == "imaging_report"
    assert document.title == "Compte rendu de scanner"
    tree = document.text[document.text.index("Observateur") :]
    assert (
        tree
        == "Observateur: […]\n\nRésultats\nConstat: Nodule du lobe supérieur droit.\nNodule:\n- Diamètre: 12"
        " mm\nContours: réguliers\n\nConclusion\nConclusion: Contrôle à trois mois."
    )
    assert [section.path[-1] for section in document.sections][-2:] == ["Résultats", "Conclusion"]
    assert document.metadata["refers_to"] == "1.2.3.4"


def test_report_nested_without_end_is_cut_and_named(home: Home, tmp_path: Path) -> None:
    tree = content("Fond", "TEXT", TextValue="au fond")
    for _ in range(60):
        tree = content("Niveau", "CONTAINER", [tree])
    data = header(SR_TEXT, Modality="SR")
    data.ContentSequence = [tree]
    result = home.only(saved(data, tmp_path / "a.dcm"))
    assert [warning.key for warning in told(result)] == ["dicom_tree_too_deep"]


def test_embedded_pdf_is_read_and_shown_for_the_patient_of_the_header(home: Home, tmp_path: Path) -> None:
    out = FPDF()
    out.core_fonts_encoding = "windows-1252"
    out.set_font("Helvetica", size=11)
    out.add_page()
    out.write(5, "Conclusion : pas de fracture du plateau tibial.")
    data = header(
        PDF_STORAGE,
        Modality="DOC",
        DocumentTitle="Radiographie du genou",
        MIMETypeOfEncapsulatedDocument="application/pdf",
    )
    written = bytes(out.output())
    data.EncapsulatedDocument = written + b"\x00" * (len(written) % 2)
    document = ingested(home, saved(data, tmp_path / "a.dcm"))
    assert (document.title, document.kind, document.patient_id) == (
        "Radiographie du genou",
        "imaging_report",
        "DEMO-P77",
    )
    assert document.text == "Conclusion : pas de fracture du plateau tibial."
    assert document.metadata["study_uid"]
    views = Views(home.store, home.sources)
    assert views.page_count(document.doc_id) == 1
    assert views.page_boxes(document.doc_id, 1, 0, 10)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_file_cut_in_its_header_is_refused(home: Home, tmp_path: Path, share: float) -> None:
    path = saved(with_pixels(header(), GREY), tmp_path / "a.dcm")
    data = path.read_bytes()
    path.write_bytes(data[: 132 + int(share * (len(data) - 132 - GREY.nbytes))])
    result = home.only(path)
    assert result.problems
    assert home.ids() == set()


def test_missing_pixels_are_named_and_the_header_is_kept(home: Home, tmp_path: Path) -> None:
    data = with_pixels(header(), numpy.zeros((64, 64), dtype=numpy.uint16))
    data.PixelData = data.PixelData[:2048]  # of 8,192 bytes: three quarters are missing
    result = home.only(saved(data, tmp_path / "a.dcm"))
    assert [(warning.key, warning.variables["share"]) for warning in told(result)] == [
        ("dicom_pixels_missing", 75)
    ]
    (doc_id,) = home.ids()
    with pytest.raises(ParseError, match="cannot be decoded"):
        Views(home.store, home.sources).image_png(doc_id)


@pytest.mark.parametrize("path", SHARED or [None], ids=lambda path: path.name if path else "absent")
def test_files_of_many_devices_are_read_and_shown(home: Home, tmp_path: Path, path: Path | None) -> None:
    if path is None:
        pytest.skip(
            "real DICOM files are not here: set TRABOULE_SHARED_DATA to a folder with imaging/pydicom_data"
        )
    folder = tmp_path / "patients" / "P"
    folder.mkdir(parents=True)
    (folder / path.name).write_bytes(path.read_bytes())
    sidecar = folder / f"{path.name}.meta.yaml"
    if not opened_dicom(path.read_bytes(), "").get("PatientID"):
        sidecar.write_text("encounter_id: E1\n", encoding="utf-8")
        target = folder / path.name
    else:
        target = path
    assert home.only(target).problems == ()
    (doc_id,) = home.ids()
    assert home.store.get(doc_id).kind == "image"  # type: ignore[union-attr]
    shown = Image.open(io.BytesIO(Views(home.store, home.sources).image_png(doc_id))).convert("L")
    low, high = shown.getextrema()
    assert high - low > 100  # type: ignore[operator]


def test_transfer_syntax_that_is_not_known_keeps_the_header(home: Home, tmp_path: Path) -> None:
    path = saved(with_pixels(header(), GREY), tmp_path / "a.dcm")
    path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1\x00", b"1.2.840.10009.1.2.1\x00"))
    result = home.only(path)
    assert [problem.key for problem in result.problems] in ([], ["dicom_damaged"], ["dicom_without_header"])


def bytes_of(data: Any) -> bytes:
    out = io.BytesIO()
    data.save_as(out, enforce_file_format=True)
    return out.getvalue()


def greys(data: Any, frame: int = 0, window: Window | None = None) -> list[list[int]]:
    return numpy.asarray(dicom_picture(bytes_of(data), "a.dcm", frame, window)).tolist()


def test_window_of_the_file_decides_what_is_black_and_white() -> None:
    data = with_pixels(header(WindowCenter="150.5", WindowWidth="201"), GREY)
    # PS3.3 C.11.2.1.2: (x - (150.5 - 0.5)) / (201 - 1) + 0.5 of 255, so 0 → below 0, 100 → 0.25, 200 → 0.75,
    # 300 → above 1
    assert greys(data) == [[0, 64], [191, 255]]
    assert dicom_info(bytes_of(data), "a.dcm").window == Window(150.5, 201.0, "")


def test_window_asked_for_wins() -> None:
    data = with_pixels(header(WindowCenter="150.5", WindowWidth="201"), GREY)
    assert greys(data, window=Window(50.5, 101)) == [[0, 255], [255, 255]]


def test_rescaling_comes_before_the_window_also_for_signed_values() -> None:
    stored = numpy.array([[-1024, 0], [40, 1000]], dtype=numpy.int16)
    data = with_pixels(
        header(RescaleSlope="2", RescaleIntercept="-100", WindowCenter="0.5", WindowWidth="201"), stored
    )
    # 2 · stored - 100 = -2148, -100, -20, 1900; (x - 0) / 200 + 0.5 = below 0, 0, 0.4, above 1
    assert greys(data) == [[0, 0], [102, 255]]


def test_low_values_are_white_in_monochrome1() -> None:
    assert greys(
        with_pixels(header(Modality="CR", WindowCenter="150.5", WindowWidth="201"), GREY, "MONOCHROME1")
    ) == [[255, 191], [64, 0]]


def test_values_without_a_window_are_spread_from_black_to_white() -> None:
    found = greys(
        with_pixels(header(Modality="MR"), numpy.arange(0, 1000, 10, dtype=numpy.uint16).reshape(10, 10))
    )
    assert (found[0][0], found[9][9]) == (0, 255)


def test_colours_are_shown_as_they_are() -> None:
    pixels = numpy.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], dtype=numpy.uint8)
    data = with_pixels(header(Modality="US"), pixels, "RGB")
    assert numpy.asarray(dicom_picture(bytes_of(data), "a.dcm", 0, None)).tolist() == pixels.tolist()
    assert dicom_info(bytes_of(data), "a.dcm").window is None


def test_frames_are_drawn_one_by_one_and_a_few_stand_for_all() -> None:
    frames = numpy.stack([numpy.array([[0, number]], dtype=numpy.uint16) for number in range(20)])
    data = with_pixels(
        header(Modality="MR", WindowCenter="10.5", WindowWidth="21", RepresentativeFrameNumber=3), frames
    )
    info = dicom_info(bytes_of(data), "a.dcm")
    assert (info.frames, info.key_frames) == (20, (2, 6, 10, 14, 18))
    assert greys(data, 10) == [[0, 128]]  # (10 - 10) / 20 + 0.5
    with pytest.raises(NotFound, match="no frame 20"):
        greys(data, 20)


def test_ct_offers_the_usual_windows() -> None:
    names = [
        window.name
        for window in dicom_info(
            bytes_of(with_pixels(header(RescaleIntercept="-1024", RescaleSlope="1"), GREY)), "a"
        ).presets
    ]
    assert names == ["soft_tissue", "lung", "brain", "bone"]


def test_picture_that_claims_to_be_huge_is_refused() -> None:
    data = with_pixels(header(), GREY)
    data.Rows = data.Columns = 60_000
    with pytest.raises(ParseError, match="120 million pixels"):
        dicom_picture(bytes_of(data), "a.dcm", 0, None)


def test_picture_is_shown_from_the_stored_copy(home: Home, tmp_path: Path) -> None:
    path = saved(with_pixels(header(), numpy.zeros((30, 20), dtype=numpy.uint16)), tmp_path / "a.dcm")
    document = ingested(home, path)
    path.unlink()
    shown = Image.open(io.BytesIO(Views(home.store, home.sources).image_png(document.doc_id)))
    assert shown.size == (20, 30)
    home.ingestor.forget(patient_id="DEMO-P77")
    with pytest.raises(NotFound):
        Views(home.store, home.sources).image_png(document.doc_id)


@pytest.mark.parametrize(
    ("typed", "reads"),
    [
        ("Petit nodule du colon droit, hanche droite", "Petit nodule du colon droit, hanche droite"),
        ("Scanner du COLON chez M. Colon", "Scanner du COLON chez M. […]"),
        ("Vu PETIT ce jour", "Vu […] ce jour"),
        ("Colon Petit, rue Droite : nodule blanc", "[…], rue […] : nodule blanc"),
        ("adressé par le Dr Blanc, fond blanc", "adressé par le Dr […], fond blanc"),
        ("vu avec durandal, bilan", "vu avec […], bilan"),
    ],
)
def test_a_name_that_is_a_word_is_hidden_only_where_it_stands_as_a_name(typed: str, reads: str) -> None:
    data = header(
        PatientName="PETIT^COLON",
        PatientAddress="12 rue Droite",
        ReferringPhysicianName="Blanc^Odile",
        OperatorsName="Durandal",
    )
    assert Names(data).hidden(typed) == reads


def test_a_report_says_its_status_its_failed_measures_and_what_is_absent_on_one_line(
    home: Home, tmp_path: Path
) -> None:
    data = header(SR_TEXT, Modality="SR", ConceptNameCodeSequence=coded("Échographie"))
    data.CompletionFlag, data.VerificationFlag, data.PreliminaryFlag = "PARTIAL", "UNVERIFIED", "PRELIMINARY"
    presence = content("Présence", "CODE", ConceptCodeSequence=coded("Absent"))
    presence.RelationshipType = "HAS CONCEPT MOD"
    failed = content(
        "Fraction d'éjection", "NUM", NumericValueQualifierCodeSequence=coded("Measurement failure")
    )
    found = content("Signe", "CODE", [presence], ConceptCodeSequence=coded("Épanchement péricardique"))
    data.ContentSequence = [
        found,
        failed,
        content("Injection", "DATETIME", DateTime="20260310143015.250+0100"),
    ]
    document = ingested(home, saved(data, tmp_path / "a.dcm"))
    assert "Statut du compte rendu : partiel, non vérifié, préliminaire" in document.text
    assert "Signe: Épanchement péricardique : absent\n" in document.text
    assert "Fraction d'éjection: pas de valeur (Measurement failure)\n" in document.text
    assert document.text.endswith("Injection: 10 mars 2026 à 14:30")


def test_two_sides_that_contradict_each_other_are_named(home: Home, tmp_path: Path) -> None:
    result = home.only(
        saved(
            with_pixels(header(StudyDescription="Genou droit", ImageLaterality="L"), GREY), tmp_path / "a.dcm"
        )
    )
    assert [warning.key for warning in told(result)] == ["dicom_side_conflict"]


def test_letters_of_another_character_set_than_the_one_named_are_read(home: Home, tmp_path: Path) -> None:
    data = header(StudyDescription="Épanchement pleural".encode().decode("latin-1"))
    assert "Épanchement pleural" in ingested(home, saved(with_pixels(data, GREY), tmp_path / "a.dcm")).text
