"""Writes the fictitious pictures of the demonstration and their reports: ``python -m tools.phantoms``.

The same table gives the same bytes. DICOM files carry the header that a device would write, plain pictures a
sidecar; each report has the accession number of its study, and its own words stand nowhere else.
"""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from tools.phantoms import drawing

TARGET = Path(__file__).parents[2] / "rag" / "demo" / "pictures"
SIZE, SLICE_SIZE, SLICES = 288, 128, 8
_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2.1",  # enhanced, since the slices are frames of one file
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
}
_WORDS = {
    "fr": ("Indication", "Résultats", "Conclusion", "Document fictif – corpus de démonstration Traboule."),
    "en": (
        "Indication",
        "Findings",
        "Impression",
        "Fictitious document – demonstration corpus of Traboule.",
    ),
}
_SPACING = 1.4
"""Millimetres a pixel: a phantom chest is 40 cm wide."""


def main() -> None:
    """Write everything anew."""
    table = tomllib.loads((Path(__file__).parent / "studies.toml").read_text(encoding="utf-8"))
    shutil.rmtree(TARGET, ignore_errors=True)
    for patient in table["patients"]:
        folder = TARGET / "patients" / patient["id"]
        folder.mkdir(parents=True)
        for study in patient["studies"]:
            _study(folder, patient, study)
        for note in patient.get("notes", ()):
            _note(folder, patient, note)
    for article in table["articles"]:
        _article(article)
    files = [path for path in TARGET.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.2f} MB")


def _study(folder: Path, patient: Mapping[str, Any], study: Mapping[str, Any]) -> None:
    name = f"{study['date']}_{study['number'].lower()}"
    picture = _drawn(study)
    if study["file"] == "dicom":
        _write_dicom(folder / f"{name}.dcm", patient, study, picture)
    else:
        Image.fromarray(picture[0]).save(folder / f"{name}.png", optimize=True)
        facts = {
            "id": f"{study['number'].lower()}-image",
            "title": study["title"],
            "patient_id": patient["id"],
            "kind": "image",
            "date": study["date"],
            "language": patient["language"],
            "modality": study["modality"],
            "body_part": study["body"],
            "view": study.get("view", ""),
            "laterality": study.get("side", ""),
            "accession_number": study["number"],
            "caption": study["title"],
            "fictitious": "true",
        }
        _write_yaml(folder / f"{name}.png.meta.yaml", facts)
    _write_report(folder / f"{name}_report.md", patient, study)


