"""PubMed XML: citations with the parts of their abstract, MeSH terms, publication types, dates, and notices
of retraction and erratum.
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
from rag.ingest.articles.unread import note_unread, texts_of
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.xml_tree import Element, records
from rag.ingest.records.xml import child, children, text_at

_AS_TOPIC = " as Topic"
_TRANSLATED = re.compile(r"\[(.*?)\.?\]\.?")
"""How PubMed marks a title that it translated."""

_NOTICES = {
    "RetractionIn": "retraction",
    "PartialRetractionIn": "partial_retraction",
    "RetractionOf": "retraction_of",
    "ErratumIn": "erratum",
    "ErratumFor": "erratum_for",
    "ExpressionOfConcernIn": "expression_of_concern",
    "ExpressionOfConcernFor": "expression_of_concern_for",
    "UpdateIn": "updated_in",
    "RetractedandRepublishedIn": "republished_in",
}
_RECORDS = ("PubmedArticle", "PubmedBookArticle", "{*}PubmedArticle", "{*}PubmedBookArticle")


class PubmedParser:
    """Reads every citation of a PubMed file, one at a time."""

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield a document a citation, and the error of each that says nothing."""
        number, aside = 0, Aside(name_of(source))
        for element in records(stream, name_of(source), *_RECORDS):
            number += 1
            texts = list(texts_of(element))
            draft = _draft(element)
            if draft.title or draft.text:
                document = draft.document(source, number, warn)
                note_unread(texts, document, aside)
                yield document
            else:
                yield ParseError("article_empty", file=name_of(source), record=draft.name(number))
        aside.tell(warn)
        if not number:
            raise ParseError("article_none", file=name_of(source), format="PubMed")


def _draft(record: Element) -> ArticleDraft:
    make_plain(record)
    citation = child(record, "MedlineCitation")
    citation = citation if citation is not None else child(record, "BookDocument")
    article = child(citation, "Article")
    article = article if article is not None else citation
    draft = ArticleDraft(title=_title(article), ids=_ids(record, citation, article))
    listed = child(article, "PublicationTypeList")
    draft.types = [
        flat_text(found) for found in children(article if listed is None else listed, "PublicationType")
    ]
    draft.authors = [
        _author(found)
        for author_list in children(article, "AuthorList")
        for found in children(author_list, "Author")
    ]
    draft.authors = [author for author in draft.authors if author]
    draft.date = _date(article, citation)
    draft.is_retracted = "Retracted Publication" in draft.types
    draft.facts["journal"] = text_at(article, "Journal", "Title") or text_at(
        citation, "MedlineJournalInfo", "MedlineTA"
    )
    _read_abstracts(draft, citation, article)
    _read_headings(draft, citation)
    _read_notices(draft, citation)
    return draft


def _title(article: Element | None) -> str:
    title = flat_text(child(article, "ArticleTitle")) or flat_text(child(article, "Book", "BookTitle"))
    own = flat_text(child(article, "VernacularTitle"))
    if translated := _TRANSLATED.fullmatch(title):
        title = translated[1]
    return title if not own or own == title else f"{own} [{title}]" if title else own


def _ids(record: Element, citation: Element | None, article: Element | None) -> dict[str, str]:
    names = {"pubmed": "pmid", "doi": "doi", "pmc": "pmcid"}
    ids = {"pmid": text_at(citation, "PMID")}
    for identifier in children(child(record, "PubmedData", "ArticleIdList"), "ArticleId"):
        if name := names.get(identifier.get("IdType", "")):
            ids.setdefault(name, flat_text(identifier))
    for place in children(article, "ELocationID"):
        if place.get("EIdType") == "doi" and place.get("ValidYN", "Y") == "Y":
            ids.setdefault("doi", flat_text(place))
    return {name: value for name, value in ids.items() if value}


def _author(author: Element) -> str:
    return text_at(author, "CollectiveName") or " ".join(
        filter(None, (text_at(author, "LastName"), text_at(author, "Initials")))
    )


def _date(article: Element | None, citation: Element | None) -> str | None:
    """Return when it first appeared: in electronic form, else in its issue, else when PubMed had it."""
    for place in (
        child(article, "ArticleDate"),
        child(article, "Journal", "JournalIssue", "PubDate"),
        child(article, "Book", "PubDate"),
    ):
        year = text_at(place, "Year") or text_at(place, "MedlineDate")
        if found := date_of(year, text_at(place, "Month"), text_at(place, "Day")):
            return found
    done = child(citation, "DateCompleted")
    return date_of(text_at(done, "Year"), text_at(done, "Month"), text_at(done, "Day"))


def _read_abstracts(draft: ArticleDraft, citation: Element | None, article: Element | None) -> None:
    for abstract in (*children(article, "Abstract"), *children(citation, "OtherAbstract")):
        parts = children(abstract, "AbstractText")
        for part in parts:
            text = flat_text(part)
            if text and (label := part.get("Label", "")) and label.upper() != "UNLABELLED":
                draft.text.heading(label.capitalize() if label.isupper() else label)
            draft.text.paragraph(text)


def _read_headings(draft: ArticleDraft, citation: Element | None) -> None:
    for heading in children(child(citation, "MeshHeadingList"), "MeshHeading"):
        name = child(heading, "DescriptorName")
        if name is None:
            continue
        term = flat_text(name)
        if term and not term.endswith(_AS_TOPIC):
            draft.designs.append(term)
        if name.get("UI"):
            draft.codes.append(Code("mesh", name.get("UI"), term))
    keywords = [
        flat_text(word) for words in children(citation, "KeywordList") for word in children(words, "Keyword")
    ]
    draft.facts["keywords"] = "; ".join(filter(None, keywords))


def _read_notices(draft: ArticleDraft, citation: Element | None) -> None:
    for notice in children(child(citation, "CommentsCorrectionsList"), "CommentsCorrections"):
        key = _NOTICES.get(notice.get("RefType", ""))
        if key is None:
            continue
        pmid = text_at(notice, "PMID")
        said = " ".join(filter(None, (text_at(notice, "RefSource"), f"PMID {pmid}" if pmid else "")))
        draft.facts[key] = "; ".join(filter(None, (draft.facts.get(key, ""), said)))
        draft.is_retracted |= key in ("retraction", "republished_in")
