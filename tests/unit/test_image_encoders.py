"""Image encoders: what every one promises, run on the bundled graph with random weights and on a tiny random
CLIP; weights files that are not what they seem; what is prepared of a radiograph.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from rag.core.errors import Unavailable
from rag.core.protocols import ImageEncoder
from rag.core.types import Vector
from rag.ingest.pictures.radiograph import square_of
from rag.models.embedding.e5.engine import session_of
from rag.models.images.efficientnet import SIZE, build_model
from rag.models.images.encoders import make_image_encoder
from rag.models.images.joint import JointEncoder
from rag.models.images.torch_file import NotWeights, read_tensors
from rag.settings import ImageSettings

_WIDTHS = (16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192, 320)
_KERNELS = (3, 3, 3, 5, 5, 3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 3)


class ConstantEncoder:
    """Sees one thing everywhere."""

    identity, dimensions, size, reads_text = "constant", 8, 16, False

    def pictures(self, squares: Sequence[Any]) -> list[Vector]:
        return [(1.0,) + (0.0,) * 7 for _ in squares]

    def texts(self, texts: Sequence[str]) -> list[Vector]:
        raise NotImplementedError


def random_tensors() -> Mapping[str, Any]:
    chance = numpy.random.default_rng(3)
    tensors: dict[str, Any] = {}

    def conv(name: str, norm: str, shape: tuple[int, ...]) -> None:
        tensors[name] = chance.normal(0, 0.2, shape).astype("float32")
        for part, low in (("weight", 0.5), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 0.5)):
            tensors[f"{norm}.{part}"] = (low + chance.random(shape[0])).astype("float32")

    conv("_conv_stem.weight", "_bn0", (32, 3, 3, 3))
    before = 32
    for number, (width, kernel) in enumerate(zip(_WIDTHS, _KERNELS, strict=True)):
        block, wide = f"_blocks.{number}", before if number == 0 else 6 * before
        if number:
            conv(f"{block}._expand_conv.weight", f"{block}._bn0", (wide, before, 1, 1))
        conv(f"{block}._depthwise_conv.weight", f"{block}._bn1", (wide, 1, kernel, kernel))
        conv(f"{block}._project_conv.weight", f"{block}._bn2", (width, wide, 1, 1))
        before = width
    conv("_conv_head.weight", "_bn1", (1280, 320, 1, 1))
    return tensors


def test_the_graph_gives_unit_vectors_that_differ_where_pictures_do() -> None:
    session = session_of(build_model(random_tensors(), (4, 7, 10)).SerializeToString(), 1)
    pictures = numpy.zeros((2, SIZE, SIZE), "float32")
    pictures[1, 50:90, 60:120] = 255
    vectors = session.run(None, {"picture": pictures})[0]
    assert vectors.shape == (2, 40 + 80 + 112)
    assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] < 0.9999


def tiny_clip(folder: Path) -> Path:
    """Write a random CLIP of 16 × 16 pixels and 6 words, as exports of the hub lie in a folder."""
    chance, place = numpy.random.default_rng(5), folder / "tiny-clip"
    place.mkdir(parents=True)

    def saved(name: str, nodes: list[Any], taken: list[Any], out: str, constants: Mapping[str, Any]) -> None:
        held = [numpy_helper.from_array(value, key) for key, value in constants.items()]
        given = helper.make_tensor_value_info(out, TensorProto.FLOAT, ["batch", 6])
        graph = helper.make_graph(nodes, "tiny", taken, [given], held)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
        (place / name).write_bytes(model.SerializeToString())

    pixels = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, 16, 16])
    flat = helper.make_node("Flatten", ["pixel_values"], ["flat"], axis=1)
    weights = chance.normal(size=(3 * 256, 6)).astype("float32")
    saved("vision_model.onnx", [flat, helper.make_node("MatMul", ["flat", "w"], ["image_embeds"])], [pixels],
          "image_embeds", {"w": weights})  # fmt: skip
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
        helper.make_node("ReduceSum", ["tokens", "axis"], ["text_embeds"], keepdims=0),
    ]
    table = chance.normal(size=(6, 6)).astype("float32")
    saved("text_model.onnx", nodes, [ids], "text_embeds", {"table": table, "axis": numpy.array([1])})
    words = Tokenizer(
        WordLevel({"[UNK]": 0, "left": 1, "right": 2, "effusion": 3, "knee": 4, "chest": 5}, "[UNK]")
    )
    words.pre_tokenizer = Whitespace()
    words.save(str(place / "tokenizer.json"))
    (place / "preprocessor_config.json").write_text(json.dumps({"size": {"height": 16, "width": 16}}))
    (place / "config.json").write_text(json.dumps({"text_config": {"max_position_embeddings": 7}}))
    return folder


def promises(encoder: ImageEncoder) -> None:
    """Check what every image encoder promises."""
    chance = numpy.random.default_rng(1)
    squares = [chance.integers(0, 255, (encoder.size, encoder.size)).astype("uint8") for _ in range(3)]
    vectors = numpy.array(encoder.pictures(squares))
    assert vectors.shape == (3, encoder.dimensions)
    assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    alone = numpy.array(encoder.pictures(squares[1:2]))
    assert numpy.allclose(alone[0], vectors[1], atol=1e-4)  # neighbours in a batch change nothing
    assert encoder.pictures([]) == []
    assert encoder.identity
    if encoder.reads_text:
        said = numpy.array(encoder.texts(["left effusion", "knee", ""]))
        assert said.shape == (3, encoder.dimensions)
        assert abs(said[0] @ said[1]) < 0.9999


def test_a_joint_encoder_keeps_the_promises(tmp_path: Path) -> None:
    folder = tiny_clip(tmp_path)
    encoder = make_image_encoder(folder, ImageSettings(kind="onnx", name="tiny-clip"))
    assert isinstance(encoder, JointEncoder)
    assert (encoder.size, encoder.dimensions, encoder.reads_text) == (16, 6, True)
    promises(encoder)


def test_a_joint_encoder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        make_image_encoder(tmp_path, ImageSettings(kind="onnx", name="tiny-clip"))
    (tiny_clip(tmp_path) / "tiny-clip" / "vision_model.onnx").write_bytes(b"no graph")
    with pytest.raises(Unavailable):
        make_image_encoder(tmp_path, ImageSettings(kind="onnx", name="tiny-clip"))


def test_without_weights_or_wish_there_is_no_encoder(tmp_path: Path) -> None:
    assert make_image_encoder(tmp_path, ImageSettings()) is None
    assert make_image_encoder(tmp_path, ImageSettings(kind="none")) is None


class Harm:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("harm-was-done"),))


@pytest.mark.parametrize("held", [b"", b"PK\x03\x04", pickle.dumps({"a": 1}), pickle.dumps(Harm())])
def test_a_weights_file_that_is_none_is_refused_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.pth").write_bytes(held)
    with pytest.raises(NotWeights):
        read_tensors(tmp_path / "weights.pth")
    assert not (tmp_path / "harm-was-done").exists()


def test_borders_and_letters_are_taken_away() -> None:
    picture = numpy.zeros((200, 240), "uint8")
    picture[:, 40:200] = numpy.tile(numpy.linspace(30, 160, 160), (200, 1))
    picture += (numpy.arange(200) % 9)[:, None].astype("uint8") * (picture > 0)
    plain = square_of(Image.fromarray(picture), 64)
    picture[10:20, 60:100] = 255  # a name burnt in
    lettered = square_of(Image.fromarray(picture), 64)
    assert plain.shape == (64, 64)
    assert numpy.abs(plain.astype(int) - lettered.astype(int)).mean() < 2
    kept = square_of(Image.fromarray(picture), 64, is_plain=True)
    assert numpy.abs(plain.astype(int) - kept.astype(int)).mean() > 20


@pytest.mark.parametrize(
    "picture", [Image.new("L", (1, 1)), Image.new("1", (300, 2)), Image.new("RGB", (9, 400), "red")]
)
def test_any_picture_becomes_a_square(picture: Image.Image) -> None:
    assert square_of(picture, 32).shape == (32, 32)