def _drawn(study: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Return the frames (count, rows, columns): greys of 8 bits, or Hounsfield units."""
    asked = dict(study["draw"])
    what, seed = asked.pop("what"), asked.pop("seed", int(study["number"][-4:]))
    side = {"R": "right", "L": "left"}.get(study.get("side", ""), "")
    if what == "abdomen":
        levels = np.linspace(0.1, 0.9, SLICES)
        return np.stack([_slice(seed, float(level), asked) for level in levels])
    return drawing.stamped(getattr(drawing, what)(SIZE, seed, **asked), side)[None]


def _slice(seed: int, level: float, asked: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    units = drawing.abdomen(SLICE_SIZE, seed, level, **asked)
    letters = drawing.stamped(np.zeros_like(units)) > 128
    return np.where(letters, 1000, units).astype(np.int16)


def _write_dicom(
    path: Path, patient: Mapping[str, Any], study: Mapping[str, Any], frames: np.ndarray[Any, Any]
) -> None:
    data = FileDataset(str(path), Dataset(), file_meta=FileMetaDataset(), preamble=b"\0" * 128)
    uid = _uid(study["number"])
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = _CLASSES[study["modality"]]
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = f"{uid}.1.1"
    data.file_meta.ImplementationClassUID = _uid("traboule")
    data.SpecificCharacterSet = "ISO_IR 192"
    data.PatientName, data.PatientID = patient["name"], patient["id"]
    data.StudyInstanceUID, data.SeriesInstanceUID, data.InstanceNumber = uid, f"{uid}.1", 1
    data.Modality, data.BodyPartExamined = study["modality"], study["body"]
    data.StudyDescription, data.AccessionNumber = study["title"], study["number"]
    data.StudyDate = data.ContentDate = study["date"].replace("-", "")
    if study.get("view"):
        data.ViewPosition = study["view"]
    if study.get("side"):
        data.ImageLaterality = study["side"]
    _put_pixels(data, frames, is_inverse=study.get("inverse", False))
    data.save_as(path, enforce_file_format=True)


def _put_pixels(data: Dataset, frames: np.ndarray[Any, Any], *, is_inverse: bool) -> None:
    data.Rows, data.Columns = frames.shape[1:]
    data.SamplesPerPixel, data.NumberOfFrames = 1, len(frames)
    data.PhotometricInterpretation = "MONOCHROME1" if is_inverse else "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 8 * frames.dtype.itemsize
    data.HighBit, data.PixelRepresentation = data.BitsStored - 1, int(frames.dtype.kind == "i")
    data.PixelSpacing = [_SPACING * SIZE / frames.shape[1]] * 2
    if frames.dtype.kind == "i":
        data.RescaleIntercept, data.RescaleSlope = 0, 1
        data.WindowCenter, data.WindowWidth = 40, 400
    data.PixelData = (255 - frames if is_inverse else frames).astype(frames.dtype.newbyteorder("<")).tobytes()


def _write_report(path: Path, patient: Mapping[str, Any], study: Mapping[str, Any]) -> None:
    reason, results, conclusion, fictitious = _WORDS[patient["language"]]
    facts = {
        "id": f"{study['number'].lower()}-report",
        "title": study["title"],
        "patient_id": patient["id"],
        "kind": "imaging_report",
        "date": study["date"],
        "language": patient["language"],
        "modality": study["modality"],
        "accession_number": study["number"],
        "fictitious": "true",
    }
    parts = [(reason, study["reason"]), (results, study["results"]), (conclusion, study["conclusion"])]
    body = [f"# {study['title']}", *(f"## {head}\n{said}" for head, said in parts), fictitious]
    path.write_text(_front(facts) + "\n\n".join(body) + "\n", encoding="utf-8")


def _note(folder: Path, patient: Mapping[str, Any], note: Mapping[str, Any]) -> None:
    facts = {
        "id": f"{patient['id'].lower()}-{note['kind'].replace('_', '-')}",
        "title": note["title"],
        "patient_id": patient["id"],
        "kind": note["kind"],
        "date": note["date"],
        "language": patient["language"],
        "fictitious": "true",
    }
    body = f"# {note['title']}\n\n{note['text']}\n\n{_WORDS[patient['language']][3]}\n"
    (folder / f"{note['date']}_{note['kind']}.md").write_text(_front(facts) + body, encoding="utf-8")


def _article(article: Mapping[str, Any]) -> None:
    facts = {
        "id": article["id"],
        "title": article["title"],
        "kind": "article",
        "literature": "true",
        "date": "2026-01-15",
        "language": article["language"],
        "fictitious": "true",
    }
    body = f"# {article['title']}\n{article['text']}\n{_WORDS[article['language']][3]}\n"
    folder = TARGET / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{article['id'].removeprefix('ev-')}.md").write_text(_front(facts) + body, encoding="utf-8")


def _front(facts: Mapping[str, str]) -> str:
    return "---\n" + "".join(_lines(facts)) + "---\n"


def _lines(facts: Mapping[str, str]) -> Iterator[str]:
    yield yaml.safe_dump(dict(facts), allow_unicode=True, sort_keys=False, width=1000)


def _write_yaml(path: Path, facts: Mapping[str, str]) -> None:
    shown = {name: value for name, value in facts.items() if value}
    path.write_text("".join(_lines(shown)), encoding="utf-8")


def _uid(name: str) -> str:
    return f"2.25.{int(hashlib.sha256(name.encode()).hexdigest()[:24], 16)}"


if __name__ == "__main__":
    main()
