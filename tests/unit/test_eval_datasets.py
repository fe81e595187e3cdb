"""A declaration says which bytes are meant; what lies in the folder of data is compared with it, said aloud,
and kept in the report.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from eval.datasets.declarations import Dataset, declared
from eval.datasets.versions import version_of, versions
from eval.report.document import DatasetJson, ReportJson, RunJson
from eval.report.markdown import markdown
from eval.report.page import page
from eval.runs.progress import Silence
from eval.runs.view import Bars
from eval.suites.dataset import dataset_of
from eval.suites.declaration import RetrievalRun, VerifyRun
from rag.cli import main
from rag.cli.session import Session
from rag.settings import Settings

SHARED = Path(os.environ.get("TRABOULE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
GRADES = {"en": "1: right", "fr": "1 : juste"}
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""sha256 of ``abc``, the example of FIPS 180-2, appendix B.1."""


def one_file(name: str = "tiny") -> Dataset:
    return Dataset(
        name=name,
        measure="verify",
        form="pairs",
        files=["t/a.jsonl"],
        grades=GRADES,
        sha256={"t/a.jsonl": ABC},
    )


def written(folder: Path, file: str, content: bytes) -> Path:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return folder


class TestVersions:
    def test_the_declared_bytes_are_there_and_others_are_another_version(self, tmp_path: Path) -> None:
        assert version_of(one_file(), written(tmp_path, "t/a.jsonl", b"abc")).state == "there"
        newer = version_of(one_file(), written(tmp_path, "t/a.jsonl", b"abcd"))
        assert newer.state == "another_version"
        assert [(file.file, file.sha256) for file in newer.others] == [
            ("t/a.jsonl", hashlib.sha256(b"abcd").hexdigest())
        ]

    def test_a_file_that_is_not_there_or_a_folder_not_named_is_missing(self, tmp_path: Path) -> None:
        for data in (tmp_path, None):
            found = version_of(one_file(), data)
            assert (found.state, found.files[0].sha256, found.others) == ("missing", None, ())

    def test_an_unpacked_file_that_beir_readers_take_first_is_the_one_compared(self, tmp_path: Path) -> None:
        collection = Dataset(
            name="b", measure="retrieval", files=["b"], grades=GRADES, sha256={"b/corpus.jsonl.gz": ABC}
        )
        written(tmp_path, "b/corpus.jsonl.gz", b"abc")
        assert version_of(collection, tmp_path).state == "there"
        written(tmp_path, "b/corpus.jsonl", b"other")
        assert [file.file for file in version_of(collection, tmp_path).others] == ["b/corpus.jsonl"]

    def test_sets_are_listed_by_what_they_are_for(self) -> None:
        measures = [found.dataset.measure for found in versions(declared(), None)]
        assert measures == sorted(measures, key=["retrieval", "answers", "choice", "verify"].index)
        assert len(measures) == len(declared())


class TestDeclarations:
    @pytest.mark.parametrize("name", sorted(declared()))
    def test_every_set_says_where_it_comes_from_what_grades_mean_and_names_all_its_files(
        self, name: str
    ) -> None:
        found = declared()[name]
        assert found.source
        assert found.grades.en != found.grades.fr
        for file in (*found.files, *([found.corpus] if found.corpus else [])):
            wanted = [f"{file}/{part}" for part in ("corpus.jsonl.gz", "queries.jsonl.gz", "qrels/test.tsv")]
            assert set(wanted if found.form == "beir" else [file]) <= found.sha256.keys()

    @pytest.mark.parametrize("name", sorted(declared()))
    def test_the_sets_at_hand_are_the_declared_ones(self, name: str) -> None:
        found = version_of(declared()[name], SHARED)
        if found.state == "missing":
            pytest.skip(
                f"{name} is not here: set TRABOULE_SHARED_DATA to the folder of data sets that has it"
            )
        assert found.others == ()


class TestUse:
    def test_another_version_is_said_with_its_file_and_recorded(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bars = Bars(Session(tmp_path / "home", Settings(), "en"))
        written(tmp_path, "faith/medhallu.jsonl.gz", b"abc")
        found = dataset_of(VerifyRun(name="r", measure="verify", dataset="medhallu"), tmp_path, bars)
        said = capsys.readouterr()
        assert said.out == ""
        assert "medhallu: faith/medhallu.jsonl.gz is another version (sha256 ba7816bf8f01…)" in said.err
        assert found is not None
        assert found.is_declared_version is False
        assert {file: (read.sha256, read.is_declared) for file, read in found.files.items()} == {
            "faith/medhallu.jsonl.gz": (ABC, False)
        }

    def test_a_run_on_data_of_ones_own_has_no_declared_set(self, tmp_path: Path) -> None:
        run = RetrievalRun(name="r", measure="retrieval", beir="folder")
        assert dataset_of(run, tmp_path, Silence()) is None

    @pytest.mark.parametrize(
        ("language", "grades", "version"),
        [("en", "1: right", "as declared"), ("fr", "1 : juste", "celle déclarée")],
    )
    def test_the_report_names_source_licence_grades_and_version(
        self, language: str, grades: str, version: str
    ) -> None:
        measured_on = DatasetJson(
            name="tiny",
            source="made here",
            licence="MIT",
            grades=GRADES,
            is_declared_version=True,
            files={"t/a.jsonl": {"sha256": ABC, "is_declared": True}},
        )
        report = ReportJson(
            name="n",
            created="2026-01-01T00:00:00",
            suite="s",
            runs=[RunJson(name="r", measure="verify", dataset=measured_on)],
        )
        for shown in (markdown(report, language), page(report, {}, language)):
            assert all(words in shown for words in ("made here", "MIT", grades, version))
        assert ABC in page(report, {}, language)


def test_the_command_lists_every_set_with_its_state_as_one_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "faith/medhallu.jsonl.gz", b"abc")
    monkeypatch.setattr(
        "sys.argv",
        ["traboule", "--home", str(tmp_path / "home"), "eval", "datasets", "--data", str(tmp_path), "--json"],
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    listed = {found["name"]: found for found in json.loads(capsys.readouterr().out)["datasets"]}
    assert listed.keys() == declared().keys()
    assert (listed["medhallu"]["state"], listed["nfcorpus"]["state"]) == ("another_version", "missing")
    assert listed["medhallu"]["files"][0]["sha256"] == ABC
