"""What was not done, not given or not taken, as each version of FHIR writes it: by its status, or by a flag
of its own.
"""

from __future__ import annotations

from rag.ingest.fhir.node import Node, Resource

_STATUSES = frozenset(("not-done", "not-taken"))
_FLAGS = (
    "notDone",
    "notGiven",
    "wasNotGiven",
    "wasNotTaken",
    "notPerformed",
    "notTaken",
    "doNotPerform",
    "prohibited",
)
"""STU3: ``notDone``, ``notGiven``; DSTU2: ``notPerformed``, ``wasNotGiven``, ``wasNotTaken``, ``prohibited``.
"""
REASONS = (
    "reasonCode reasonReference reason statusReason statusReasonCodeableConcept notDoneReason reasonNotDone"
    " reasonNotGiven reasonNotTaken reasonNotPerformed reasonNotPerformedCodeableConcept explanation"
    " doNotPerformReason"
).split()


def is_denied(resource: Resource) -> bool:
    """Tell whether a resource says that something was not done, not given, not taken."""
    return (
        resource.status in _STATUSES
        or is_flagged(resource.node)
        or adherence(resource.node).startswith("not-taking")
    )


def adherence(node: Node) -> str:
    """Return whether a medicine is taken as R5 codes it: ``taking``, ``not-taking``, ``stopped``, empty where
    it does not say.
    """
    held = node.node("adherence") if isinstance(node.data.get("adherence"), dict | list) else Node({})
    return next((one.text("code") for one in held.node("code").nodes("coding") if one.text("code")), "")


def is_flagged(node: Node) -> bool:
    """Tell whether a flag of an object denies what it names."""
    return any(is_true(node, name) for name in _FLAGS) or plain(node, "taken") in ("n", "no")


def is_true(node: Node, name: str) -> bool:
    """Tell whether an element is the plain value true."""
    return plain(node, name) == "true"


def plain(node: Node, name: str) -> str:
    """Return a plain value in small letters, empty where the element is none."""
    held = node.data.get(name)
    return node.text(name).lower() if isinstance(held, bool | str) else ""
