"""An answer as the plain text of a chat: sentences with their markers, then what each marker stands for."""

from __future__ import annotations

from collections.abc import Sequence

from rag.core.types import Answer, Claim, Evidence
from rag.messages import message

_QUOTE = 300


def sentence(claim: Claim) -> str:
    """Return a sentence with its markers: ``Blood loss was 350 mL. [1]``."""
    return " ".join(
        [
            claim.text,
            *(f"[{marker}]" for marker in dict.fromkeys(citation.marker for citation in claim.citations)),
        ]
    )


def ending(answer: Answer) -> str:
    """Return what follows the sentences: the sources, or why there is no answer."""
    return _abstention(answer) if answer.abstained else _sources(answer)


def _sources(answer: Answer) -> str:
    evidence = {item.marker: item for item in answer.evidence}
    lines = [f"**{message('answer.sources', answer.language)}**"]
    seen = set()
    for claim in answer.claims:
        for citation in claim.citations:
            if (citation.marker, citation.start) not in seen:
                seen.add((citation.marker, citation.start))
                lines.append(
                    f"- [{citation.marker}] {_title(evidence, citation.marker)} : «"
                    f" {_short(citation.quote)} »"
                )
    return "\n\n" + "\n".join([*lines, *_notices(answer)])


def _abstention(answer: Answer) -> str:
    language, coverage = answer.language, answer.coverage
    lines = [
        message("answer.abstained", language),
        message(f"answer.{answer.abstain_reason or 'no_evidence'}", language),
    ]
    if answer.missing:
        lines.append(message("answer.missing", language, words=", ".join(answer.missing)))
    if coverage.documents_searched:
        kinds = ", ".join(f"{kind} {count}" for kind, count in coverage.kinds.items())
        span = {"first": coverage.date_from or "–", "last": coverage.date_to or "–"}
        lines.append(
            message("answer.coverage", language, documents=coverage.documents_searched, kinds=kinds, **span)
        )
    else:
        lines.append(message("answer.coverage_none", language))
    return "\n".join([*lines, *_notices(answer)])


def _notices(answer: Answer) -> list[str]:
    return [f"\n*{message(f'notices.{notice}', answer.language)}*" for notice in answer.notices]


def _title(evidence: dict[int, Evidence], marker: int) -> str:
    item = evidence.get(marker)
    if item is None:
        return ""
    passage = item.scored.passage
    return f"{passage.title}, {passage.authored_at}" if passage.authored_at else passage.title


def _short(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= _QUOTE else line[: _QUOTE - 1] + "…"


def joined(claims: Sequence[Claim]) -> str:
    """Return the sentences of an answer as one text."""
    return " ".join(map(sentence, claims))
