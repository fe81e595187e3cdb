"""DICOM's codes of modalities, parts of the body and sides in words, from the message catalogue."""

from __future__ import annotations

from rag.messages import catalogue, message


def in_words(table: str, code: str, language: str) -> str:
    """Return what a code of a table (``modality``, ``body``, ``side``) means, the code itself where it is not
    known.
    """
    words = catalogue(language).get(f"dicom_{table}.{code.strip().upper().replace(' ', '_')}")
    return words or code


def label(name: str, language: str, value: str) -> str:
    """Return a labelled value, empty where there is none."""
    return f"{message(f'dicom.{name}', language)}{message('record.colon', language)} {value}" if value else ""
