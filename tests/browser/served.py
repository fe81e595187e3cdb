"""A home served for a real browser: a part of the bundled corpus and a few traps, the real embedder, a model
that says what it is told.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rag.build import open_home
from rag.demo import corpus_folder
from rag.server.services import serving
from rag.settings import Settings
from rag.testing import ScriptedLLM
from tests.server.serving import Served, _listening, with_llm

PATIENTS = ("DEMO-P02", "DEMO-P05")
ARTICLES = ("apixaban-dose-fa-fr.md", "lipid-targets-after-mi-en.md")

MARKUP = (
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script><b>Compte rendu</b>"
)
"""What must stay text wherever it is shown."""

INJECTION = f"""---
id: demo-x1-note
title: '{MARKUP.replace("'", "''")}'
patient_id: DEMO-X1
kind: progress_note
date: 2026-05-04
language: fr
---
# Zorbalexine <script>document.title='owned'</script>
Zorbalexine 40 mg <img src=x onerror="document.title='owned'"> matin et soir pendant 12 jours.
"""

WIDE = """---
id: demo-x2-note
title: Note avec des caractères larges
patient_id: DEMO-X2
kind: progress_note
date: 2026-05-05
language: fr
---
# 🩺 Évolution 𝛽
Patient 🙂 calme, apyrétique. 🩸🩸 Le drain de Redon a ramené 120 mL de liquide séro-sanglant. \
Reprise du transit 🙂 à J2.
"""

SCRIPT = {
    "sentences": [
        {"cites": [1], "text": "Prothèse totale de hanche gauche par voie antérieure, sans ciment."},
        {
            "cites": [1],
            "text": "Les pertes sanguines ont atteint 950 mL et une transfusion a été nécessaire.",
        },
    ]
}
"""One sentence that the letter of DEMO-P02 supports, and one that nothing does."""


def write_corpus(folder: Path) -> Path:
    for patient in PATIENTS:
        shutil.copytree(corpus_folder() / "patients" / patient, folder / "patients" / patient)
    for article in ARTICLES:
        (folder / "evidence").mkdir(exist_ok=True)
        shutil.copy(corpus_folder() / "evidence" / article, folder / "evidence" / article)
    (folder / "injection.md").write_text(INJECTION, encoding="utf-8")
    (folder / "wide.md").write_text(WIDE, encoding="utf-8")
    return folder


@contextmanager
def served_page(folder: Path, models: Path, *, demo: bool = True) -> Iterator[Served]:
    """Serve a new home that holds the corpus; the question's "word for word" choice quotes, else the script
    is written.
    """
    settings = Settings.model_validate(
        {"models": {"dir": str(models)}, "llm": {"kind": "none"}, "index": {"kind": "memory"}}
    )
    home = folder / "home"
    with ExitStack() as stack:
        opened = stack.enter_context(open_home(settings, home, allow_fallback=True))
        report = opened.ingestor.ingest([write_corpus(folder / "corpus")])
        assert not report.has_failures, report
        opened = with_llm(opened, ScriptedLLM(script=json.dumps(SCRIPT, ensure_ascii=False)), settings)
        services = stack.enter_context(serving(settings, home, opened, demo=demo))
        yield Served(stack.enter_context(_listening(services)), services, home)
