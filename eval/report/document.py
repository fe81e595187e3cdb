"""The report as data: ``report.json``. Everything a page, a comparison or another program needs, except for
the texts of the items.

Fields may be added, never changed or removed. Times of day are ISO 8601 in UTC, durations milliseconds,
shares in [0, 1].
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from eval.metrics.catalogue import Measure

SCHEMA = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class MetricJson(_Part):
    """A metric over items: ``n`` of them are in the mean, the others in ``unscored`` with their reason."""

    mean: float | None
    low: float | None = None
    high: float | None = None
    n: int
    unscored: dict[str, int] = {}


class ItemJson(_Part):
    """The scores of one item, None where ``unscored`` says why, and the slices it belongs to."""

    id: str
    scores: dict[str, float | None]
    unscored: dict[str, str] = {}
    slices: dict[str, str] = {}


class PointJson(_Part):
    """A point of the risk–coverage curve."""

    confidence: float
    coverage: float
    risk: float


class BinJson(_Part):
    """A bin of the reliability diagram."""

    low: float
    high: float
    count: int
    mean_score: float
    share_positive: float


class DatasetFileJson(_Part):
    """A file of a declared set as it was read, and whether its bytes are the declared ones."""

    sha256: str
    is_declared: bool


class DatasetJson(_Part):
    """The declared set that was measured on; ``grades`` says by language what its grades mean, ``files`` goes
    by path under the data.
    """

    name: str
    source: str = ""
    licence: str = ""
    grades: dict[str, str] = {}
    is_declared_version: bool
    files: dict[str, DatasetFileJson] = {}


class GainJson(_Part):
    """What a metric gains over a baseline of the same run, over the ``n`` items scored by both: ``p`` is of
    the paired permutation test, ``p_corrected`` after Holm over the metrics of that baseline; ``gained`` and
    ``lost`` count items that got better and worse.
    """

    baseline: str
    metric: str
    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    p: float
    p_corrected: float
    n: int
    gained: int
    lost: int


class RunJson(_Part):
    """One measurement.

    ``data`` names what was measured on by sha256: two runs are comparable where it is equal. ``system`` names
    what was measured. ``dataset`` tells of the declared set, where it was one. ``error`` is set where the run
    could not be done; it then has no metrics.
    """

    name: str
    measure: Measure
    data: dict[str, str] = {}
    system: dict[str, str] = {}
    n: int = 0
    failed: dict[str, str] = {}
    metrics: dict[str, MetricJson] = {}
    slices: dict[str, dict[str, dict[str, MetricJson]]] = {}
    items: list[ItemJson] = []
    figures: dict[str, float | None] = {}
    latencies_ms: list[float] = []
    risk_coverage: list[PointJson] = []
    reliability: list[BinJson] = []
    gains: list[GainJson] = []
    notes: list[str] = []
    dataset: DatasetJson | None = None
    error: str | None = None


class ThresholdJson(_Part):
    """A threshold with what was reached; ``value`` None means that nothing could be measured."""

    run: str
    metric: str
    value: float | None
    min: float | None = None
    max: float | None = None
    passed: bool


class ReportJson(_Part):
    """A whole report. ``passed`` is None where no threshold was declared."""

    schema_version: int = SCHEMA
    name: str
    created: str
    suite: str
    about: dict[str, str] = {}
    passed: bool | None = None
    headline: dict[str, float | None] = {}
    thresholds: list[ThresholdJson] = []
    provenance: dict[str, str] = {}
    runs: list[RunJson]

    def run(self, name: str) -> RunJson | None:
        """Return a run by name, None where there is none."""
        return next((run for run in self.runs if run.name == name), None)
