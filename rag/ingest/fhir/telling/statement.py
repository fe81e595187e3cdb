"""One line of a list, and who tells it: the words that every line is made of, the facts that it states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rag.core.facts import Fact
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.owners import Records
from rag.ingest.fhir.telling.denials import REASONS
from rag.ingest.fhir.telling.rest import rest_of
from rag.ingest.fhir.telling.words import notes, reasons, word
from rag.messages import message


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line of a list: the section it stands in (a key of the table ``section``), its text, the time it is
    sorted by, its facts.
    """

    section: str
    text: str
    when: str | None
    resource: Resource
    facts: tuple[Fact, ...] = ()


Tell = Callable[["Teller", Resource], Iterator[ListLine]]


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells resources in one language, by the tellers of their types."""

    language: str
    records: Records
    tellers: Mapping[str, Tell] = field(default_factory=dict)

    def say(self, key: str, **variables: object) -> str:
        """Return words of the table ``record``."""
        return message(f"record.{key}", self.language, **variables)

    def tell(self, resource: Resource) -> Iterator[ListLine]:
        """Yield the lines of a resource; none where it is of a type that is no list's. The last one says all
        that is left to say.
        """
        teller = self.tellers.get(resource.type)
        lines = list(teller(self, resource)) if teller is not None else []
        if not lines:
            return
        told = "\n".join(line.text for line in lines)
        is_nameless = self.say("unknown_what") in told
        further = list(rest_of(resource.node, told, self.language, with_narrative=is_nameless))
        yield from lines[:-1]
        yield replace(lines[-1], text=self.say("semicolon").join((lines[-1].text, *further)))

    def clauses(self, head: str, *parts: str) -> str:
        """Return a line: what it is about, then what is said of it."""
        said = list(dict.fromkeys(part for part in parts if part))
        return f"{head or self.say('unknown_what')}{' — ' if said else ''}{self.say('semicolon').join(said)}"

    def why(self, node: Node) -> list[str]:
        """Return the reasons that a resource gives."""
        return reasons(node, *REASONS)

    def rest(self, node: Node) -> list[str]:
        """Return reasons and notes as clauses."""
        said = [self.say("reason_is", text=text) for text in self.why(node)]
        return [*said, *(self.say("note_is", text=text) for text in notes(node))]

    def status(self, code: str) -> str:
        """Return the word for a status."""
        return word("status", code, self.language) if code else ""


def coded_status(node: Node, name: str) -> str:
    """Return a status: a code, or the code of a concept (R4), in small letters."""
    held = node.data.get(name)
    if isinstance(held, str):
        return held.strip().lower()
    return next(
        (code for coding in node.node(name).nodes("coding") if (code := coding.text("code"))), ""
    ).lower()


def is_in_error(resource: Resource) -> bool:
    """Tell whether a resource was entered in error, by its status or, where it has one, its verification."""
    node = resource.node
    stated = {resource.status, node.text("docStatus").lower()}
    stated |= {
        coded_status(node, name) for name in ("verificationStatus", "lifecycleStatus", "clinicalStatus")
    }
    return bool(stated & {"entered-in-error", "entered in error"})
