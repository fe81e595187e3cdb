"""Articles: level of evidence, retraction, exponents and calls of references. Whole files are in the golden
tests.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from rag.ingest.articles.draft import date_of
from rag.ingest.articles.evidence import evidence_level, is_retracted_by_title
from rag.ingest.articles.inline import flat_text, make_plain
from rag.ingest.passages import Chunker
from rag.ingest.report import Counts
from tests.golden import DATA, everything
from tests.unit.ingesting import open_home


@pytest.mark.parametrize(
    ("types", "headings", "title", "level"),
    [
        (["Journal Article", "Randomized Controlled Trial"], [], "", "rct"),
        (["Journal Article", "Meta-Analysis", "Systematic Review"], [], "", "meta_analysis"),
        (["Practice Guideline", "Review"], [], "", "guideline"),
        (["Journal Article"], ["Humans", "Cohort Studies"], "", "cohort"),
        (["Journal Article"], ["Humans"], "", ""),
        (["Review"], [], "Statins: a systematic review", "systematic_review"),
        (["Journal Article"], [], "À propos d'un cas de luxation", "case_report"),
        (["Editorial"], [], "A randomised trial is needed: randomized trial", "expert_opinion"),
        (["Journal Article"], [], "Protocol for a randomised controlled trial", ""),
        (["Retraction of Publication"], [], "Retraction: a randomized controlled trial", ""),
    ],
)
def test_level_of_evidence(types: list[str], headings: list[str], title: str, level: str) -> None:
    assert evidence_level(types, headings, title) == level


@pytest.mark.parametrize(
    ("title", "retracted"),
    [
        ("RETRACTED ARTICLE: Vitamin D", True),
        ("[Retracted] Vitamin D", True),
        ("Rétracté : la vitamine D", True),
        ("Retracted eardrum in children", False),
        ("A study of retracted articles", False),
    ],
)
def test_title_that_says_it_is_retracted(title: str, retracted: bool) -> None:
    assert is_retracted_by_title(title) is retracted


@pytest.mark.parametrize(
    ("year", "month", "day", "iso"),
    [
        ("2024", "Apr", "5", "2024-04-05"),
        ("2024", "04", "", "2024-04"),
        ("2019 Nov-Dec", "", "", "2019"),
        ("2019", "Nov-Dec", "", "2019"),
        ("2023", "2", "31", "2023-02"),
        ("Spring", "", "", None),
    ],
)
def test_date_is_kept_as_far_as_it_is_known(year: str, month: str, day: str, iso: str | None) -> None:
    assert date_of(year, month, day) == iso


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("5 mg<sup><xref ref-type='bibr'>12</xref></sup>", "5 mg [12]"),
        ("5 mg<xref ref-type='bibr'>12</xref>.", "5 mg [12]."),
        ("seen [<xref ref-type='bibr'>1</xref>, <xref ref-type='bibr'>2</xref>]", "seen [1, 2]"),
        ("seen (<xref ref-type='bibr'>A, 2001</xref>)", "seen (A, 2001)"),
        ("10<sup>9</sup>/L, 10<sup>−3</sup>, H<sub>2</sub>O", "10⁹/L, 10⁻³, H2O"),
        ("the 1<sup>st</sup> day", "the 1st day"),
    ],
)
def test_numbers_stay_the_numbers_they_are(marked: str, plain: str) -> None:
    from lxml import etree

    element = etree.fromstring(f"<p>{marked}</p>")
    make_plain(element)
    assert flat_text(element) == plain


def test_passages_carry_the_level_and_the_retraction() -> None:
    documents, _, _ = everything(DATA / "articles" / "citations.xml")
    chunker = Chunker(120, 220)
    found = {document.metadata["pmid"]: chunker.passages(document, "r")[0] for document in documents}
    assert (found["90000001"].evidence_level, found["90000001"].retracted) == ("rct", False)
    assert (found["90000002"].evidence_level, found["90000002"].retracted) == ("cohort", True)
    assert not found["90000003"].retracted  # the notice itself stands


def test_truncated_file_gives_what_stands_before_the_fault(tmp_path: Path) -> None:
    data = (DATA / "articles" / "citations.xml").read_bytes()
    path = tmp_path / "cut.xml"
    path.write_bytes(data[: data.index(b"Retraction notice")])
    documents, errors, _ = everything(path)
    assert [document.metadata["pmid"] for document in documents] == ["90000001", "90000002"]
    assert [error.key for error in errors] == ["xml_damaged"]


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("a.xml", b"<PubmedArticleSet></PubmedArticleSet>", "article_none"),
        ("a.xml", b"<pmc-articleset/>", "article_none"),
        ("a.json", b'{"documents": [{"id": 1, "passages": [{"text": "a"}', "article_not_bioc"),
        ("a.xml", b'<!DOCTYPE article [<!ENTITY a "b">]><article><body>&a;</body></article>', "xml_entities"),
    ],
)
def test_bad_file_is_told(tmp_path: Path, name: str, data: bytes, key: str) -> None:
    (tmp_path / name).write_bytes(data)
    _, errors, _ = everything(tmp_path / name)
    assert [error.key for error in errors] == [key]


def test_citations_of_a_file_live_and_change_one_by_one(tmp_path: Path) -> None:
    data = (DATA / "articles" / "citations.xml").read_bytes()
    path = tmp_path / "citations.xml.gz"
    path.write_bytes(gzip.compress(data))
    with open_home(tmp_path / "home", workers=0) as home:
        assert home.ingest(path).counts == Counts(added=4, failed=1)
        path.write_bytes(gzip.compress(data.replace(b"Hip Fractures", b"Hip Fracture")))
        assert home.ingest(path).counts == Counts(updated=1, unchanged=3, failed=1)
        home.assert_sound()
