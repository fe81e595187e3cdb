"""What is declared about a document outside its text: front matter, a sidecar, the folder, the fields of a
record.

Every value is read as the text that was written: ``patient_id: 0123`` stays ``0123`` (YAML alone would make
it 83). Two declarations that name different patients are an error, never a choice: a document in the wrong
record is worse than a document missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rag.clinical.language import detect_language
from rag.core.errors import ParseError
from rag.core.text import canonical
from rag.core.times import is_clinical_time
from rag.core.types import Code, Document, Source
from rag.ingest.pictures.declared_text import described
from rag.ingest.sources.intake import intake_of

ID_KEYS = ("id", "_id", "doc_id")
_DATE_KEYS = ("date", "authored_at")
_LANGUAGES = {
    "fr": "fr",
    "en": "en",
    "fra": "fr",
    "fre": "fr",
    "eng": "en",
    "french": "fr",
    "français": "fr",
    "english": "en",
    "anglais": "en",
}
_KIND = re.compile(r"[^\W\d_]\w*")
_SPACES = re.compile(r"\s+")
_LONGEST_ID = 200
_OPENING = 80
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Declared:
    """What one place declares; ``origin`` names the place to the reader. Empty text and None mean
    undeclared.
    """

    origin: str
    doc_id: str = ""
    title: str = ""
    patient_id: str | None = None
    encounter_id: str | None = None
    kind: str = ""
    authored_at: str | None = None
    language: str = ""
    codes: tuple[Code, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    def document(self, source: Source, text: str, title: str = "") -> Document:
        """Return a document with these declarations; ``title`` is the one found in the text, used where none
        is declared.
        """
        return Document(
            doc_id=self.doc_id,
            source=source,
            kind=self.kind,
            title=self.title or title,
            text=text,
            language=self.language,
            patient_id=self.patient_id,
            encounter_id=self.encounter_id,
            authored_at=self.authored_at,
            codes=self.codes,
            metadata=self.metadata,
        )


def declared(values: Mapping[str, object], origin: str, file: str) -> Declared:
    """Check what a place declares.

    Raises:
        ParseError: a value is of the wrong form; the error names the file, the place and the key.
    """
    rest = dict(values)
    reader = _KeyReader(rest, origin, file)
    known = Declared(
        origin=origin,
        doc_id=reader.identifier(*ID_KEYS) or "",
        title=_short(reader.word("title") or ""),
        patient_id=reader.identifier("patient_id"),
        encounter_id=reader.identifier("encounter_id"),
        kind=reader.kind(),
        authored_at=reader.date(),
        language=reader.language(),
        codes=reader.codes(),
    )
    return replace(
        known, metadata={key: text for key, value in rest.items() if (text := reader.free(key, value))}
    )


class _KeyReader:
    """Takes the known keys out of a mapping, one by one, and checks them."""

    def __init__(self, values: dict[str, object], origin: str, file: str) -> None:
        self._values, self._origin, self._file = values, origin, file

    def _error(self, message: str, key: str) -> ParseError:
        return ParseError(message, file=self._file, origin=self._origin, key=key)

    def word(self, key: str) -> str | None:
        value = self._values.pop(key, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self._error("metadata_not_text", key)
        return canonical(str(value)).strip() or None

    def first(self, keys: Iterable[str]) -> str | None:
        found = {key: word for key in keys if (word := self.word(key)) is not None}
        if len(set(found.values())) > 1:
            raise self._error("metadata_twice", " / ".join(found))
        return next(iter(found.values()), None)

    def identifier(self, *keys: str) -> str | None:
        value = self.first(keys)
        if value is not None and (len(value) > _LONGEST_ID or "\n" in value):
            raise self._error("metadata_bad_id", keys[0])
        return value

    def kind(self) -> str:
        value = re.sub(r"[\s-]+", "_", (self.word("kind") or "").lower())
        if value and not _KIND.fullmatch(value):
            raise self._error("metadata_bad_kind", "kind")
        return value

    def date(self) -> str | None:
        value = self.first(_DATE_KEYS)
        if value is not None and re.fullmatch(r"\d{8}", value):
            value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
        if value is not None and not is_clinical_time(value):
            raise self._error("metadata_bad_date", "date")
        return value

    def language(self) -> str:
        value = self.word("language")
        if value is None:
            return ""
        language = _LANGUAGES.get(re.split(r"[-_]", value.lower())[0])
        if language is None:
            raise self._error("metadata_bad_language", "language")
        return language

    def codes(self) -> tuple[Code, ...]:
        value = self._values.pop("codes", None)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self._error("metadata_bad_codes", "codes")
        return tuple(self._code(item) for item in value)

    def _code(self, item: object) -> Code:
        if isinstance(item, str):
            system, _, code = item.partition(":")
            item = {"system": system.strip(), "code": code.strip()}
        if not isinstance(item, dict) or not all(isinstance(value, str) for value in item.values()):
            raise self._error("metadata_bad_codes", "codes")
        if not (item.get("system") and item.get("code")) or set(item) - {"system", "code", "display"}:
            raise self._error("metadata_bad_codes", "codes")
        return Code(item["system"], item["code"], item.get("display", ""))

    def free(self, key: str, value: object) -> str:
        """Return further metadata as text: a scalar, or a list of scalars joined."""
        if isinstance(value, list):
            return "; ".join(filter(None, (self.free(key, item) for item in value)))
        if value is None or isinstance(value, bool):
            return "" if value is None else str(value).lower()
        if not isinstance(value, str | int | float):
            raise self._error("metadata_not_text", key)
        return canonical(str(value)).strip()


def completed(document: Document, name: str, *, is_article: bool) -> Document:
    """Return a document that has all that is declared about it (``merged``) with defaults for the rest.

    ``name`` is the title of last resort; ``is_article``: what names no patient and no kind is one.
    """
    full = described(replace(document, title=document.title or name))
    return replace(
        full,
        kind=full.kind or ("article" if is_article and full.patient_id is None else "note"),
        language=full.language or detect_language(full.text),
    )


def merged(document: Document, sidecar: Declared | None, folder: Declared | None, file: str) -> Document:
    """Return the document with what the sidecar says over it, and what the folder says under it.

    Args:
        document: as its parser read it.
        sidecar: wins over the document's own declarations.
        folder: fills what neither declares.
        file: named in errors.

    Raises:
        ParseError: two of them name different patients.
    """
    own = Declared("record" if "#" in document.source.uri else "front matter", patient_id=document.patient_id)
    patient_id = _one_patient([place for place in (sidecar, own, folder) if place is not None], file)
    over, under, intake = sidecar or Declared(""), folder or Declared(""), intake_of(document)
    return replace(
        document,
        doc_id=over.doc_id or document.doc_id,
        title=over.title or document.title,
        patient_id=patient_id,
        encounter_id=over.encounter_id or document.encounter_id,
        kind=over.kind or document.kind or under.kind,
        authored_at=over.authored_at or document.authored_at or under.authored_at,
        language=over.language or document.language,
        codes=over.codes or document.codes,
        metadata={**document.metadata, **over.metadata},
        intake=replace(intake, is_declared=intake.is_declared or sidecar is not None).packed(),
    )


def _one_patient(places: Iterable[Declared], file: str) -> str | None:
    naming = [place for place in places if place.patient_id]
    for other in naming[1:]:
        if other.patient_id != naming[0].patient_id:
            raise ParseError(
                "metadata_patients_differ", file=file, first=naming[0].origin, second=other.origin
            )
    return naming[0].patient_id if naming else None


def _short(title: str) -> str:
    title = _SPACES.sub(" ", title)
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


def found_title(text: str) -> str:
    """Return a line of the text as a title, made short."""
    return _short(text.strip())


def opening_words(text: str) -> str:
    """Return the first line of a text that has no title, a long one cut with ``…``: it says what the text is
    about (a leaflet's drug).
    """
    first = _SPACES.sub(" ", text.lstrip().partition("\n")[0]).strip()
    if len(first) <= _OPENING:
        return first
    words = first[: _OPENING + 1].rpartition(" ")[0] or first[:_OPENING]
    return words.rstrip(" ,;:–-") + "…"
