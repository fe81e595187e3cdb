"""The text of a record, and where the facts that its entries state are written in it."""

from __future__ import annotations

import io

from rag.core.facts import Fact
from rag.core.types import Document, Source
from rag.ingest.parsing.process.wire import receive, send
from rag.ingest.records.writing import Writer

POTASSIUM = Fact(
    "lab", "potassium", "Potassium", value=4.2, unit="mmol/L", value_text="4,2 mmol/L", source="structured"
)


def quotes(writer: Writer) -> list[str]:
    text, _ = writer.done()
    return [text[start:end] for fact in writer.facts for start, end in fact.spans]


def test_fact_of_a_row_stands_at_its_row() -> None:
    writer = Writer()
    writer.heading("Biologie")
    writer.table([["Analyse", "Résultat"], ["Potassium", " 4,2  mmol/L"]], [(), (POTASSIUM,)])
    assert quotes(writer) == ["| Potassium | 4,2 mmol/L |"]


def test_fact_of_an_empty_row_is_not_stated() -> None:
    writer = Writer()
    writer.table([["Analyse"], [""]], [(), (POTASSIUM,)])
    assert writer.facts == ()


def test_fact_that_names_its_span_counts_it_in_its_line() -> None:
    writer = Writer()
    writer.paragraph("Traitement")
    writer.line("Potassium : 4,2 mmol/L", Fact("lab", "potassium", "Potassium", spans=((12, 22),)))
    assert quotes(writer) == ["4,2 mmol/L"]


def test_facts_come_back_from_a_worker_process() -> None:
    stream = io.BytesIO()
    sent = Document(
        "", Source("file:///a", "text/plain", "", "x", ""), "note", "", "K 4,2", "fr", facts=(POTASSIUM,)
    )
    send(stream, sent)
    stream.seek(0)
    received = receive(stream)
    assert isinstance(received, Document)
    assert received.facts == (POTASSIUM,)
