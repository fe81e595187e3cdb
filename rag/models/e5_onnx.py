"""Writes multilingual-e5-small as an ONNX file, once, next to the 4-bit weights it comes from.

Input: token ids and a mask (batch, tokens), padded on the right. Output: the mean of the unpadded tokens, of unit length (batch, hidden).
The word table keeps its 4 bits; the encoder is float32 in ONNX Runtime's fused operators, so that nothing is left to optimise at start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.models.e5_bin import BLOCK_WEIGHTS, E5Weights, Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto, TensorProto

FORMAT = 1
"""Raised when the graph changes: files of another format are written anew, and vectors of another format are not mixed."""

_ORT = "com.microsoft"
_MASKED = -1e9


def build_model(weights: E5Weights) -> ModelProto:
    """Return the whole model."""
    from onnx import TensorProto, helper

    graph = _Graph()
    shape = weights.shape
    tokens = _embed(graph, weights)
    for layer in range(shape.layers):
        tokens = _layer(graph, weights, f"l{layer}", tokens)
    _pool(graph, tokens)
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"]),
        helper.make_tensor_value_info("mask", TensorProto.INT32, ["batch", "tokens"]),
    ]
    output = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", shape.hidden])
    body = helper.make_graph(graph.nodes, "e5", inputs, [output], graph.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(_ORT, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=10, producer_name="traboule", model_version=FORMAT)


class _Graph:
    """Nodes and constants under construction. Every method returns the name of what it adds."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def node(self, operator: str, inputs: Sequence[str], name: str, *, domain: str = "", **attributes: float) -> str:
        from onnx import helper

        node = helper.make_node(operator, list(inputs), [name], name=name, domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return name

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def four_bits(self, name: str, nibbles: NDArray[np.uint8]) -> str:
        """Add a matrix of signed 4-bit numbers, two a byte, the first in the low half."""
        from onnx import TensorProto

        packed = (nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)) ^ 0x88  # 0..15 stands for -8..7: two's complement flips the high bit
        self.constants.append(TensorProto(name=name, data_type=TensorProto.INT4, dims=nibbles.shape, raw_data=packed.tobytes()))
        return name


def _embed(graph: _Graph, weights: E5Weights) -> str:
    hidden = weights.shape.hidden
    words = weights.blocks("emb.word", hidden)
    table = [graph.four_bits("word", words.nibbles), "ids", graph.constant("word.scale", words.scales)]
    word = graph.node("GatherBlockQuantized", table, "embedded", domain=_ORT, gather_axis=0, quantize_axis=1, block_size=BLOCK_WEIGHTS)
    positions = weights.floats("emb.pos").reshape(-1, hidden) + weights.floats("emb.type")[:hidden]
    first = graph.constant("first", np.array([0], np.int64))
    length = graph.node("Shape", ["ids"], "length", start=1, end=2)
    place = graph.node("Slice", [graph.constant("position", positions), first, length, first], "place")
    return _add_and_normalise(graph, weights, "emb.ln", [word, place], "token")


def _layer(graph: _Graph, weights: E5Weights, layer: str, tokens: str) -> str:
    shape = weights.shape
    inner = [
        tokens,
        graph.constant(f"{layer}.qkv.w", np.concatenate([_matrix(weights, f"{layer}.{part}", shape.hidden) for part in "qkv"], axis=1)),
        graph.constant(f"{layer}.qkv.b", np.concatenate([weights.floats(f"{layer}.{part}.b") for part in "qkv"])),
        "mask",
    ]
    context = graph.node("Attention", inner, f"{layer}.context", domain=_ORT, num_heads=shape.heads, mask_filter_value=_MASKED)
    mixed = _multiply(graph, weights, f"{layer}.ao", shape.hidden, context)
    bias = graph.constant(f"{layer}.ao.b", weights.floats(f"{layer}.ao.b"))
    tokens = _add_and_normalise(graph, weights, f"{layer}.aln", [mixed, tokens], f"{layer}.attended", bias)
    wide = _multiply(graph, weights, f"{layer}.fi", shape.hidden, tokens)
    active = graph.node("BiasGelu", [wide, graph.constant(f"{layer}.fi.b", weights.floats(f"{layer}.fi.b"))], f"{layer}.gelu", domain=_ORT)
    narrow = _multiply(graph, weights, f"{layer}.fo", shape.feed_forward, active)
    bias = graph.constant(f"{layer}.fo.b", weights.floats(f"{layer}.fo.b"))
    return _add_and_normalise(graph, weights, f"{layer}.oln", [narrow, tokens], f"{layer}.token", bias)


def _pool(graph: _Graph, tokens: str) -> None:
    """Add up the unpadded tokens and scale to unit length; dividing by their number first would change nothing."""
    from onnx import TensorProto

    axis = graph.constant("middle", np.array([1], np.int64))
    mask = graph.node("Unsqueeze", [graph.node("Cast", ["mask"], "weight", to=TensorProto.FLOAT), axis], "row")
    total = graph.node("Squeeze", [graph.node("MatMul", [mask, tokens], "sum"), axis], "total")
    graph.node("LpNormalization", [total], "vector", p=2, axis=-1)


def _matrix(weights: E5Weights, name: str, columns: int) -> Floats:
    """Return a weight matrix as (inputs, outputs)."""
    return weights.blocks(f"{name}.w", columns).floats().T


def _multiply(graph: _Graph, weights: E5Weights, name: str, columns: int, tokens: str) -> str:
    return graph.node("MatMul", [tokens, graph.constant(f"{name}.w", _matrix(weights, name, columns))], f"{name}.product")


def _add_and_normalise(graph: _Graph, weights: E5Weights, norm: str, terms: Sequence[str], name: str, bias: str = "") -> str:
    gain = graph.constant(f"{norm}.w", weights.floats(f"{norm}.w"))
    shift = graph.constant(f"{norm}.b", weights.floats(f"{norm}.b"))
    inputs = [*terms, gain, shift, *([bias] if bias else [])]
    return graph.node("SkipLayerNormalization", inputs, name, domain=_ORT, epsilon=weights.shape.epsilon)
