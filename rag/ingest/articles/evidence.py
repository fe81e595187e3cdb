"""How much an article's kind of study is worth: from its publication types, the design in its subject
headings, or its title.

The order is that of the usual pyramids of evidence (Oxford CEBM): the highest level that applies is the
article's. It says what kind of study this is, not how well it was done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LEVELS = (
    "guideline",
    "meta_analysis",
    "systematic_review",
    "rct",
    "clinical_trial",
    "cohort",
    "case_control",
    "observational",
    "case_report",
    "narrative_review",
    "expert_opinion",
)
"""Highest first. ``rag/messages`` has the words."""

_TYPES = {
    "guideline": (
        "practice guideline",
        "guideline",
        "consensus development conference",
        "consensus statement",
        "clinical guideline",
    ),
    "meta_analysis": ("meta-analysis", "network meta-analysis"),
    "systematic_review": ("systematic review", "systematic-review", "cochrane review"),
    "rct": (
        "randomized controlled trial",
        "randomised controlled trial",
        "pragmatic clinical trial",
        "equivalence trial",
        "adaptive clinical trial",
    ),
    "clinical_trial": (
        *(
            "clinical trial",
            "controlled clinical trial",
            "clinical study",
            "clinical trial, phase i",
            "clinical trial, phase ii",
        ),
        *("clinical trial, phase iii", "clinical trial, phase iv"),
    ),
    "cohort": (
        "cohort studies",
        "cohort study",
        "prospective studies",
        "retrospective studies",
        "follow-up studies",
        "longitudinal studies",
    ),
    "case_control": ("case-control studies", "case-control study"),
    "observational": (
        "observational study",
        "cross-sectional studies",
        "cross-sectional study",
        "twin study",
    ),
    "case_report": ("case reports", "case report", "case-report", "case series"),
    "narrative_review": ("review", "review-article", "review article", "scoping review", "mini review"),
    "expert_opinion": (
        *(
            "editorial",
            "comment",
            "letter",
            "personal narrative",
            "news",
            "article-commentary",
            "commentary",
            "opinion",
            "discussion",
        ),
        *("expert opinion", "viewpoint", "perspective"),
    ),
}
_LEVEL_OF = {name: level for level, names in _TYPES.items() for name in names}
_IN_TITLES = (
    (
        "guideline",
        (
            r"(?:clinical|practice) guidelines?|consensus statement|recommandations (?:de bonne"
            r" pratique|formalisées)"
        ),
    ),
    ("meta_analysis", r"meta-?analys[ie]s|méta-?analyses?"),
    ("systematic_review", r"systematic review|revue systématique"),
    ("rct", r"randomi[sz]ed (?:\w+[- ]){0,3}trial|essai (?:\w+ ){0,3}randomisé"),
    ("cohort", r"cohort study|étude de cohorte"),
    ("case_control", r"case[-–]control study|étude cas[-– ]témoins?"),
    ("case_report", r"case (?:report|series)|(?:à propos d['’]un |rapport de )cas"),
)
_AIMED_AT = re.compile(r"\b(?:protocol|protocole)\b", re.IGNORECASE)
"""A protocol announces a study; it is no evidence of its kind."""


def evidence_level(types: Iterable[str], headings: Iterable[str] = (), title: str = "") -> str:
    """Return the level of an article, empty where nothing tells.

    Args:
        types: publication or article types, as the source names them.
        headings: subject headings that name the study's own design (not those "as Topic").
        title: read only where neither names a level.
    """
    if any("retraction" in name.lower() for name in types):
        return ""
    if _AIMED_AT.search(title) or any("protocol" in name.lower() for name in types):
        return ""
    named = {_LEVEL_OF.get(" ".join(name.lower().split())) for name in (*types, *headings)}
    found = next((level for level in LEVELS if level in named), "")
    by_title = next(
        (level for level, words in _IN_TITLES if re.search(rf"\b(?:{words})\b", title, re.IGNORECASE)), ""
    )
    if not found or (
        by_title
        and LEVELS.index(by_title) < LEVELS.index(found)
        and found in ("narrative_review", "observational")
    ):
        return by_title or found
    return found


_RETRACTED_TITLE = re.compile(
    r"\W*(?:retracted(?: article| paper| chapter)?|(?:article )?rétracté)\s*[:\])–—]", re.IGNORECASE
)


def is_retracted_by_title(title: str) -> bool:
    """Tell whether a publisher marked the title, as in ``RETRACTED ARTICLE: …``."""
    return bool(_RETRACTED_TITLE.match(title))
