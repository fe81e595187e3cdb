"""Which family of answers fits a part of a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rag.answer.from_facts.allergies import answer_allergy
from rag.answer.from_facts.presence import answer_presence
from rag.answer.from_facts.procedures import answer_procedure, answer_who_when
from rag.answer.from_facts.record import Record
from rag.answer.from_facts.results import answer_result
from rag.answer.from_facts.treatments.doses import answer_dose, answer_stop, answer_when_taken
from rag.answer.from_facts.treatments.drugs import answer_treatment
from rag.answer.from_facts.values import FactAnswer, not_found
from rag.answer.from_facts.whole.counts import answer_count
from rag.answer.from_facts.whole.pathway import answer_timeline
from rag.answer.from_facts.whole.summary import answer_problems, answer_summary
from rag.understand.values import Intent, QuestionPart

_Family = Callable[[QuestionPart, Record, str], FactAnswer]
_DRUGS = frozenset({"drug", "drug_class"})
_MEASURED = frozenset({"lab", "vital"})


def answer_part(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Return what the facts of a record say to one part of a question, in a language."""
    family = _family(part)
    return not_found() if family is None else family(part, record, language)


def _family(part: QuestionPart) -> _Family | None:
    if part.intent == "who_when":
        return _of_time(part)
    if part.intent == "count":
        return answer_result if part.named and _is_of(part, _MEASURED) else answer_count
    if part.intent == "presence" and _asks_problems(part):
        return lambda _, record, language: answer_problems(record, language)
    return _FAMILIES.get(part.intent)


def _asks_problems(part: QuestionPart) -> bool:
    """Tell whether a part asks for the illnesses of a patient, and names none."""
    is_of_illness = part.kinds == frozenset({"condition"}) and not part.named and not part.words
    return is_of_illness and not part.when.is_limited and not part.asks("absence", "family")


def _of_time(part: QuestionPart) -> _Family:
    if _is_of(part, _DRUGS) or "drug" in part.kinds:
        return answer_when_taken
    if part.kinds & {"procedure", "device"}:
        return answer_who_when
    return answer_presence


def _is_of(part: QuestionPart, sorts: frozenset[str]) -> bool:
    return any(one.kind in sorts for one in part.named)


_FAMILIES: Mapping[Intent, _Family] = {
    "value_last": answer_result,
    "value_at": answer_result,
    "trend": answer_result,
    "comparison": answer_result,
    "treatment_now": answer_treatment,
    "dose_change": answer_dose,
    "stopped_why": answer_stop,
    "allergy": answer_allergy,
    "presence": answer_presence,
    "laterality": answer_procedure,
    "procedure": answer_procedure,
    "timeline": answer_timeline,
    "summary": answer_summary,
}
