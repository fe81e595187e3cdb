"""What the readers of articles gather, and how it becomes a document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Code, Document, Source
from rag.ingest.articles.evidence import evidence_level, is_retracted_by_title
from rag.ingest.parsing.address import record_uri
from rag.ingest.records.wording.dates import checked_time
from rag.ingest.records.writing import Writer
from rag.ingest.sources.intake import Intake
from rag.ingest.sources.metadata import found_title

_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_MOST_AUTHORS = 3


@dataclass(slots=True)
class ArticleDraft:
    """One article while it is read. ``ids`` are pmid, pmcid and doi, as far as they are known; ``text`` takes
    its sections.
    """

    ids: dict[str, str] = field(default_factory=dict)
    title: str = ""
    text: Writer = field(default_factory=Writer)
    date: str | None = None
    types: list[str] = field(default_factory=list)
    designs: list[str] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    is_retracted: bool = False

    def name(self, number: int) -> str:
        """Return what tells the article apart in its file: an id of its own, else its place."""
        return (
            self.ids.get("pmid")
            or self.ids.get("pmcid")
            or self.ids.get("doi")
            or self.ids.get("identifier")
            or f"article-{number}"
        )

    def document(self, source: Source, number: int, warn: Warn, *, alone: bool = False) -> Document:
        """Return the document; ``alone`` where the file holds nothing else. One without a text has its title
        for a text.
        """
        record = source if alone else Source(record_uri(source, self.name(number)), *_rest(source))
        if not self.text:
            self.text.paragraph(self.title)
        text, sections = self.text.done()
        retracted = self.is_retracted or is_retracted_by_title(self.title)
        level = evidence_level(self.types, self.designs, self.title)
        facts = {
            **self.ids,
            "authors": (
                ", ".join(self.authors[:_MOST_AUTHORS])
                + (" et al." if len(self.authors) > _MOST_AUTHORS else "")
            ),
            "publication_types": "; ".join(dict.fromkeys(self.types)),
            "evidence_level": level,
            "retracted": "true" if retracted else "",
            **self.facts,
        }
        return Document(
            doc_id="",
            source=record,
            kind="article",
            title=found_title(canonical(self.title)),
            text=text,
            language="",
            sections=sections,
            authored_at=checked_time(self.date, source, self.name(number), warn),
            codes=tuple(dict.fromkeys(self.codes)),
            metadata={key: clean for key, value in facts.items() if (clean := canonical(value).strip())},
            intake=Intake(is_record=False, is_article=True).packed(),
        )


def _rest(source: Source) -> tuple[str, str, str, str]:
    return source.media_type, source.sha256, source.parser, source.retrieved_at


def date_of(year: str, month: str = "", day: str = "") -> str | None:
    """Return a date as far as it is known; months are numbers or names, and a season or a range of months is
    left out.
    """
    found = re.search(r"\d{4}", year)
    if found is None or not 1500 < int(found[0]) < 2200:
        return None
    number = int(month) if month.isdecimal() else _MONTHS.get(month[:3].lower(), 0)
    if not 1 <= number <= 12 or re.search(r"[-–/]", month):
        return found[0]
    iso = f"{found[0]}-{number:02}"
    return (
        f"{iso}-{int(day):02}"
        if day.isdecimal() and 1 <= int(day) <= 31 and _is_day(f"{iso}-{int(day):02}")
        else iso
    )


def _is_day(iso: str) -> bool:
    from rag.core.times import is_clinical_time

    return is_clinical_time(iso)
