"""Small DICOM files made for a test, of nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
SR_TEXT = "1.2.840.10008.5.1.4.1.1.88.11"
PDF_STORAGE = "1.2.840.10008.5.1.4.1.1.104.1"
STUDY = "1.2.826.0.1.3680043.10.1"


def header(kind: str = CT_IMAGE, **values: Any) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = kind
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = f"{STUDY}.9"
    usual = {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientName": "Brotteaux^Hélène",
        "PatientID": "DEMO-P77",
        "Modality": "CT",
        "StudyDate": "20260312",
        "StudyInstanceUID": STUDY,
        "AccessionNumber": "A-4711",
    }
    for name, value in {**usual, **values}.items():
        setattr(data, name, value)
    return data


def with_pixels(data: Dataset, pixels: Any, photometric: str = "MONOCHROME2") -> Dataset:
    """Add pixels of shape (rows, columns), (frames, rows, columns) in grey, or (rows, columns, 3) in
    colour.
    """
    array = numpy.asarray(pixels)
    is_colour = photometric == "RGB"
    shape = array.shape[:2] if is_colour else array.shape[-2:]
    data.Rows, data.Columns = shape
    data.SamplesPerPixel = 3 if is_colour else 1
    data.PhotometricInterpretation = photometric
    data.BitsAllocated = data.BitsStored = 8 * array.dtype.itemsize
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(array.dtype.kind == "i")
    if is_colour:
        data.PlanarConfiguration = 0
    if array.ndim == 3 and not is_colour:
        data.NumberOfFrames = array.shape[0]
    data.PixelData = array.tobytes() + b"\x00" * (array.nbytes % 2)
    return data


def item(**values: Any) -> Dataset:
    data = Dataset()
    for name, value in values.items():
        setattr(data, name, value)
    return data


def coded(meaning: str, value: str = "1", scheme: str = "99TEST") -> Sequence:
    return Sequence([item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)])


def content(name: str, kind: str, inner: list[Dataset] | None = None, **values: Any) -> Dataset:
    found = item(ValueType=kind, RelationshipType="CONTAINS", ConceptNameCodeSequence=coded(name), **values)
    if inner is not None:
        found.ContentSequence = Sequence(inner)
    return found


def saved(data: Dataset, path: Path) -> Path:
    data.save_as(path, enforce_file_format=True)
    return path
