"""Shows an answer on a terminal as its events come: evidence, each checked sentence with its citations, then
sources and coverage.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag.cli.marks import marks
from rag.cli.session import Session
from rag.core.types import Answer, AnswerEvent, Citation, Claim, ClaimChecked, Done, Evidence, EvidenceFound

_SNIPPET = 110


class AnswerView:
    """Renders the events of one answer, in order."""

    def __init__(self, session: Session, out: Console) -> None:
        self._session = session
        self._out = out
        self._started = time.perf_counter()
        self._first_evidence_s = 0.0
        self._answering = False

    def show(self, event: AnswerEvent) -> None:
        """Render one event."""
        if isinstance(event, EvidenceFound):
            self._first_evidence_s = time.perf_counter() - self._started
            self._show_evidence(event.evidence)
        elif isinstance(event, ClaimChecked):
            if not event.withheld:
                self._show_claim(event.claim)
        else:
            self._show_end(event)

    def _show_evidence(self, evidence: Iterable[Evidence]) -> None:
        items = list(evidence)
        if items:
            self._heading("answer.evidence")
        for item in items:
            passage = item.scored.passage
            facts = " · ".join(fact for fact in (passage.patient_id, passage.authored_at) if fact)
            mark = marks(self._session, passage.evidence_level, passage.retracted, passage.derived)
            self._out.print(
                Text.assemble(
                    (f"[{item.marker}] ", "cyan"), mark, (passage.title, "bold"), (f"  {facts}", "dim")
                )
            )
            self._out.print(Padding(Text(_snippet(item.text), style="dim"), (0, 0, 0, 4)))

    def _show_claim(self, claim: Claim) -> None:
        if not self._answering:
            self._heading("answer.answer")
            self._answering = True
        markers = "".join(
            f"[{marker}]" for marker in dict.fromkeys(citation.marker for citation in claim.citations)
        )
        partial = f" ({self._session.say('answer.support_partial')})" if claim.support == "partial" else ""
        retracted = any(citation.retracted for citation in claim.citations)
        self._out.print(
            Text.assemble(
                claim.text,
                (f" {markers}", "cyan"),
                (partial, "yellow"),
                " ",
                marks(self._session, "", retracted),
            )
        )

    def _show_end(self, event: Done) -> None:
        answer = event.answer
        if answer.abstained:
            self._heading("answer.answer")
            self._out.print(Text(self._session.say("answer.abstained"), style="yellow"))
            self._out.print(Text(self._session.say(f"answer.{answer.abstain_reason}")))
            if answer.missing:
                self._out.print(Text(self._session.say("answer.missing", words=", ".join(answer.missing))))
        for part in answer.parts:
            if part.note:
                self._out.print(Text(part.note, style="yellow"))
        self._show_sources(answer)
        self._show_doubts(answer)
        self._out.print()
        for notice in answer.notices:
            self._out.print(Text(self._session.say(f"notices.{notice}"), style="yellow"))
        self._out.print(Text(self._coverage(answer), style="dim"))
        self._out.print(Text(self._timing(answer), style="dim"))

    def _show_sources(self, answer: Answer) -> None:
        citations = {(c.marker, c.start, c.end): c for claim in answer.claims for c in claim.citations}
        if citations:
            self._heading("answer.sources")
        titles = {item.marker: item.scored.passage for item in answer.evidence}
        for citation in citations.values():
            passage = titles[citation.marker]
            facts = " · ".join(
                fact
                for fact in (citation.doc_id, passage.patient_id, passage.authored_at, self._page(citation))
                if fact
            )
            mark = marks(self._session, citation.evidence_level, citation.retracted)
            self._out.print(
                Text.assemble(
                    (f"[{citation.marker}] ", "cyan"), mark, (passage.title, "bold"), (f"  {facts}", "dim")
                )
            )
            self._out.print(Padding(Text(f"« {' '.join(citation.quote.split())} »"), (0, 0, 0, 4)))

    def _show_doubts(self, answer: Answer) -> None:
        if answer.withheld:
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

    def _heading(self, key: str, style: str = "bold magenta") -> None:
        self._out.print()
        self._out.print(Text(self._session.say(key), style=style))


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SNIPPET else line[: _SNIPPET - 1].rstrip() + "…"
