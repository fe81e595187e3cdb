"""What a researcher sees of a record: the same values, without who it is about.

Texts, titles, quotes, facts and answers pass here on their way out. A replaced text is as long as it was, so
that every offset stays true, and a quote is cut from the replaced text of its document, so that it stays
exact. Dates are moved by a number of days of the patient's own, from a secret of the home: intervals stay.
Pictures and pages cannot be veiled and are not shown. Ids are not veiled: they are the keys of the study.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from rag.clinical.deidentification import Deidentifier
from rag.core.traits import Traits
from rag.core.types import Answer, Document, Filters
from rag.store.documents import DocumentStore
from rag.store.privacy import private_folder
from rag.store.traits import TraitStore

T = TypeVar("T")
_KEPT = 256
_LEAST_DAYS, _MORE_DAYS = 31, 700
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:T[\d:.+Z-]*)?)?)?")
_CODES = frozenset(
    """doc_id passage_id patient_id fact_id kind language revision marker concept status assertion unit
    comparator side source stage relation by parser media_type sha256 precision system code origin support
    intent id rating gold_docs asked_at said_at evidence_level role abstain_reason model embedder verifier
    prompt_id prompt_sha256 notices settings_fingerprint index_version state why area modality added_at codes
    """.split()
)
"""Fields that hold ids, codes and words of the program, never words of a document."""


@dataclass(frozen=True, slots=True)
class Veil:
    """Veils what leaves. ``key_file`` holds the secret of the dates; it is made at first use."""

    store: DocumentStore
    traits: TraitStore
    key_file: Path
    _texts: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict)
    _keys: list[bytes] = field(default_factory=list)
    _guard: Lock = field(default_factory=Lock)

    def document(self, document: Document) -> Document:
        """Return a document without who it is about; of the source only its kind stays."""
        if document.patient_id is None:
            return document
        text = self._text(document)
        source = replace(document.source, uri="", sha256="")
        rest = replace(document, text="", metadata={}, source=source, traits=Traits(), encounter_id=None)
        return replace(self.value(rest, [document.patient_id]), text=text)

    def value(self, value: T, patients: Iterable[str | None]) -> T:
        """Return a value with every text in it veiled; ``patients`` are those it may speak of."""
        named = sorted({one for one in patients if one is not None})
        if not named:
            return value
        veiled: Any = self._veiled(value, named)
        if isinstance(value, Answer):
            veiled = self._whole(value, veiled)
        found: T = veiled
        return found

    def words(self, text: str, patients: frozenset[str] | None) -> str:
        """Return a question without the names of the patients who may be meant: what they are called finds
        nobody's record.
        """
        filters = Filters(patient_ids=patients, literature=False)
        known = self.traits.of_patients(filters).values()
        blotted = Deidentifier(known).own(text)
        return blotted if any(sign.isalnum() for sign in blotted) else "?"

    def days(self, patient_id: str) -> int:
        """Return by how many days the dates of a patient are moved: back, by one month to two years."""
        digest = hmac.digest(self._secret(), patient_id.encode("utf-8", "surrogatepass"), "sha256")
        return -(_LEAST_DAYS + int.from_bytes(digest[:8]) % _MORE_DAYS)

    def _veiled(self, value: Any, patients: list[str]) -> Any:
        if isinstance(value, str):
            return self._plain(value, patients)
        if is_dataclass(value) and not isinstance(value, type):
            return self._part(value, patients)
        if isinstance(value, tuple):
            return tuple(self._veiled(one, patients) for one in value)
        if isinstance(value, list):
            return [self._veiled(one, patients) for one in value]
        if isinstance(value, Mapping):
            return {key: self._veiled(one, patients) for key, one in value.items()}
        return value

    def _part(self, value: Any, patients: list[str]) -> Any:
        own = getattr(value, "patient_id", None)
        of_nobody = hasattr(value, "patient_id") and own is None and hasattr(value, "doc_id")
        if of_nobody:
            return value  # literature
        whom = [own] if own else patients
        changed = {
            one.name: self._veiled(getattr(value, one.name), whom)
            for one in fields(value)
            if one.init and one.name not in _CODES and not one.name.startswith("_")
        }
        changed |= self._cut(value)
        if "source_uri" in changed:
            changed["source_uri"] = ""
        return replace(value, **changed)

    def _cut(self, value: Any) -> dict[str, str]:
        """Return the text or quote of a place in a document, cut from what is shown of the document."""
        doc_id, start, end = (getattr(value, name, None) for name in ("doc_id", "start", "end"))
        name = next((name for name in ("text", "quote") if hasattr(value, name)), None)
        if not isinstance(doc_id, str) or not isinstance(start, int) or name is None:
            return {}
        document = self.store.get(doc_id)
        if document is None or document.patient_id is None:
            return {} if document is None else {name: getattr(value, name)}
        return {name: self._text(document)[start:end]}

    def _text(self, document: Document) -> str:
        key = (document.doc_id, document.source.sha256)
        with self._guard:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        made = self._deidentifier([document.patient_id or ""], [document]).text(document.text)
        with self._guard:
            self._texts[key] = made
            if len(self._texts) > _KEPT:
                self._texts.popitem(last=False)
        return made

    def _plain(self, text: str, patients: list[str]) -> str:
        if _DATE.fullmatch(text):
            return _moved(text, self.days(patients[0])) if len(patients) == 1 else text[:4]
        return self._deidentifier(patients).text(text)

    def _deidentifier(self, patients: list[str], documents: Iterable[Document] = ()) -> Deidentifier:
        filters = Filters(patient_ids=frozenset(patients), literature=False)
        known = [*self.traits.of_patients(filters).values(), *(one.traits for one in documents)]
        return Deidentifier(known, patients, self.days(patients[0]) if len(patients) == 1 else 0)

    def _whole(self, before: Answer, veiled: Answer) -> Answer:
        """Return an answer whose text is that of its claims, each word for word where it is a quote."""
        claims = []
        for old, new in zip(before.claims, veiled.claims, strict=True):
            quotes = zip(old.citations, new.citations, strict=True)
            exact = next((after.quote for cited, after in quotes if cited.quote == old.text), None)
            claims.append(new if exact is None else replace(new, text=exact))
        signs = list(veiled.answer)
        for claim in claims:
            signs[claim.start : claim.end] = list(claim.text)
        return replace(veiled, claims=tuple(claims), answer="".join(signs))

    def _secret(self) -> bytes:
        if not self._keys:
            if not self.key_file.is_file():
                private_folder(self.key_file.parent)
                self.key_file.touch(0o600)
                self.key_file.write_bytes(secrets.token_bytes(32))
            self._keys.append(self.key_file.read_bytes())
        return self._keys[0]


def veil_of(home: Path, store: DocumentStore) -> Veil:
    """Return the veil of a home: every way out moves the dates of a patient alike."""
    return Veil(store, TraitStore(store.database), home / "veil" / "key")


def _moved(text: str, days: int) -> str:
    """Move an ISO date of any precision; a month or a year is moved as its middle day is."""
    day = date.fromisoformat({4: f"{text}-07-01", 7: f"{text}-15"}.get(len(text), text[:10]))
    return (day + timedelta(days=days)).isoformat()[: min(len(text), 10)] + text[10:]
