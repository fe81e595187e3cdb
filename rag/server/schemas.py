"""What callers send, and what the server adds to the contract's documents.

An unknown field is refused: a misspelt filter must not widen a search.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from rag.answer.sought import StatedFilter
from rag.contract import AnswerJson, ClaimJson, CoverageJson, EvidenceJson
from rag.core.times import is_clinical_time
from rag.core.types import Filters
from rag.pipeline import Question


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _clinical_time(value: object) -> object:
    if not (isinstance(value, str) and len(value) <= 40 and is_clinical_time(value)):
        raise ValueError("not a date: write 2026, 2026-03 or 2026-03-12")
    return value


Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Kind = Annotated[str, Field(min_length=1, max_length=80)]
Kinds = Annotated[Annotated[list[Kind], Field(max_length=50)], BeforeValidator(_as_list)] | None
Assertion = Literal["present", "negated", "hypothesis", "family", "history"]
Assertions = Annotated[Annotated[list[Assertion], Field(max_length=5)], BeforeValidator(_as_list)] | None
ClinicalDate = Annotated[
    str,
    BeforeValidator(_clinical_time),
    Field(pattern=r"^\d{4}(-\d\d(-\d\d(T.*)?)?)?$", max_length=40, examples=["2026-03"]),
]
ClinicalTime = ClinicalDate | None
EVENTS: dict[str, Any] = {
    "text/event-stream": {
        "schema": {"type": "object", "properties": {"event": {"type": "string"}, "data": {"type": "string"}}}
    }
}
"""How a stream of events is described: the data of each is a line of JSON."""
Language = Literal["fr", "en"]


class RequestBody(BaseModel):
    """What a request holds."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, str_strip_whitespace=True)

    @field_validator("*", mode="after")
    @classmethod
    def _without_nul(cls, value: object) -> object:
        if isinstance(value, str) and "\0" in value:  # no database keeps one
            raise ValueError("a character that is no text")
        return value


class _Filtered(RequestBody):
    patient_id: Id | None = Field(
        None, description="Only this patient's documents; with `with_literature`, articles too."
    )
    with_literature: bool = Field(False, description="With `patient_id`: the literature too.")
    literature_only: bool = Field(False, description="No patient's documents; not with `patient_id`.")
    kind: Kinds = Field(None, description="Kinds of documents, e.g. `operative_report`; one or several.")
    date_from: ClinicalTime = Field(
        None, alias="from", description="Not before: 2026, 2026-03 or 2026-03-12."
    )
    date_to: ClinicalTime = Field(None, alias="to", description="Not after.")

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.literature_only and self.patient_id is not None:
            raise ValueError("literature_only excludes patient_id")
        return self

    def _patients(self) -> frozenset[str] | None:
        if self.literature_only:
            return frozenset()
        return None if self.patient_id is None else frozenset({self.patient_id})

    def filters(self, languages: list[Language] | None = None) -> Filters:
        """Return the filters that the fields mean."""
        return Filters(
            patient_ids=self._patients(),
            literature=self.patient_id is None or self.with_literature,
            date_from=self.date_from,
            date_to=self.date_to,
            kinds=frozenset(self.kind) if self.kind else None,
            languages=frozenset(languages) if languages else None,
        )


class SearchBody(_Filtered):
    """A search."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"query": "pertes sanguines prothèse de hanche", "k": 5, "patient_id": "DEMO-P02"}]
        }
    )

    query: str = Field(min_length=1, max_length=10_000)
    k: int = Field(10, ge=1, le=100)
    language: Language | None = Field(None, description="Only documents in this language.")
    mode: Literal["hybrid", "dense", "sparse"] | None = None
    assertion: Assertions = Field(None, description="Only passages that state the thing so.")
    concept: str | None = Field(
        None, min_length=1, max_length=80, description="Only passages that state this thing, by name or id."
    )

    def stated(self) -> StatedFilter:
        """Return what is asked of statements."""
        return StatedFilter(tuple(self.assertion or ()), self.concept or "")


class AskBody(_Filtered):
    """A question. With `stream` the answer comes as server-sent events."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "Quelle a été la perte sanguine ?", "patient_id": "DEMO-P02", "stream": True},
                {
                    "question": "What is the antibiotic prophylaxis in case of penicillin allergy?",
                    "language": "en",
                    "no_llm": True,
                },
            ]
        }
    )

    question: str = Field(min_length=1, max_length=10_000)
    language: Language | None = Field(
        None, description="Language of the answer; the question's own when left out."
    )
    document_language: Language | None = Field(None, description="Only documents in this language.")
    no_llm: bool | None = Field(
        None,
        description=(
            "True: facts and the documents' own words, at once. False: the language model writes. Left out:"
            " as the settings say."
        ),
    )
    stream: bool = False
    conversation_id: Id | None = Field(
        None,
        description="Keep question and answer in this conversation; its earlier questions are the context.",
    )

    def asked(self, history: tuple[str, ...] = ()) -> Question:
        """Return the question as the pipeline takes it."""
        languages: list[Language] | None = [self.document_language] if self.document_language else None
        return Question(self.question, self.language, self.filters(languages), history)


class ChatFilters(_Filtered):
    """What narrows a question of the OpenAI-compatible part, and the language of the answer."""

    language: Language | None = None


class EvidenceEvent(BaseModel):
    """Event `evidence`: what was found, before anything is written."""

    evidence: list[EvidenceJson]
    coverage: CoverageJson


class ClaimEvent(ClaimJson):
    """Event `claim`: a sentence, checked. One that is `withheld` is not part of the answer."""

    withheld: bool


class QueuedEvent(BaseModel):
    """Event `queued`: the question waits for the language model, at this place from 1."""

    position: int


class AnsweredJson(AnswerJson):
    """The answer, and where it is kept."""

    conversation_id: str | None = None
    turn_id: str | None = None
