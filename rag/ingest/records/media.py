"""Names of media types as records write them: with parameters, in capitals, by old or short names."""

from __future__ import annotations

_SUFFIXES = {
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/rtf": ".rtf",
    "application/rtf": ".rtf",
    "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/hl7-v3+xml": ".xml",
    "application/hl7-cda+xml": ".xml",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tiff",
    "image/gif": ".gif",
    "application/dicom": ".dcm",
    "text/markdown": ".md",
    "application/zip": ".zip",
}


def plain_media_type(declared: str) -> str:
    """Return a media type without parameters, in small letters; plain text where nothing is declared."""
    return declared.partition(";")[0].strip().lower() or "text/plain"


def suffix_of(media_type: str) -> str:
    """Return the usual ending of files of a media type, empty where it has none."""
    return _SUFFIXES.get(plain_media_type(media_type), "")
