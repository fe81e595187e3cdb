"""JSON Schemas of the documents that the command line prints, written from the contract and not from the code
that prints them.

Objects are open, as the contract may grow; every field it names is required, with its type.
"""

from __future__ import annotations

from typing import Any

import jsonschema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WORD: Schema = {"type": "string", "minLength": 1}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
RANK: Schema = {"type": "integer", "minimum": 1}
PAGE: Schema = {"type": ["integer", "null"], "minimum": 1}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def fields(**properties: Schema) -> Schema:
    """Return the schema of an object with these fields, all required; a final underscore sets a Python
    keyword free.
    """
    named = {name.rstrip("_"): schema for name, schema in properties.items()}
    return {"type": "object", "required": sorted(named), "properties": named}


def many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def by_name(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def one_of(*values: str | None) -> Schema:
    return {"enum": list(values)}


MILLISECONDS = by_name({"type": "number", "minimum": 0})
TIMED_WITH_TOTAL = {**MILLISECONDS, "required": ["total"]}

_HIT: dict[str, Schema] = {
    "rank": RANK,
    "score": NUMBER,
    "stage": WORD,
    "passage_id": WORD,
    "doc_id": WORD,
    "title": TEXT,
    "kind": WORD,
    "language": WORD,
    "patient_id": TEXT_OR_NULL,
    "authored_at": TEXT_OR_NULL,
    "section": many(TEXT),
    "page": PAGE,
    "start": COUNT,
    "end": COUNT,
    "text": WORD,
    "evidence_level": TEXT_OR_NULL,
    "retracted": FLAG,
    "derived": FLAG,
    "copies": many(fields(doc_id=WORD, passage_id=WORD, title=TEXT, authored_at=TEXT_OR_NULL)),
}

SEARCH = fields(query=WORD, language=WORD, k=RANK, hits=many(fields(**_HIT)), timings_ms=TIMED_WITH_TOTAL)

_CITATION = fields(
    marker=RANK,
    doc_id=WORD,
    passage_id=WORD,
    quote=WORD,
    start=COUNT,
    end=COUNT,
    page=PAGE,
    evidence_level=TEXT_OR_NULL,
    retracted=FLAG,
)
_CLAIM = fields(
    text=WORD,
    start=COUNT,
    end=COUNT,
    support=one_of("full", "partial", "none", "unchecked"),
    support_score=SHARE,
    citations=many(_CITATION),
    origin=one_of("quoted", "computed", "written", "translated"),
    translation={"anyOf": [{"type": "null"}, fields(text=WORD, language=one_of("fr", "en"))]},
    pictures=many(fields(doc_id=WORD, frame=COUNT, page=PAGE)),
)
_PART = fields(
    question=TEXT,
    status=one_of("answered", "partial", "not_found", "contradictory", "out_of_scope"),
    claims=many(COUNT),
    note=TEXT,
    near=many(fields(doc_id=WORD, quote=WORD, start=COUNT, end=COUNT)),
)
_SHOWN_CLAIM: Schema = {"allOf": [_CLAIM, {"properties": {"citations": {"minItems": 1}}}]}

ASK = fields(
    question=WORD,
    language=one_of("fr", "en"),
    answer=TEXT,
    abstained=FLAG,
    abstain_reason=one_of(
        None, "no_evidence", "low_relevance", "unsupported", "contradictory", "out_of_scope"
    ),
    claims=many(_SHOWN_CLAIM),
    withheld=many(_CLAIM),
    contradictions=many(fields(claim=TEXT, doc_id=WORD, quote=WORD, start=COUNT, end=COUNT)),
    evidence=many(fields(marker=RANK, **_HIT)),
    coverage=fields(
        documents_searched=COUNT,
        kinds=by_name(COUNT),
        from_=TEXT_OR_NULL,
        to=TEXT_OR_NULL,
        patient_id=TEXT_OR_NULL,
    ),
    parts=many(_PART),
    invalid_markers=COUNT,
    notices=many(WORD),
    trace=fields(
        model=WORD,
        embedder=WORD,
        verifier=WORD,
        prompt_id=TEXT,
        prompt_sha256=TEXT,
        settings_fingerprint=WORD,
        index_version=WORD,
        timings_ms=MILLISECONDS,
        tokens_in=COUNT,
        tokens_out=COUNT,
        reader=WORD,
    ),
)

DOCUMENTS = fields(
    count=COUNT,
    documents=many(
        fields(
            doc_id=WORD,
            title=TEXT,
            kind=WORD,
            language=WORD,
            patient_id=TEXT_OR_NULL,
            authored_at=TEXT_OR_NULL,
            passages=RANK,
            characters=RANK,
            pages=COUNT,
            status=one_of("ready", "incomplete"),
        )
    ),
    failed=many(fields(uri=WORD, problem=WORD, status=one_of("failed"))),
)

SHOW = fields(
    doc_id=WORD,
    title=TEXT,
    kind=WORD,
    language=WORD,
    patient_id=TEXT_OR_NULL,
    authored_at=TEXT_OR_NULL,
    uri=WORD,
    media_type=WORD,
    sha256=SHA256,
    parser=WORD,
    characters=RANK,
    sections=many(fields(path=many(TEXT), start=COUNT, end=COUNT, page=PAGE)),
    pages=many(fields(number=RANK, start=COUNT, end=COUNT)),
    links=many(fields(relation=WORD, doc_id=WORD, by=WORD, title=TEXT)),
    metadata=by_name(TEXT),
    text=WORD,
)

_PERIOD: Schema = {
    "oneOf": [
        {"type": "null"},
        fields(from_=TEXT_OR_NULL, to=TEXT_OR_NULL, precision=one_of("year", "month", "day", "minute")),
    ]
}
FACTS = fields(
    patient_id=WORD,
    facts=many(
        fields(
            fact_id=WORD,
            kind=WORD,
            concept=WORD,
            label=WORD,
            codes=many(fields(system=WORD, code=WORD)),
            value={"type": ["number", "null"]},
            comparator=one_of("<", ">", "<=", ">=", "~", ""),
            unit=TEXT,
            value_text=TEXT,
            status=TEXT,
            assertion=one_of("present", "negated", "hypothesis", "family", "history"),
            side=one_of("", "left", "right", "both"),
            at=_PERIOD,
            recorded_at=TEXT_OR_NULL,
            reason=TEXT,
            source=one_of("structured", "narrative"),
            confidence=SHARE,
            doc_id=WORD,
            spans={**many(fields(start=COUNT, end=COUNT, quote=WORD)), "minItems": 1},
        )
    ),
)
TIMELINE = fields(
    patient_id=WORD,
    events=many(fields(kind=WORD, title=WORD, at=_PERIOD, facts=many(WORD), doc_ids=many(WORD))),
    conflicts=many(fields(facts={**many(WORD), "minItems": 2}, why=WORD)),
    coverage=fields(
        documents=fields(documents_searched=COUNT, kinds=by_name(COUNT)),
        pages=COUNT,
        facts=COUNT,
        copied_share=SHARE,
    ),
)

_PROBLEM = fields(problem=WORD, message=WORD)
INGEST = fields(
    added=COUNT,
    updated=COUNT,
    unchanged=COUNT,
    removed=COUNT,
    failed=COUNT,
    held=COUNT,
    documents=COUNT,
    passages=COUNT,
    seconds=NUMBER,
    files=many(
        fields(
            file=WORD,
            status=one_of("added", "updated", "unchanged", "held", "failed"),
            problems=many(_PROBLEM),
            warnings=many(_PROBLEM),
        )
    ),
)

_PROPOSAL = fields(
    proposal_id=WORD,
    old_id=WORD,
    new_id=WORD,
    reason=one_of("announced", "identifier", "conflict"),
    said=TEXT,
    doc_id=WORD,
    origin=WORD,
    status=one_of("proposed", "confirmed", "rejected", "reversed"),
    proposed_at=WORD,
    decided_at=TEXT_OR_NULL,
    decided_by=TEXT_OR_NULL,
)
IDENTITIES = fields(
    count=COUNT,
    proposals=many(_PROPOSAL),
    held=many(
        fields(
            doc_id=WORD,
            title=TEXT,
            kind=WORD,
            patient_id=WORD,
            other_id=TEXT_OR_NULL,
            origin=WORD,
            held_at=WORD,
        )
    ),
)
DECIDED = fields(proposal=_PROPOSAL, moved=many(WORD), released=many(WORD), held=many(WORD))

FORGET = fields(doc_ids=many(WORD), passages=COUNT, sources=COUNT, vectors=COUNT)

MODELS_LIST = fields(
    models=many(
        fields(
            name=WORD,
            role=WORD,
            source=WORD,
            bytes={"type": ["integer", "null"], "minimum": 1},
            licence=WORD,
            sha256=by_name(SHA256),
            state=one_of("present", "missing", "damaged", "external"),
        )
    )
)

DOCTOR = fields(ok=FLAG, findings=many(fields(subject=WORD, state=one_of("ok", "note", "bad"), text=WORD)))


def obeys(document: object, schema: Schema) -> None:
    """Fail with the place and the reason where the document is not what the schema says."""
    jsonschema.Draft202012Validator(schema).validate(document)
