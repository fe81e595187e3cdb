"""A tiny fictitious corpus with traps, and the command line over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.command_line import NOWHERE, CommandLine

_OPERATIVE_A = """---
id: demo-a-op
title: Compte rendu opératoire
patient_id: DEMO-A
kind: operative_report
date: 2026-03-12
language: fr
---
# Indication
Coxarthrose droite évoluée, gênant la marche depuis deux ans.

# Geste
Prothèse totale de hanche droite posée par voie antérieure. Pertes sanguines de 350 mL.
"""
_LETTER_A = """---
id: demo-a-letter
title: Lettre de sortie
patient_id: DEMO-A
kind: discharge_letter
date: 2026-03-16
language: fr
---
# Traitement de sortie
Zorbalexine 40 mg par jour pendant 35 jours, puis arrêt.
"""
_OPERATIVE_B = """---
id: demo-b-op
title: Compte rendu opératoire
patient_id: DEMO-B
kind: operative_report
date: 2026-04-02
language: fr
---
# Indication
Coxarthrose gauche évoluée, gênant la marche depuis trois ans.

# Geste
Prothèse totale de hanche gauche posée par voie postérieure. Pertes sanguines de 620 mL.
"""
_ARTICLE = """---
id: demo-article
title: Thromboprophylaxis after hip replacement
kind: article
date: 2024-06
language: en
---
# Results
Aspirin was not inferior to rivaroxaban for thromboprophylaxis after hip replacement. \
Major bleeding occurred in 0.5 % of patients.
"""
_FILES = {
    "patients/DEMO-A/operative.md": _OPERATIVE_A,
    "patients/DEMO-A/letter.md": _LETTER_A,
    "patients/DEMO-B/operative.md": _OPERATIVE_B,
    "article.md": _ARTICLE,
}


def write_corpus(folder: Path) -> Path:
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two patients operated on opposite sides, and one article."""
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def bare(tmp_path: Path) -> CommandLine:
    """The command line on a new home, where no model is and no source answers."""
    return CommandLine(tmp_path / "home", {"TRABOULE_MODELS__DIR": str(tmp_path / "no-models"), **NOWHERE})


@pytest.fixture
def traboule(tmp_path: Path, models_dir: Callable[..., Path]) -> CommandLine:
    """The command line on a new home, with the embedding model and without a language model."""
    return _quoting(tmp_path / "home", models_dir("multilingual-e5-small"))


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory, models_dir: Callable[..., Path]) -> CommandLine:
    """The command line on a home that holds the corpus; for tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("reading")
    command = _quoting(folder / "home", models_dir("multilingual-e5-small"))
    assert command.run("ingest", write_corpus(folder / "corpus")).code == 0
    return command


def _quoting(home: Path, models: Path) -> CommandLine:
    return CommandLine(home, {"TRABOULE_MODELS__DIR": str(models), "TRABOULE_LLM__KIND": "none"})
