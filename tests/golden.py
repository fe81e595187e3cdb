"""Golden files: what a parser made of an input when somebody last looked at it and found it right.

``pytest --regenerate-golden`` writes them anew; look at the difference before it is committed. A test fails
as long as the option is on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.parsing.aside import COUNTED
from rag.ingest.sources.files import Reader
from rag.settings import IngestSettings

DATA = Path(__file__).parent / "data"


def everything(path: Path, **settings: float) -> tuple[list[Document], list[ParseError], list[ParseError]]:
    """Parse a file without a home: its documents, its errors, its warnings."""
    reader = Reader(IngestSettings.model_validate({"workers": 0, **settings}), None)  # type: ignore[arg-type]
    warnings: list[ParseError] = []
    items = list(reader.documents(reader.open(path), None, warnings.append))
    warnings = [warning for warning in warnings if warning.key != COUNTED]
    documents = [item for item in items if isinstance(item, Document)]
    return documents, [item for item in items if isinstance(item, ParseError)], warnings


def dump(path: Path) -> str:
    """Write what a file gives as text that a person can judge: every document whole, then the errors and the
    warnings.
    """
    documents, errors, warnings = everything(path)
    parts = ["\n".join(_document(document, path)) for document in documents]
    said = [
        f"{what} {problem.key}: {problem.describe().replace(str(path), path.name)}"
        for what, problem in _problems(errors, warnings)
    ]
    return "\n\n".join([*parts, *filter(None, ["\n".join(said)])]) + "\n"


def _problems(errors: Iterable[ParseError], warnings: Iterable[ParseError]) -> list[tuple[str, ParseError]]:
    return [*(("error", error) for error in errors), *(("warning", warning) for warning in warnings)]


def _document(document: Document, path: Path) -> Sequence[str]:
    facts = [
        f"#{document.source.uri.removeprefix(path.as_uri()).lstrip('#')}",
        f"kind {document.kind}, patient {document.patient_id}, encounter {document.encounter_id}",
        f"authored {document.authored_at}, language {document.language}",
        f"title {document.title}",
        *(f"{key} {value}" for key, value in sorted(document.metadata.items())),
        *(f"code {code.system} {code.code} {code.display}" for code in document.codes),
        *(
            f"section {' > '.join(section.path)} [{section.start}:{section.end}]"
            for section in document.sections
        ),
        *(f"link {link.relation}" for link in document.links),
    ]
    return ["=" * 80, *facts, "-" * 80, document.text]


def check(path: Path, *, regenerate: bool) -> None:
    """Compare what a file gives with its golden file."""
    golden = path.with_name(path.name + ".golden")
    found = dump(path)
    if regenerate:
        golden.write_text(found, encoding="utf-8", newline="\n")
    assert found == golden.read_text(encoding="utf-8")
