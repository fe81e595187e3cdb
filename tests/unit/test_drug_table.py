"""The tool that writes the drugs of the concept table from the public nomenclature."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.clinical.concepts import by_code, concept, kinds_of, mentions
from tools.drugs.names import english_of, name_key
from tools.drugs.nomenclature import specialities, substance_name

CIS = (
    "1\tNOVALGINE 500 mg, comprimé\tcomprimé\n2\tDUOXAL 1 g, poudre\tpoudre\n3\tIMMUNIX, vaccin\tsuspension\n"
)
COMPOSITION = (
    "1\tcomprimé\t10\tCHLORHYDRATE DE FICTIVOL"
    " MONOHYDRATÉ\t1\tc\tSA\t1\n1\tcomprimé\t11\tFICTIVOL\t1\tc\tFT\t1\n2\tpoudre\t12\tAMOXICILLINE"
    " SODIQUE\t1\tp\tSA\t1\n2\tpoudre\t13\tCLAVULANIQUE (ACIDE)\t1\tp\tSA\t2\n3\tsuspension\t14\tVIRUS"
    " INACTIVÉ, SOUCHE X\t1\ts\tSA\t1\n"
)


def test_speciality_has_the_moiety_in_place_of_its_salt(tmp_path: Path) -> None:
    (tmp_path / "CIS_bdpm.txt").write_bytes(CIS.encode("latin-1"))
    (tmp_path / "CIS_COMPO_bdpm.txt").write_bytes(COMPOSITION.encode("latin-1"))
    read = {sold.brand: sold for sold in specialities(tmp_path)}
    assert read["NOVALGINE"].substances == ("FICTIVOL",)
    assert read["DUOXAL"].substances == ("ACIDE CLAVULANIQUE", "AMOXICILLINE")
    assert read["IMMUNIX"].is_vaccine


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("CHLORHYDRATE DE TRAMADOL", "TRAMADOL"),
        ("PERINDOPRIL TERT-BUTYLAMINE", "PERINDOPRIL"),
        ("CHLORURE DE SODIUM", "CHLORURE DE SODIUM"),
        ("VALPROÏQUE (ACIDE)", "ACIDE VALPROÏQUE"),
        ("ACTAEA RACEMOSA POUR PRÉPARATIONS HOMÉOPATHIQUES", None),
    ],
)
def test_substance_is_named_without_salt_or_water(written: str, name: str | None) -> None:
    assert substance_name(written) == name


def test_english_name_follows_the_list_then_regular_endings() -> None:
    assert english_of("amoxicilline") == "amoxicillin"
    assert english_of("acide fictique") == "fictic acid"
    assert english_of("adrénaline") == "epinephrine"
    assert name_key("phénytoïne") == name_key("phenytoin")


def test_brand_names_its_substance_and_its_class() -> None:
    assert [mention.concept_id for mention in mentions("Doliprane")] == ["paracetamol"]
    assert "fluoroquinolone" in kinds_of("ciprofloxacin")
    assert {"antibiotic", "amoxicillin"} <= kinds_of("amoxicillin_clavulanic_acid")
    found = by_code("atc", "A10BA02")
    assert found is not None
    assert found == concept("metformin")
