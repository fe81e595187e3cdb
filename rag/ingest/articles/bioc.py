"""BioC, in XML and in JSON: passages that name their kind (title, abstract, paragraph, caption, table,
reference).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.articles.draft import ArticleDraft, date_of
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.media import BIOC_JSON
from rag.ingest.parsing.xml_tree import Element, records
from rag.ingest.records.xml import children, text_at

_ASIDE = ("ref", "footnote_ref", "author_list", "keyword_ref")
_IDS = {
    "article-id_pmid": "pmid",
    "article-id_pmc": "pmcid",
    "article-id_doi": "doi",
    "pmid": "pmid",
    "pmcid": "pmcid",
    "doi": "doi",
}
_SECTIONS = {
    "ABBR": "Abbreviations",
    "COMP_INT": "Competing interests",
    "CONCL": "Conclusion",
    "DISCUSS": "Discussion",
    "FIG": "Figures",
    "INTRO": "Introduction",
    "SUPPL": "Supplement",
    "TABLE": "Tables",
}
_MOST_LEVELS = 6
_ENTRIES = ("annotations", "relations")


@dataclass(frozen=True, slots=True)
class _BiocPassage:
    infons: Mapping[str, str]
    text: str

    @property
    def kind(self) -> str:
        return self.infons.get("type", "").lower()

    @property
    def section(self) -> str:
        return self.infons.get("section_type", self.infons.get("section", "")).upper()


@dataclass(frozen=True, slots=True)
class _Article:
    identifier: str
    pieces: list[_BiocPassage]
    entries: int = 0
    """Annotations and relations, which are not read."""


class BiocParser:
    """Reads each document of a collection."""

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield a document for each of the collection, and the error of each that says nothing."""
        file, number = name_of(source), 0
        aside = Aside(file)
        for article in (
            _from_json(stream, file) if source.media_type == BIOC_JSON else _from_xml(stream, file)
        ):
            number += 1
            draft = _draft(article)
            aside.note("article", "annotation", article.entries)
            aside.note("article", "reference", int(draft.facts["references"] or 0))
            aside.characters += sum(len(piece.text) for piece in article.pieces)
            if draft.title or draft.text:
                yield draft.document(source, number, warn)
            else:
                yield ParseError("article_empty", file=file, record=draft.name(number))
        aside.tell(warn)
        if not number:
            raise ParseError("article_none", file=file, format="BioC")


def _from_xml(stream: BinaryIO, file: str) -> Iterator[_Article]:
    for document in records(stream, file, "document"):
        pieces = [
            _BiocPassage(
                {infon.get("key", ""): text_at(infon) for infon in children(passage, "infon")},
                _raw_text(passage),
            )
            for passage in children(document, "passage")
        ]
        entries = _entries([document, *children(document, "passage")])
        yield _Article(text_at(document, "id"), pieces, entries)


def _raw_text(passage: Element) -> str:
    """Return a passage's text with its tabs and line ends: a table is written with them. One cut into
    sentences holds its text in them (BioC 1.1).
    """
    whole = "".join("".join(text.itertext()) for text in children(passage, "text"))
    sentences = (
        " ".join("".join(text.itertext()) for text in children(one, "text"))
        for one in children(passage, "sentence")
    )
    return whole if whole.strip() else " ".join(sentences)


def _entries(passages: Iterable[Element]) -> int:
    """Count the annotations and relations of passages and of their sentences."""
    return sum(
        len(children(holder, "annotation", "relation"))
        for passage in passages
        for holder in (passage, *children(passage, "sentence"))
    )


def _from_json(stream: BinaryIO, file: str) -> Iterator[_Article]:
    try:
        found = json.loads(stream.read().decode("utf-8-sig"))
        collections = found if isinstance(found, list) else [found]
        for collection in collections:
            for document in collection["documents"]:
                passages = document["passages"]
                held = [document, *passages, *(one for piece in passages for one in _sentences(piece))]
                entries = sum(len(one.get(name) or ()) for one in held for name in _ENTRIES)
                yield _Article(
                    str(document.get("id", "")), [_piece(passage) for passage in passages], entries
                )
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise ParseError("article_not_bioc", file=file) from None


def _piece(passage: Mapping[str, object]) -> _BiocPassage:
    infons = passage.get("infons")
    plain = {str(key): str(value) for key, value in infons.items()} if isinstance(infons, Mapping) else {}
    text = passage.get("text")
    if isinstance(text, str) and text.strip():
        return _BiocPassage(plain, text)
    return _BiocPassage(plain, " ".join(str(one.get("text") or "") for one in _sentences(passage)))


def _sentences(passage: Mapping[str, object]) -> list[Mapping[str, object]]:
    held = passage.get("sentences")
    return [one for one in held if isinstance(one, Mapping)] if isinstance(held, list) else []


def _draft(article: _Article) -> ArticleDraft:
    draft = ArticleDraft()
    section = ""
    references = 0
    for piece in article.pieces:
        for key, value in piece.infons.items():
            if (name := _IDS.get(key)) and value:
                draft.ids.setdefault(name, f"PMC{value}" if name == "pmcid" and value.isdecimal() else value)
        draft.date = draft.date or date_of(piece.infons.get("year", ""))
        draft.facts.setdefault("journal", piece.infons.get("journal", ""))
        if piece.section == "REF" or piece.kind in _ASIDE:
            references += 1
        elif not draft.title and (piece.section == "TITLE" or piece.kind in ("title", "front")):
            draft.title = " ".join(piece.text.split())
        else:
            section = _write(draft, piece, section)
    if not draft.ids:
        draft.ids["pmcid" if article.identifier.upper().startswith("PMC") else "identifier"] = (
            article.identifier
        )
    draft.facts["references"] = str(references) if references else ""
    return draft


def _write(draft: ArticleDraft, piece: _BiocPassage, section: str) -> str:
    """Write a passage, under a heading where its section begins without one; return the section."""
    if piece.section and piece.section != section and not _level(piece.kind):
        draft.text.heading(_SECTIONS.get(piece.section, piece.section.capitalize().replace("_", " ")))
    if level := _level(piece.kind):
        draft.text.heading(piece.text, level)
    elif piece.kind.startswith("table") and "\t" in piece.text:
        draft.text.table([row.split("\t") for row in piece.text.splitlines()])
    else:
        draft.text.paragraph(piece.text)
    return piece.section or section


def _level(kind: str) -> int:
    """Return the level of a passage that is a heading (``title_1``), 0 of any other."""
    name, _, number = kind.rpartition("_")
    if kind in ("title", "abstract_title_1"):
        return 1 if kind == "title" else 2
    return min(int(number), _MOST_LEVELS) if name == "title" and number.isdecimal() else 0
