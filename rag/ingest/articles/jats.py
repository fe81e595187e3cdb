"""JATS full text: abstract, sections, tables as text, captions of figures. References are set aside and
counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Code, Document, Source
from rag.ingest.articles.draft import ArticleDraft, date_of
from rag.ingest.articles.inline import flat_text, make_plain
from rag.ingest.articles.jats_body import ArticleBody
from rag.ingest.articles.unread import note_unread, texts_of
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.xml_tree import Element, records
from rag.ingest.records.xml import child, children, text_at

_ABSTRACT_ASIDE = frozenset(("graphical", "teaser", "toc", "precis"))
_NOTICES = {
    "retraction-forward": "retraction",
    "retracted-article": "retraction_of",
    "correction-forward": "erratum",
    "corrected-article": "erratum_for",
    "expression-of-concern": "expression_of_concern",
    "object-of-concern": "expression_of_concern_for",
}
_ID_TYPES = {"pmid": "pmid", "pmc": "pmcid", "pmcid": "pmcid", "doi": "doi"}
_DATES = ("epub", "epub-ppub", "electronic", "pub", "ppub", "print", "collection", "pmc-release")
"""Kinds of publication date, the first that is known wins: when readers first had it."""


class JatsParser:
    """Reads one article, or each article of a set."""

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield a document an article, and the error of each that says nothing."""
        file, number = name_of(source), 0
        aside = Aside(file)
        is_set = _is_set(stream)
        for element in records(stream, file, "article", "{*}article"):
            number += 1
            texts = list(texts_of(element))
            draft = _draft(element)
            if draft.title or draft.text:
                document = draft.document(source, number, warn, alone=not is_set)
                note_unread(texts, document, aside)
                yield document
            else:
                yield ParseError("article_empty", file=file, record=draft.name(number))
        aside.tell(warn)
        if not number:
            raise ParseError("article_none", file=file, format="JATS")


def _is_set(stream: BinaryIO) -> bool:
    from rag.ingest.parsing.xml_root import xml_root

    root = xml_root(stream.read(65_536))
    stream.seek(0)
    return root is None or root.name != "article"


def _draft(article: Element) -> ArticleDraft:
    make_plain(article)
    meta = child(article, "front", "article-meta")
    meta = meta if meta is not None else child(article, "front-stub")
    draft = ArticleDraft(title=flat_text(child(meta, "title-group", "article-title")))
    if subtitle := text_at(meta, "title-group", "subtitle"):
        draft.title = f"{draft.title}: {subtitle}"
    for identifier in children(meta, "article-id"):
        if name := _ID_TYPES.get(identifier.get("pub-id-type", "")):
            value = flat_text(identifier)
            draft.ids.setdefault(name, f"PMC{value}" if name == "pmcid" and value.isdecimal() else value)
    draft.types = [article.get("article-type", "").replace("-", " ").strip() or "article", *_subjects(meta)]
    draft.date = _date(meta)
    draft.authors = list(_authors(meta))
    journal = child(article, "front", "journal-meta")
    draft.facts["journal"] = text_at(journal, "journal-title-group", "journal-title") or text_at(
        journal, "journal-title"
    )
    draft.facts["keywords"] = "; ".join(
        flat_text(word) for group in children(meta, "kwd-group") for word in children(group, "kwd")
    )
    _read_notices(draft, article, meta)
    body = ArticleBody(draft.text)
    for abstract in (*children(meta, "abstract"), *children(meta, "trans-abstract")):
        if abstract.get("abstract-type") not in _ABSTRACT_ASIDE:
            _abstract(body, abstract)
    for part in (child(article, "body"), child(article, "back"), child(article, "floats-group")):
        body.write(part)
    body.write_parts(children(article, "sub-article", "response"))
    draft.facts["references"] = str(body.references) if body.references else ""
    draft.codes.extend(_codes(meta))
    return draft


def _abstract(body: ArticleBody, abstract: Element) -> None:
    body.heading(text_at(abstract, "title") or "Abstract", 1)
    body.write(abstract, level=2)


def _subjects(meta: Element | None) -> Iterator[str]:
    for group in children(child(meta, "article-categories"), "subj-group"):
        if group.get("subj-group-type") in (None, "heading", "article-type", "display-channel"):
            yield from (flat_text(subject) for subject in children(group, "subject"))


def _codes(meta: Element | None) -> Iterator[Code]:
    for group in children(meta, "kwd-group"):
        if "mesh" in (group.get("kwd-group-type") or group.get("vocab") or "").lower():
            for word in children(group, "kwd"):
                if identifier := word.get("vocab-term-identifier", ""):
                    yield Code("mesh", identifier.rpartition("/")[2], flat_text(word))


def _authors(meta: Element | None) -> Iterator[str]:
    for group in children(meta, "contrib-group"):
        for person in children(group, "contrib"):
            if person.get("contrib-type", "author") == "author":
                name = child(person, "name")
                name = name if name is not None else child(person, "name-alternatives", "name")
                initials = "".join(
                    part[0] for part in re.split(r"[\s-]+", text_at(name, "given-names")) if part
                )
                if found := text_at(person, "collab") or f"{text_at(name, 'surname')} {initials}".strip():
                    yield found


def _date(meta: Element | None) -> str | None:
    found: dict[str, str] = {}
    for element in children(meta, "pub-date"):
        kind = (
            element.get("pub-type") or element.get("publication-format") or element.get("date-type") or "pub"
        )
        if iso := date_of(
            text_at(element, "year"),
            text_at(element, "month") or text_at(element, "season"),
            text_at(element, "day"),
        ):
            found.setdefault(kind, iso)
    return next((found[kind] for kind in _DATES if kind in found), next(iter(found.values()), None))


def _read_notices(draft: ArticleDraft, article: Element, meta: Element | None) -> None:
    for related in (*children(meta, "related-article"), *children(article, "related-article")):
        if key := _NOTICES.get(related.get("related-article-type", "")):
            target = next((value for name, value in related.attrib.items() if name.endswith("href")), "")
            said = " ".join(flat_text(related).split()) or target or "–"
            draft.facts[key] = "; ".join(filter(None, (draft.facts.get(key, ""), said)))
    draft.is_retracted = "retraction" in draft.facts or article.get("article-type") == "retracted-article"
