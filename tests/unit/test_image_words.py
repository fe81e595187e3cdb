"""What a question asks of pictures, and what a report says of it: affirmed, denied, past, on which side."""

from __future__ import annotations

import pytest

from rag.clinical.concepts.imaging import captions_in, modality_of, regions_of, shows_region, view_of
from rag.retrieve.images.descriptions import described_text
from rag.understand.pictures import wanted_images


@pytest.mark.parametrize(
    ("declared", "modality", "regions", "view"),
    [
        ("DX", "radiography", (), ""),
        ("X-ray", "radiography", (), ""),
        ("CHEST", "", ("chest",), ""),
        ("C SPINE", "", ("spine",), ""),
        ("Radiographie du thorax de face", "radiography", ("chest",), "frontal"),
        ("IRM du genou", "mri", ("knee",), ""),
        ("AP Supine", "", (), "frontal"),
        ("poignet gauche de profil", "", ("wrist",), "lateral"),
        ("nothing that is known", "", (), ""),
    ],
)
def test_headers_are_read_as_codes_or_words(
    declared: str, modality: str, regions: tuple[str, ...], view: str
) -> None:
    assert (modality_of(declared), regions_of(declared), view_of(declared)) == (modality, regions, view)


def test_a_pelvis_shows_the_hips_and_no_knee() -> None:
    assert shows_region(["hip"], ["pelvis"])
    assert not shows_region(["knee"], ["pelvis"])


def test_captions_are_lines_that_name_a_figure_with_its_number() -> None:
    text = "Figure 1. Radiographie.\nLa figure 1 montre un poumon.\n**Fig. 2**\nFig. 3 – Scanner.\nFigures"
    assert [text[start:end] for start, end in captions_in(text)] == [
        "Figure 1. Radiographie.",
        "Fig. 3 – Scanner.",
    ]


@pytest.mark.parametrize(
    ("question", "modality", "regions", "side", "findings", "words"),
    [
        ("montre la radio du genou droit", "radiography", ("knee",), "right", (), ()),
        ("radiographies avec épanchement pleural", "radiography", ("chest",), "", ("pleural_effusion",), ()),
        ("x-ray: left pleural effusion", "radiography", ("chest",), "left", ("pleural_effusion",), ()),
        ("cliché de hanche de face", "radiography", ("hip",), "", (), ()),
        ("ground-glass opacities on CT", "ct", (), "", (), ("ground", "glass", "opacities")),
        ("show me the images", "", (), "", (), ()),
    ],
)  # fmt: skip
def test_a_question_says_what_must_be_seen(
    question: str,
    modality: str,
    regions: tuple[str, ...],
    side: str,
    findings: tuple[str, ...],
    words: tuple[str, ...],
) -> None:
    wanted = wanted_images(question)
    assert (wanted.modality, wanted.regions, wanted.side) == (modality, regions, side)
    assert (wanted.findings, wanted.words) == (findings, words)


REPORT = """# Radiographie du thorax de face

## Indication
Suspicion de pneumopathie.

## Comparaison
Le cliché du 3 mars 2025 montrait un épanchement pleural droit.

## Résultats
Épanchement pleural gauche de moyenne abondance. Pas de pneumothorax. Aspect évocateur d'atélectasie.

## Conclusion
Épanchement pleural gauche. Absence de foyer de condensation."""


@pytest.mark.parametrize(
    ("question", "share", "is_denied"),
    [
        ("épanchement pleural", 1.0, False),
        ("left pleural effusion", 1.0, False),
        ("épanchement pleural droit", 0.0, True),  # that of last year, and the other side
        ("pneumothorax", 0.0, True),
        ("foyer de condensation", 0.0, True),
        ("pneumopathie", 0.0, False),  # only looked for
        ("atelectasis", 0.6, False),  # only supposed
        ("radiographie sans pneumothorax", 1.0, False),
        ("radiographie sans épanchement pleural", 0.0, True),
        ("fracture", 0.0, False),
    ],
)
def test_only_what_a_report_affirms_is_found(question: str, share: float, is_denied: bool) -> None:
    read = described_text(
        "d", REPORT, language="fr", title="Radiographie du thorax de face", authored_at="2026-03-12"
    )
    said = read.says(wanted_images(question))
    assert (said.share, said.is_denied) == (share, is_denied)
    if said.quote is not None:
        assert REPORT[said.quote.start : said.quote.end] == said.quote.quote


def test_without_findings_the_conclusion_speaks_for_a_report() -> None:
    said = described_text("d", REPORT, language="fr", title="").says(wanted_images("la radio du thorax"))
    assert said.quote is not None
    assert said.quote.quote == "Épanchement pleural gauche."
