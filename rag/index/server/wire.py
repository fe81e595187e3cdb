"""Values and errors between Traboule and the Qdrant client, which is imported only where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.core.errors import TrabouleError, Unavailable
from rag.core.types import SparseVector
from rag.index.filters import Among, AtLeast, AtMost, Condition, Either, NoneOf

if TYPE_CHECKING:
    from qdrant_client import models


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the client's errors into ours, with the status and never the body."""
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    try:
        yield
    except TrabouleError:
        raise
    except UnexpectedResponse as error:  # its body may quote what was sent: only the status is told
        raise Unavailable(
            "index_refused", url=url, reason=f"{error.status_code} {error.reason_phrase}"
        ) from None
    except ResponseHandlingException as error:
        raise Unavailable("index_unreachable", url=url, reason=type(error.source).__name__) from None


def wire_filter(wanted: tuple[Condition, ...]) -> models.Filter | None:
    """Return conditions as the client writes them, None where there are none."""
    from qdrant_client import models

    return models.Filter(must=[wire_condition(condition) for condition in wanted]) if wanted else None


def wire_condition(condition: Condition) -> models.FieldCondition | models.Filter:
    """Return one condition as the client writes it."""
    from qdrant_client import models

    match condition:
        case Among(field, values):
            return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))
        case NoneOf(field, values):
            return models.Filter(must_not=[wire_condition(Among(field, values))])
        case AtLeast(field, limit):
            return models.FieldCondition(key=field, range=models.Range(gte=limit))
        case AtMost(field, limit):
            return models.FieldCondition(key=field, range=models.Range(lte=limit))
        case Either(alternatives):
            return models.Filter(should=[wire_condition(alternative) for alternative in alternatives])


def wire_sparse(terms: SparseVector) -> models.SparseVector:
    """Return term weights as the client writes them."""
    from qdrant_client import models

    return models.SparseVector(indices=list(terms.indices), values=list(terms.values))
