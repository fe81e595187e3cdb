"""Whose record a question is about, and what stands in the way of an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.access import Scope
from rag.core.types import AbstainReason, Filters, Notice, Query
from rag.retrieve.patients import named_patients
from rag.store.documents import DocumentStore
from rag.store.traits import TraitStore
from rag.understand.bearers import bearers_in


@dataclass(frozen=True, slots=True)
class ReadyQuestion:
    """A question made ready: its query within the scope, and what stands in the way of an answer."""

    query: Query
    notices: tuple[Notice, ...] = ()
    refusal: AbstainReason | None = None


def bound(text: str, query: Query, scope: Scope, store: DocumentStore) -> ReadyQuestion:
    """Bind a question to the patient whose identifier or traits it names, within the scope of who asks."""
    named = named_patients(text, filter(scope.allows, store.patients()))
    chosen = query.filters.patient_ids
    if not named:
        bearers = bearers_in(text, TraitStore(store.database), scope.narrow(Filters(literature=False)))
        if chosen is not None and bearers.exact and not bearers.patients & chosen:
            return ReadyQuestion(query, ("other_patient_named",), "out_of_scope")
        if chosen is None and len(bearers.patients) > 1:
            return ReadyQuestion(query, ("several_patients",), "out_of_scope")
        named = bearers.patients if chosen is None else named
    if not named:
        return ReadyQuestion(query)
    if chosen is not None and not named & chosen:
        return ReadyQuestion(query, ("other_patient_named",), "out_of_scope")
    if len(named) == 1 and (chosen is None or len(chosen) > 1):
        narrowed = query.filters.narrowed(Filters(patient_ids=named, literature=False))
        return ReadyQuestion(replace(query, filters=narrowed), ("patient_from_question",))
    return ReadyQuestion(query)
