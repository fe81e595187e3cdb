"""Shows an answer on a terminal: the answer first, part by part, then what has no answer, the sources, and
what was searched. What a model writes is shown sentence by sentence as it is checked; quotes and facts come
at once, in the order asked. Extracts that were only looked at, and what was withheld, are shown where they
are asked for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag.cli.marks import marks
from rag.cli.session import Session
from rag.core.types import (
    Answer,
    AnswerEvent,
    Citation,
    Claim,
    ClaimChecked,
    Done,
    Evidence,
    EvidenceFound,
    Passage,
)

_SNIPPET = 110


class AnswerView:
    """Renders the events of one answer, in order. ``details`` shows also what is not part of the answer."""

    def __init__(self, session: Session, out: Console, *, details: bool = False) -> None:
        self._session = session
        self._out = out
        self._details = details
        self._started = time.perf_counter()
        self._first_evidence_s = 0.0
        self._answering = False
        self._part = ""
        self._shown: dict[int, Passage] = {}

    def show(self, event: AnswerEvent) -> None:
        """Render one event."""
        if isinstance(event, EvidenceFound):
            self._first_evidence_s = time.perf_counter() - self._started
            self._shown = {item.marker: item.scored.passage for item in event.evidence}
            if self._details:
                self._show_evidence(event.evidence)
        elif isinstance(event, ClaimChecked):
            if not event.withheld and (self._answering or event.claim.origin == "written"):
                self._show_claim(event.claim, event.part)
        else:
            self._show_end(event)

    def _show_evidence(self, evidence: Iterable[Evidence]) -> None:
        items = list(evidence)
        if items:
            self._heading("answer.evidence")
        for item in items:
            passage = item.scored.passage
            self._out.print(Text.assemble((f"[{item.marker}] ", "cyan"), self._titled(passage)))
            self._out.print(Padding(Text(_snippet(item.text), style="dim"), (0, 0, 0, 4)))

    def _show_claim(self, claim: Claim, part: str) -> None:
        if not self._answering:
            self._heading("answer.answer")
            self._answering = True
        if part and part != self._part:
            self._out.print(Text(_titled_question(part), style="bold"))
        self._part = part
        markers = "".join(
            f"[{marker}]" for marker in dict.fromkeys(citation.marker for citation in claim.citations)
        )
        partial = f" ({self._session.say('answer.support_partial')})" if claim.support == "partial" else ""
        retracted = any(citation.retracted for citation in claim.citations)
        text = f"« {claim.text} »" if claim.origin == "quoted" else claim.text
        line = Text.assemble(
            (self._source(claim), "green"),
            text,
            (f" {markers}", "cyan"),
            (partial, "yellow"),
            " ",
            marks(self._session, "", retracted),
        )
        self._out.print(Padding(line, (0, 0, 0, 2 if part else 0)))
        for one in claim.pictures:
            place = "images.frame" if one.page is None else "images.page"
            number = one.frame + 1 if one.page is None else one.page
            where = f"▣ {one.doc_id} · {self._session.say(place, number=number)}"
            self._out.print(Padding(Text(where, style="dim"), (0, 0, 0, 4 if part else 2)))
        if claim.translation is not None:
            label = self._session.say("answer.translated")
            told = Text.assemble((f"{label} : ", "dim"), claim.translation.text)
            self._out.print(Padding(told, (0, 0, 0, 4 if part else 2)))

    def _show_parts(self, answer: Answer) -> None:
        """Show the claims of each part in the order asked; a claim that answers several is shown once."""
        shown: set[int] = set()
        for part in answer.parts:
            asked = part.question if len(answer.parts) > 1 else ""
            for place in part.claims:
                if place not in shown:
                    self._show_claim(answer.claims[place], asked)
            if part.claims and shown.issuperset(part.claims):
                markers = "".join(
                    f"[{marker}]"
                    for marker in dict.fromkeys(
                        citation.marker
                        for place in part.claims
                        for citation in answer.claims[place].citations
                    )
                )
                self._out.print(Text(_titled_question(asked), style="bold"))
                self._out.print(Text(f"  {self._session.say('answer.said_above')} {markers}", style="dim"))
            shown.update(part.claims)

    def _source(self, claim: Claim) -> str:
        """Say where a claim comes from, where records and literature were both found."""
        if len({passage.patient_id is None for passage in self._shown.values()}) < 2:
            return ""
        owners = {
            self._shown[citation.marker].patient_id is None
            for citation in claim.citations
            if citation.marker in self._shown
        }
        return f"{self._session.say('answer.literature')} : " if owners == {True} else ""

    def _show_end(self, event: Done) -> None:
        answer = event.answer
        if not self._answering:
            self._show_parts(answer)
        if answer.abstained:
            self._heading("answer.answer")
            self._out.print(Text(self._session.say("answer.abstained"), style="yellow"))
            self._out.print(Text(self._session.say(f"answer.{answer.abstain_reason}")))
            if answer.missing:
                self._out.print(Text(self._session.say("answer.missing", words=", ".join(answer.missing))))
        self._show_unanswered(answer)
        self._show_sources(answer)
        self._show_doubts(answer)
        self._out.print()
        for notice in answer.notices:
            self._out.print(Text(self._session.say(f"notices.{notice}"), style="yellow"))
        self._out.print(Text(self._coverage(answer), style="dim"))
        self._out.print(Text(self._timing(answer), style="dim"))

    def _show_unanswered(self, answer: Answer) -> None:
        """Say which parts have no answer, and what was looked for."""
        open_parts = [part for part in answer.parts if not part.claims]
        if not open_parts:
            return
        if not answer.abstained:
            self._heading("answer.unanswered", style="yellow")
        for part in open_parts:
            if len(answer.parts) > 1:
                self._out.print(Text(_titled_question(part.question), style="bold"))
            if part.note:
                indent = 2 if len(answer.parts) > 1 else 0
                self._out.print(Padding(Text(part.note, style="yellow"), (0, 0, 0, indent)))

    def _show_sources(self, answer: Answer) -> None:
        """Show each cited document once, with its quotes: the record's, then the literature's."""
        passages = {item.marker: item.scored.passage for item in answer.evidence}
        cited: dict[int, dict[tuple[int, int], Citation]] = {}
        for claim in answer.claims:
            for citation in claim.citations:
                cited.setdefault(citation.marker, {})[citation.start, citation.end] = citation
        own = {marker: found for marker, found in cited.items() if passages[marker].patient_id is not None}
        articles = {marker: found for marker, found in cited.items() if marker not in own}
        for name, found in (("record", own), ("literature", articles)):
            if found:
                self._heading("answer.sources", name=name if own and articles else "")
                self._show_cited(found, passages)

    def _show_cited(
        self, cited: Mapping[int, Mapping[tuple[int, int], Citation]], passages: Mapping[int, Passage]
    ) -> None:
        by_document: dict[str, list[int]] = {}
        for marker in cited:
            by_document.setdefault(passages[marker].doc_id, []).append(marker)
        for markers in by_document.values():
            quoted = [citation for marker in markers for citation in cited[marker].values()]
            numbers = "".join(f"[{marker}]" for marker in markers)
            title = self._titled(passages[markers[0]], self._page(quoted[0]))
            self._out.print(Text.assemble((f"{numbers} ", "cyan"), title))
            quotes = " · ".join(dict.fromkeys(f"« {' '.join(one.quote.split())} »" for one in quoted))
            self._out.print(Padding(Text(quotes), (0, 0, 0, 4)))

    def _titled(self, passage: Passage, page: str = "") -> Text:
        parts = (passage.doc_id, passage.patient_id, passage.authored_at, page)
        facts = " · ".join(part for part in parts if part)
        mark = marks(self._session, passage.evidence_level, passage.retracted, passage.derived)
        return Text.assemble(mark, (passage.title, "bold"), (f"  {facts}", "dim"))

    def _show_doubts(self, answer: Answer) -> None:
        if answer.withheld and not self._details:
            self._out.print()
            self._out.print(Text(self._session.say("answer.held", count=len(answer.withheld)), style="dim"))
        elif answer.withheld:
            self._heading("answer.withheld", style="yellow")
            for claim in answer.withheld:
                self._out.print(Text(f"- {claim.text}", style="dim strike"))
        if answer.contradictions:
            self._heading("answer.contradictions", style="yellow")
        dates = {item.scored.passage.doc_id: item.scored.passage.authored_at for item in answer.evidence}
        for item in answer.contradictions:
            date = dates.get(item.doc_id) or self._session.say("answer.undated")
            self._out.print(
                Text.assemble((f"- {item.doc_id}, {date} : ", "dim"), " ".join(item.quote.split()))
            )

    def _page(self, citation: Citation) -> str:
        return "" if citation.page is None else self._session.say("answer.page", page=citation.page)

    def _coverage(self, answer: Answer) -> str:
        coverage, say = answer.coverage, self._session.say
        if not coverage.documents_searched:
            return say("answer.coverage_none")
        kinds = ", ".join(f"{kind} {count}" for kind, count in coverage.kinds.items())
        undated = say("answer.undated")
        dates = {"first": coverage.date_from or undated, "last": coverage.date_to or undated}
        text = say("answer.coverage", documents=coverage.documents_searched, kinds=kinds, **dates)
        return (
            text
            if coverage.patient_id is None
            else f"{say('answer.coverage_patient', patient=coverage.patient_id)} {text}"
        )

    def _timing(self, answer: Answer) -> str:
        total = time.perf_counter() - self._started
        timing = self._session.say(
            "answer.timing", evidence=self._first_evidence_s, total=total, model=answer.trace.model
        )
        return f"{timing} · {self._session.say('answer.disclaimer')}"

    def _heading(self, key: str, style: str = "bold magenta", name: str = "") -> None:
        self._out.print()
        text = self._session.say(key)
        if name:
            text = self._session.say("answer.several_sources", name=self._session.say(f"answer.{name}"))
        self._out.print(Text(text, style=style))


def _titled_question(part: str) -> str:
    """A part of a question as a heading."""
    plain = " ".join(part.split()).rstrip(" ?.,;")
    return plain[:1].upper() + plain[1:]


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SNIPPET else line[: _SNIPPET - 1].rstrip() + "…"
