"""What every JSON document of the contract is."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict


class JsonDocument(BaseModel):
    """What every document of the contract is: frozen, without fields that it does not name."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values with the contract's names."""
        return self.model_dump(mode="json", by_alias=True)


def rounded(timings: Mapping[str, float]) -> dict[str, float]:
    """Return milliseconds by stage, to the hundredth."""
    return {stage: round(value, 2) for stage, value in timings.items()}
