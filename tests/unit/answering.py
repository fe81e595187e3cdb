"""Documents, evidence and stand-ins that the tests of the answer stage share."""

from __future__ import annotations

from collections.abc import Sequence

from rag.core.types import Coverage, Evidence, Passage, ScoredPassage, Trace
from rag.index.overlap import overlap

TEXTS = {
    "cro": (
        "Intervention : prothèse totale de hanche gauche.\n"
        "Voie antérieure de Hueter, incision de 9 cm. Cotyle de 56 mm sans ciment.\n"
        "Saignement estimé à 350 ml. Pas de transfusion."
    ),
    "ordo": (
        "Traitement de sortie :\n"
        "- énoxaparine 4000 UI par jour pendant 35 jours\n"
        "- paracétamol 1 g toutes les 6 heures\n"
        "Revoir à 6 semaines."
    ),
}
COVERAGE = Coverage(2, {"operative_report": 1, "prescription": 1}, "2026-03-12", "2026-03-16", None)
TRACE = Trace("scripted", "hash", "overlap", "", "", "f", "memory", {}, 0, 0)


def text_of(doc_id: str) -> str | None:
    return TEXTS.get(doc_id)


def evidence(
    marker: int, doc_id: str, start: int = 0, end: int | None = None, *, text: str | None = None
) -> Evidence:
    whole = text or TEXTS[doc_id]
    end = len(whole) if end is None else end
    passage = Passage(
        f"{doc_id}-0",
        doc_id,
        "r1",
        0,
        0,
        len(whole),
        whole,
        f"Titre {doc_id}",
        "note",
        "fr",
        authored_at="2026-03-12",
    )
    return Evidence(
        marker, ScoredPassage(passage, 1.0 / marker, marker, "hybrid"), start, end, whole[start:end]
    )


def similar(question: str, texts: Sequence[str]) -> list[float]:
    return [0.75 + 0.2 * overlap(question, text) for text in texts]
