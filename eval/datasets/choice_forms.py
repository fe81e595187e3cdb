"""Public sets of multiple-choice questions, read as they are published.

``mirage``: Xiong et al., "Benchmarking Retrieval-Augmented Generation for Medicine", 2024, its
``benchmark.json`` or one set of it. ``pubmedqa``: Jin et al., "PubMedQA", 2019: yes, no or maybe.
``french_medmcqa``: Labrak et al., "FrenchMedMCQA", 2022: sets of options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from eval.datasets.choice import ChoiceQuestion, Entry, own_questions
from eval.datasets.records import parsed, read_records, read_text
from rag.core.errors import UsageError

_DECISIONS = {"yes": "yes", "no": "no", "maybe": "maybe"}


def read_choices(files: Sequence[Path], form: str) -> list[ChoiceQuestion]:
    """Read and check every question of one or more files, in order.

    Raises:
        UsageError: the form is unknown, a file cannot be read, an entry is malformed (named by line or id),
        an id comes twice,
            or there is no question.
    """
    if form not in FORMS:
        raise UsageError("eval_choice_form_unknown", form=form, known=", ".join(FORMS))
    questions: dict[str, ChoiceQuestion] = {}
    for file in files:
        for question in FORMS[form](file):
            if question.id in questions:
                raise UsageError("eval_choice_duplicate", file=file, id=question.id)
            questions[question.id] = question
    if not questions:
        raise UsageError("eval_no_questions", files=", ".join(map(str, files)) or "–")
    return list(questions.values())


def _mirage(path: Path) -> Iterator[ChoiceQuestion]:
    """A file of several sets names them; of one set alone it holds the questions at once."""
    content = _json(path)
    if not isinstance(content, dict):
        raise UsageError("eval_choice_not_json", file=path)
    for name, value in content.items():
        if not isinstance(value, dict):
            raise _fault(path, name, "question")
        if "question" in value:
            yield _mirage_question(path, "", name, value)
        else:
            yield from (_mirage_question(path, name, key, entry) for key, entry in value.items())


def _mirage_question(path: Path, dataset: str, key: str, value: object) -> ChoiceQuestion:
    if not (key := key.strip()):
        raise _fault(path, dataset, "id")
    identifier = f"{dataset}/{key}" if dataset else key  # the sets number their questions alike
    if not isinstance(value, dict):
        raise _fault(path, identifier, "question")
    entry = Entry(value, partial(_fault, path, identifier))
    options = entry.options("options")
    gold = entry.gold("answer", options)
    return ChoiceQuestion(
        identifier,
        entry.text("question"),
        tuple(options.values()),
        gold,
        dataset=dataset,
        gold_docs=entry.texts("PMID"),
    )


def _pubmedqa(path: Path) -> Iterator[ChoiceQuestion]:
    """The abstract that a question was made from is its gold document; its conclusion is not shown."""
    for record in read_records(path):
        entry = Entry(record.values, record.error)
        decision = entry.text("final_decision")
        yield ChoiceQuestion(
            id=record.identifier(),
            text=entry.text("question"),
            options=tuple(_DECISIONS),
            gold=entry.gold("final_decision", _DECISIONS),
            dataset="pubmedqa",
            gold_docs=(record.identifier(),),
            slices=(("decision", decision),),
        )


def _french_medmcqa(path: Path) -> Iterator[ChoiceQuestion]:
    """How many options are right is not said to whoever answers, so a set is chosen for every question."""
    content = _json(path)
    if not isinstance(content, list):
        raise UsageError("eval_choice_not_json", file=path)
    for number, value in enumerate(content, start=1):
        identifier = value.get("id") if isinstance(value, dict) else None
        if not isinstance(identifier, str) or not (identifier := identifier.strip()):
            raise _fault(path, f"#{number}", "id")
        entry = Entry(value, partial(_fault, path, identifier))
        options = entry.options("answers")
        gold = entry.gold("correct_answers", options)
        yield ChoiceQuestion(
            id=identifier,
            text=entry.text("question"),
            options=tuple(options.values()),
            gold=gold,
            takes_several=True,
            language="fr",
            dataset="french_medmcqa",
            slices=(("correct_answers", str(len(gold))), ("subject", entry.text("subject_name"))),
        )


FORMS: Mapping[str, Callable[[Path], Iterator[ChoiceQuestion]]] = MappingProxyType(
    {"mirage": _mirage, "pubmedqa": _pubmedqa, "french_medmcqa": _french_medmcqa, "jsonl": own_questions}
)
BRINGS_CORPUS = frozenset({"pubmedqa"})
"""Forms whose files hold the documents to search, too: they are read as in ``qa.py``."""


def _fault(path: Path, identifier: str, field: str) -> UsageError:
    return UsageError("eval_choice_bad", file=path, id=identifier, field=field)


def _json(path: Path) -> object:
    try:
        return parsed(read_text(path))
    except ValueError:
        raise UsageError("eval_choice_not_json", file=path) from None
