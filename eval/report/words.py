"""What a report calls things, in both languages at once; a name that nobody put into words stands for
itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.metrics.catalogue import CATALOGUE, Measure
from rag.messages import catalogue, message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup


def pair(key: str, /, **variables: object) -> tuple[str, str]:
    """Return a message in English and French."""
    return message(key, "en", **variables), message(key, "fr", **variables)


def named(table: str, name: str, language: str) -> str:
    """Return the words for a name of a table (``metric``, ``slice``, ``unscored``, ``figure``)."""
    if table == "metric" and (metric := CATALOGUE.find(name)) is not None:
        return metric.label.fr if language == "fr" else metric.label.en
    return catalogue(language).get(f"{table}.{name}", name.replace("_", " "))


def about(name: str, measure: Measure) -> tuple[str, str]:
    """Return what a metric is, in English and French; another judge's is known by its messages alone."""
    metric = CATALOGUE.find(name, measure)
    return label(name, "metric_about") if metric is None else metric.about


def figure(value: float) -> str:
    """Return a figure with three places; with six where three would read as a 0 or a 1 that it is not."""
    text = f"{value:.3f}"
    return f"{value:.6f}" if text.removeprefix("-") in ("0.000", "1.000") and value != float(text) else text


def label(name: str, table: str = "metric") -> tuple[str, str]:
    """Return the words for a name in English and French."""
    return named(table, name, "en"), named(table, name, "fr")


def say(key: str, /, **variables: object) -> Markup:
    """Return a message in both languages, each in a span that the page shows or hides. A key may lack words:
    it stands for itself.
    """
    from markupsafe import Markup

    table, _, name = key.partition(".")
    if key in catalogue("en"):
        english, french = pair(key, **variables)
    else:
        english, french = label(name, table)
    if english == french:
        return Markup("{}").format(english)
    return Markup('<span class="l-en" lang="en">{}</span><span class="l-fr" lang="fr">{}</span>').format(
        english, french
    )


VALUES: Mapping[str, tuple[str, str]] = {
    "fr": ("French", "français"),
    "en": ("English", "anglais"),
    "yes": ("yes", "oui"),
    "no": ("no", "non"),
    "patient": ("a patient", "un patient"),
    "literature": ("the literature", "la littérature"),
    "short": ("short", "courte"),
    "medium": ("medium", "moyenne"),
    "long": ("long", "longue"),
    "one": ("one", "un"),
    "several": ("several", "plusieurs"),
    "many": ("more than 10", "plus de 10"),
    "none": ("none", "aucune"),
    "supported": ("supported", "étayée"),
    "not_supported": ("not supported", "non étayée"),
    "good": ("good", "bonne"),
    "wrong": ("wrong", "fausse"),
    "incomplete": ("incomplete", "incomplète"),
    "unsupported": ("unsupported", "non étayée"),
    "dangerous": ("dangerous", "dangereuse"),
    "another_patient": ("another patient", "un autre patient"),
    "anybody": ("nobody in particular", "personne en particulier"),
}


def value_words(value: str) -> tuple[str, str]:
    """Return the words for a value of a slice."""
    plain = value.replace("_", " ")
    return VALUES.get(value, (plain, plain))
