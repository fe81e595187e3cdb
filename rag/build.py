"""Settings → a home that is open: the only place that chooses implementations.

Nothing heavy is loaded before it is needed: listing documents opens the database alone, quoting never loads
the language model.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms.llm import LLM

from rag.answer.answerer import Answerer
from rag.answer.from_facts.record import RecordDocument
from rag.answer.from_facts.way import FactWay
from rag.answer.relevance.gate import Candidate, RelevanceGate
from rag.answer.select.extracts import Extractor
from rag.answer.verify.entailed import EntailmentVerifier
from rag.answer.verify.quotes import Aligner
from rag.answer.verify.verifier import CombinedVerifier, Embed
from rag.answer.write.generator import Generator
from rag.answer.write.translation import Translator
from rag.clinical.facts import FACTS, extract
from rag.clinical.facts.naming import named
from rag.core.errors import ConfigurationError, StorageError, Unavailable
from rag.core.facts import Fact
from rag.core.protocols import PassageIndex, TextReader, Verifier
from rag.core.types import Document, Filters, Notice, Passage, Trace, Vector
from rag.home import OpenHome, Registry
from rag.index.folder import built_as
from rag.index.lexical import encode_passage, lexical_text
from rag.index.overlap import any_terms, overlap
from rag.ingest.facts import FactReader
from rag.ingest.ingestor import Ingestor
from rag.ingest.passages import estimate_tokens
from rag.models.embedding.cache import EmbeddingCache
from rag.models.embedding.e5.embedding import E5Embedding
from rag.models.embedding.embedders import embed_passages, embedder_id, make_embedder
from rag.models.embedding.hashed import HashedWords
from rag.models.embedding.memo import EmbeddingMemo
from rag.models.embedding.onnx_export import is_export
from rag.models.llm.llms import make_llm
from rag.models.reader.readers import make_reader
from rag.pictures.parts import open_pictures
from rag.pipeline import Stages
from rag.retrieve.evidence import Cover, EvidenceSelector
from rag.retrieve.rerank import PairReranker, Reranker, SignalReranker, fitted_weights
from rag.retrieve.retriever import Retriever
from rag.retrieve.stated import StatedRanking
from rag.retrieve.tuning import tuning
from rag.settings import EmbedderSettings, ReaderSettings, RerankSettings, Settings, models_folder
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.erasures import Tombstones
from rag.store.facts import FactStore
from rag.store.inputs import InputStore
from rag.store.people.alerts import AlertRules, ReadingWatch
from rag.store.people.anchors import ChainAnchors
from rag.store.people.audit import AuditLog
from rag.store.sources import SourceStore
from rag.views import Views

_REBUILT = {"index_damaged", "index_embedder_mismatch", "index_dimensions_mismatch"}
"""What is wrong with an index that is built again from the registry."""

_log = logging.getLogger(__name__)


@contextmanager
def open_registry(settings: Settings, home: Path) -> Iterator[Registry]:
    """Open the database of a home."""
    database = _open_database(settings, home)
    try:
        yield Registry(DocumentStore(database), InputStore(database))
    finally:
        database.close()


@contextmanager
def open_home(
    settings: Settings,
    home: Path,
    *,
    rebuild: bool = False,
    allow_fallback: bool = False,
    embeddings: Path | None = None,
) -> Iterator[OpenHome]:
    """Open a home for search, answers and writing.

    Args:
        settings: what to build it from. home: its folder, made when missing. rebuild: drop an index that is
        damaged or was built with another embedder; ``mend_index`` then fills a new one from the registry.
        allow_fallback: go on without the embedding model where its weights cannot be had: words are searched,
        nothing else. embeddings: file of the embedding cache, when it is not the home's own.

    Raises:
        ConfigurationError: the index was built with another embedder.
        Unavailable: another process has the home open, or a service cannot be reached.
    """
    with ExitStack() as stack:
        database = _open_database(settings, home)
        stack.callback(database.close)
        store = DocumentStore(database)
        embedder, notices = _choose_embedder(settings, home, allow_fallback=allow_fallback)
        index = _open_index(settings, home, embedder, rebuild=rebuild)
        stack.callback(index.close)
        cache = EmbeddingCache(embeddings or home / "embeddings.db")
        stack.callback(cache.close)
        llm, missing = _make_llm(settings, home)
        if close := getattr(llm, "close", None):
            stack.callback(close)
        memo = EmbeddingMemo(_answer_embedder(settings, home, embedder))

        def embed(texts: Sequence[str]) -> list[Vector]:
            return embed_passages(embedder, texts, cache)

        sources = SourceStore(database, home / "sources")
        pictures = open_pictures(settings, home, store, sources)
        stack.callback(pictures.index.close)
        ingestor = Ingestor(
            store,
            index,
            embed,
            encode_passage,
            settings.ingest,
            sources,
            facts=FactReader(_said, named, FACTS),
            pictures=pictures.writer,
            tombstones=Tombstones(database, settings.audit.anchor_dir or home / "audit"),
            own=cache.own,
        )
        stack.callback(ingestor.close)
        folder = models_folder(settings, home)
        reader = make_reader(folder, settings.reader)
        verifier = _verifier(settings.reader, folder, memo.passages)
        models = _Models(embedder, memo, reader, verifier, llm)
        reranker = _reranker(settings.rerank, folder)
        stages = _stages(settings, store, index, reranker, models, (*notices, *missing))
        shown = pictures.stages(store, stages.retriever)
        stages = replace(stages, pictures=shown.search)
        views = Views(store, sources)
        opened = OpenHome(store, index, ingestor, cache, memo, stages, views, home, shown, reader)
        opened.finish_interrupted()
        yield opened


def open_audit(settings: Settings, home: Path, database: Database) -> AuditLog:
    """Return the audit of a home whose database is open, anchored where the settings say."""
    told = settings.audit
    folder = told.anchor_dir or home / "audit"
    rules = AlertRules(told.alert_patients_per_hour, told.alert_refusals_per_hour, told.night_hours)
    anchors = ChainAnchors(folder, told.key_file, told.syslog, told.checkpoint_entries)
    return AuditLog(database, anchors, ReadingWatch(rules))


def open_verifier(settings: Settings, home: Path) -> Verifier:
    """Return the verifier by itself, with the embedder it is calibrated for. The home is not opened."""
    return _verifier(settings.reader, models_folder(settings, home), open_embed(settings, home))


def open_embed(settings: Settings, home: Path) -> Embed:
    """Return what embeds passages for the verifier and the relevance gate. The home is not opened."""
    embedder = _answer_embedder(
        settings, home, make_embedder(models_folder(settings, home), settings.embedder)
    )
    return EmbeddingMemo(embedder).passages


def _open_database(settings: Settings, home: Path) -> Database:
    url = settings.store.url
    return Database.open(home, url.get_secret_value() if url else None)


def _has_weights(settings: EmbedderSettings, folder: Path) -> bool:
    from rag.models.embedding.e5.embedding import WEIGHTS_FILE
    from rag.models.files.stored import model_file

    if is_export(folder, settings.name):
        return True
    try:
        model_file(folder, settings.name, WEIGHTS_FILE)
    except Unavailable:
        return False
    return True


def _choose_embedder(
    settings: Settings, home: Path, *, allow_fallback: bool
) -> tuple[BaseEmbedding, tuple[Notice, ...]]:
    """The embedder of the settings; where its weights are missing, the hashed words that the index was built
    with, or may be built with.
    """
    folder = models_folder(settings, home)
    if settings.embedder.kind != "onnx" or _has_weights(settings.embedder, folder):
        return make_embedder(folder, settings.embedder), ()
    fallback = HashedWords(any_terms, settings.embedder.dimensions)
    known = built_as(home / "index")
    if (known is None and allow_fallback) or (known is not None and known.endswith(embedder_id(fallback))):
        return fallback, ("embedder_unavailable",)
    return make_embedder(folder, settings.embedder), ("embedder_unavailable",)


def _open_index(settings: Settings, home: Path, embedder: BaseEmbedding, *, rebuild: bool) -> PassageIndex:
    identity, dimensions = embedder_id(embedder), settings.embedder.dimensions
    if settings.index.kind == "memory":
        from rag.index.memory import MemoryIndex

        return MemoryIndex(identity, dimensions)
    if settings.index.kind == "server":
        from rag.index.server.index import open_server_index

        return open_server_index(settings.index, identity, dimensions)
    from rag.index.edge import EdgeIndex

    try:
        return EdgeIndex(home / "index", identity, dimensions, settings.index)
    except (ConfigurationError, StorageError) as error:
        if not rebuild or error.key not in _REBUILT:
            raise
        shutil.rmtree(home / "index")
        return EdgeIndex(home / "index", identity, dimensions, settings.index)


def _answer_embedder(settings: Settings, home: Path, embedder: BaseEmbedding) -> BaseEmbedding:
    """The embedder that the verifier and the relevance gate are calibrated for, where it is here; else the
    one of the search.
    """
    if isinstance(embedder, E5Embedding):
        return embedder.exact()
    bundled = EmbedderSettings(threads=settings.embedder.threads, passages="float32")
    is_same_model = settings.embedder.kind == "onnx" and settings.embedder.name == bundled.name
    if is_same_model or not _has_weights(bundled, models_folder(settings, home)):
        return embedder
    return make_embedder(models_folder(settings, home), bundled)


def _make_llm(settings: Settings, home: Path) -> tuple[LLM | None, tuple[Notice, ...]]:
    """The language model of the settings; None, with a notice, where its file is not here."""
    if settings.llm.kind == "none":
        return None, ()
    try:
        return make_llm(settings.llm, models_folder(settings, home)), ()
    except Unavailable:
        return None, ("llm_unavailable",)


def _reranker(settings: RerankSettings, folder: Path) -> Reranker | None:
    if settings.kind == "none":
        return None
    if settings.kind == "signals":
        return SignalReranker(settings.depth, fitted_weights())
    from rag.models.reader.cross_encoder import CrossEncoder

    return PairReranker(settings.depth, CrossEncoder(folder, settings), lexical_text)


@dataclass(frozen=True, slots=True)
class _Models:
    """The models that answers are made with."""

    embedder: BaseEmbedding
    memo: EmbeddingMemo
    reader: TextReader | None
    verifier: CombinedVerifier | EntailmentVerifier
    llm: LLM | None


def _verifier(settings: ReaderSettings, folder: Path, embed: Embed) -> CombinedVerifier | EntailmentVerifier:
    """The verifier of the settings: a model of entailment where one is named, else features and guards."""
    if settings.nli is None:
        return CombinedVerifier(embed)
    from rag.models.reader.nli import Entailment

    model = Entailment(folder, settings)
    return EntailmentVerifier(model.name, model.supports)


def _stages(
    settings: Settings,
    store: DocumentStore,
    index: PassageIndex,
    reranker: Reranker | None,
    models: _Models,
    notices: tuple[Notice, ...],
) -> Stages:
    verifier, memo, llm = models.verifier, models.memo, models.llm
    gate = RelevanceGate.load()
    similar = _word_similarities if "embedder_unavailable" in notices else memo.similarities
    extractor = Answerer(
        generator=None,
        aligner=Aligner(verifier, overlap),
        extractor=Extractor(similar, gate.coverages, reader=models.reader),
        gate=gate,
        similar=similar,
        overlap=overlap,
        contradicts=verifier.contradicts,
        text_of=lambda doc_id: store.texts([doc_id]).get(doc_id),
    )
    writer = (
        extractor
        if llm is None
        else replace(extractor, generator=Generator(llm, settings.llm, settings.answer))
    )
    return Stages(
        store=store,
        index=index,
        retriever=Retriever(index, models.embedder, settings.search, reranker),
        selector=EvidenceSelector(memo, _cover(gate), settings.answer, estimate_tokens, models.reader),
        writer=writer,
        extractor=extractor,
        trace=_trace(settings, index, models),
        answer_depth=tuning().evidence.passages,
        mode="sparse" if "embedder_unavailable" in notices else "hybrid",
        answer_mode=settings.answer.mode,
        facts=_fact_way(store, index),
        stated=StatedRanking(FactStore(store.database)),
        notices=notices,
        translator=_translator(settings, llm),
    )


def _translator(settings: Settings, llm: LLM | None) -> Translator | None:
    if llm is None or not settings.answer.translate_seconds:
        return None
    return Translator(llm, settings.answer.translate_seconds)


def _fact_way(store: DocumentStore, index: PassageIndex) -> FactWay:
    """The way over facts: those of the registry, cited in the passages of the index."""

    def documents_of(filters: Filters) -> Iterator[RecordDocument]:
        for one in store.list(filters):
            yield RecordDocument(one.doc_id, one.title, one.kind, one.authored_at)

    def passages_of(doc_ids: Sequence[str]) -> list[Passage]:
        ready = store.ready_revisions(doc_ids)
        held = index.get(
            [passage_id for doc_id in doc_ids for passage_id in sorted(index.passage_ids(doc_id))]
        )
        return [passage for passage in held if ready.get(passage.doc_id) == passage.revision]

    return FactWay(FactStore(store.database), documents_of, store.texts, passages_of)


def _said(document: Document) -> Sequence[Fact]:
    """What the text of a document states."""
    return extract(
        document.text,
        sections=document.sections,
        language=document.language,
        kind=document.kind,
        title=document.title,
        authored_at=document.authored_at,
    )


def _word_similarities(question: str, texts: Sequence[str]) -> list[float]:
    """Stand in for cosines where the embedding model is missing: shared words, put on the scale the gate is
    calibrated for.
    """
    low, span = tuning().gate.word_cosine, tuning().gate.word_cosine_span
    return [low + span * overlap(question, text) for text in texts]


def _cover(gate: RelevanceGate) -> Cover:
    """How much of a question each sentence names, with the title and section of its passage."""

    def cover(question: str, language: str, sentences: Sequence[tuple[Passage, str]]) -> list[float]:
        candidates = [
            Candidate(text, passage.title, passage.section, passage.language, 0.0)
            for passage, text in sentences
        ]
        return [
            coverage.share + tuning().evidence.form * coverage.has_form
            for coverage in gate.coverages(question, language, candidates)
        ]

    return cover


def _trace(settings: Settings, index: PassageIndex, models: _Models) -> Trace:
    return Trace(
        model=settings.llm.name,
        embedder=embedder_id(models.embedder),
        verifier=models.verifier.name,
        prompt_id="",
        prompt_sha256="",
        settings_fingerprint=settings.fingerprint(),
        index_version=index.version,
        timings_ms={},
        tokens_in=0,
        tokens_out=0,
        reader="none" if models.reader is None else models.reader.name,
    )
