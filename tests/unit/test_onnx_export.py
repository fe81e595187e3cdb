"""An embedder published as ONNX: a tiny one, whose vectors are worked out by numpy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from rag.core.errors import ConfigurationError, Unavailable
from rag.models.embedding.e5.embedding import E5Embedding
from rag.models.embedding.embedders import embedder_id, make_embedder
from rag.models.embedding.onnx_export import ExportedEmbedding
from rag.settings import EmbedderSettings

WORDS = ["<s>", "<pad>", "</s>", "<unk>", "query:", "passage:", "fièvre", "toux", "genou", "<mask>"]
TABLE: NDArray[np.float32] = np.random.default_rng(3).normal(size=(len(WORDS), 8)).astype(np.float32)


def export(
    folder: Path, *, per_text: bool = False, positions: int | None = None, with_types: bool = True
) -> Path:
    """Write a model of which the state of a token is its row in the table."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if with_types else [])]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in names]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    output, shape = "last_hidden_state", ["batch", "tokens", 8]
    if per_text:
        nodes.append(
            helper.make_node("ReduceMax", ["last_hidden_state"], ["sentence_embedding"], axes=[1], keepdims=0)
        )
        output, shape = "sentence_embedding", ["batch", 8]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [numpy_helper.from_array(TABLE, "table")])
    save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9),
        str(folder / "model.onnx"),
    )
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<mask>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4)
    tokenizer.save(str(folder / "tokenizer.json"))
    if positions is not None:
        (folder / "config.json").write_text(
            json.dumps({"model_type": "xlm-roberta", "max_position_embeddings": positions})
        )
    return folder


def embedder(folder: Path, **settings: object) -> ExportedEmbedding:
    made = make_embedder(
        folder, EmbedderSettings.model_validate({"name": "tiny", "dimensions": 8, "threads": 1} | settings)
    )
    assert isinstance(made, ExportedEmbedding)
    return made


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return vector / np.linalg.norm(vector)


def mean_of(*words: str) -> NDArray[np.float32]:
    return unit(TABLE[[WORDS.index(word) for word in words]].mean(axis=0))


@pytest.mark.parametrize("with_types", [True, False])
def test_vector_is_the_mean_of_the_tokens_with_the_prefix_of_each_kind(
    tmp_path: Path, with_types: bool
) -> None:
    export(tmp_path / "tiny", with_types=with_types)
    made = embedder(tmp_path)
    assert made.get_query_embedding("fièvre") == pytest.approx(
        mean_of("<s>", "query:", "fièvre", "</s>"), abs=1e-6
    )
    both = made.get_text_embedding_batch(["genou toux fièvre", "toux"])
    assert both[0] == pytest.approx(mean_of("<s>", "passage:", "genou", "toux", "fièvre", "</s>"), abs=1e-6)
    assert both[1] == pytest.approx(
        mean_of("<s>", "passage:", "toux", "</s>"), abs=1e-6
    )  # padding counts for nothing


def test_a_vector_a_text_is_taken_as_it_is(tmp_path: Path) -> None:
    export(tmp_path / "tiny", per_text=True)
    rows = TABLE[[WORDS.index(word) for word in ("<s>", "query:", "toux", "</s>")]]
    assert embedder(tmp_path).get_query_embedding("toux") == pytest.approx(unit(rows.max(axis=0)), abs=1e-6)


def test_long_text_is_read_whole_window_by_window(tmp_path: Path) -> None:
    export(tmp_path / "tiny", positions=7)  # windows of 5 tokens: begin, prefix, two words, end
    windows = (
        mean_of("<s>", "passage:", "genou", "toux", "</s>"),
        mean_of("<s>", "passage:", "fièvre", "toux", "</s>"),
    )
    found = embedder(tmp_path).get_text_embedding("genou toux fièvre toux")
    assert found == pytest.approx(unit(windows[0] + windows[1]), abs=1e-6)


@pytest.mark.parametrize("text", ["<mask>", "<s>", "<<s>s>"])
def test_text_cannot_spell_a_special_token(tmp_path: Path, text: str) -> None:
    export(tmp_path / "tiny")
    found = embedder(tmp_path).get_query_embedding(text)
    assert found == pytest.approx(mean_of("<s>", "query:", "<unk>", "<unk>", "</s>"), abs=1e-6)


def test_identity_follows_the_file(tmp_path: Path) -> None:
    export(tmp_path / "tiny")
    first = embedder_id(embedder(tmp_path))
    assert embedder_id(embedder(tmp_path)) == first
    export(tmp_path / "tiny", per_text=True)
    assert embedder_id(embedder(tmp_path)) != first


def test_without_the_file_the_bundled_weights_are_meant(tmp_path: Path) -> None:
    assert isinstance(make_embedder(tmp_path, EmbedderSettings()), E5Embedding)
    export(tmp_path / "multilingual-e5-small")
    assert isinstance(make_embedder(tmp_path, EmbedderSettings()), ExportedEmbedding)


def test_whole_numbers_are_for_the_bundled_weights(tmp_path: Path) -> None:
    export(tmp_path / "tiny")
    with pytest.raises(ConfigurationError) as raised:
        embedder(tmp_path, passages="int8")
    assert raised.value.key == "embedder_int8_bundled_only"


def test_wrong_dimensions_are_told(tmp_path: Path) -> None:
    export(tmp_path / "tiny")
    with pytest.raises(ConfigurationError) as raised:
        embedder(tmp_path, dimensions=384).get_query_embedding("toux")
    assert raised.value.key == "embedder_dimensions"


@pytest.mark.parametrize(
    ("file", "content"), [("model.onnx", b"no model"), ("tokenizer.json", b"{}"), ("config.json", b"[")]
)
def test_damaged_file_is_told(tmp_path: Path, file: str, content: bytes) -> None:
    (export(tmp_path / "tiny") / file).write_bytes(content)
    with pytest.raises(Unavailable) as raised:
        embedder(tmp_path).get_query_embedding("toux")
    assert raised.value.key == "embedder_not_loaded"


def test_missing_tokenizer_is_told(tmp_path: Path) -> None:
    (export(tmp_path / "tiny") / "tokenizer.json").unlink()
    with pytest.raises(Unavailable):
        embedder(tmp_path).get_query_embedding("toux")
