"""What a document says of its patient beside the id that it is filed under. It is stored with each version,
and erased with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ClaimKind = Literal["own", "national", "local"]


@dataclass(frozen=True, slots=True)
class IdentityClaim:
    """One further identifier of a document's patient.

    Attributes:
        kind: ``national`` and ``local`` fit what they claim to be; ``own`` is the id that the document itself
        goes by, where it is filed
            under another because the identity desk joined the two, and of every document that was uploaded.
        value: the identifier.
        authority: who assigned it, empty where unknown.
    """

    kind: ClaimKind
    value: str
    authority: str = ""
