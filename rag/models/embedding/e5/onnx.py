"""Writes multilingual-e5-small as an ONNX model from its 4-bit weights.

Input: token ids and a mask (batch, tokens), padded on the right. Output: the mean of the unpadded tokens, of
unit length (batch, hidden). The word table keeps its 4 bits; the encoder uses ONNX Runtime's fused operators,
so that nothing is left to optimise at start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.models.embedding.e5.bin import BLOCK_WEIGHTS, E5Weights
from rag.models.embedding.e5.graph import ORT, Graph
from rag.models.embedding.e5.products import Precision, matrix, products

if TYPE_CHECKING:
    from onnx import ModelProto

FORMAT = 1
"""Raised when a graph changes: files of another format are written anew, and vectors of another format are
not mixed.
"""

_MASKED = -1e9


def build_model(weights: E5Weights, precision: Precision = "float32") -> ModelProto:
    """Return the whole model."""
    graph = Graph()
    _pool(graph, encoder(graph, weights, precision))
    return model_of(graph, {"ids": 64, "mask": 32}, "vector", weights.shape.hidden)


def encoder(graph: Graph, weights: E5Weights, precision: Precision) -> str:
    """Add the encoder to a graph; return the name of its tokens (batch, tokens, hidden)."""
    tokens = _embed(graph, weights)
    for layer in range(weights.shape.layers):
        tokens = _layer(graph, weights, f"l{layer}", tokens, precision)
    return tokens


def model_of(graph: Graph, inputs: Mapping[str, int], output: str, width: int) -> ModelProto:
    """Return a model of a graph. ``inputs`` are whole numbers (batch, tokens), each of so many bits."""
    from onnx import TensorProto, helper

    kinds = {32: TensorProto.INT32, 64: TensorProto.INT64}
    taken = [
        helper.make_tensor_value_info(name, kinds[bits], ["batch", "tokens"]) for name, bits in inputs.items()
    ]
    given = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", width])
    body = helper.make_graph(graph.nodes, "e5", taken, [given], list(graph.constants.values()))
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(ORT, 1)]
    return helper.make_model(
        body, opset_imports=opsets, ir_version=10, producer_name="traboule", model_version=FORMAT
    )


def _embed(graph: Graph, weights: E5Weights) -> str:
    hidden = weights.shape.hidden
    words = weights.blocks("emb.word", hidden)
    table = [graph.four_bits("word", words.nibbles), "ids", graph.constant("word.scale", words.scales)]
    word = graph.node(
        "GatherBlockQuantized",
        table,
        "embedded",
        domain=ORT,
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK_WEIGHTS,
    )
    positions = weights.floats("emb.pos").reshape(-1, hidden) + weights.floats("emb.type")[:hidden]
    first = graph.constant("first", np.array([0], np.int64))
    length = graph.node("Shape", ["ids"], "length", start=1, end=2)
    place = graph.node("Slice", [graph.constant("position", positions), first, length, first], "place")
    return _add_and_normalise(graph, weights, "emb.ln", [word, place], "token")


def _layer(graph: Graph, weights: E5Weights, layer: str, tokens: str, precision: Precision) -> str:
    shape = weights.shape
    context = _attend(graph, weights, layer, tokens, precision)
    [mixed] = products(graph, weights, [f"{layer}.ao"], shape.hidden, context, precision)
    bias = graph.constant(f"{layer}.ao.b", weights.floats(f"{layer}.ao.b"))
    tokens = _add_and_normalise(graph, weights, f"{layer}.aln", [mixed, tokens], f"{layer}.attended", bias)
    [wide] = products(graph, weights, [f"{layer}.fi"], shape.hidden, tokens, precision)
    active = graph.node(
        "BiasGelu",
        [wide, graph.constant(f"{layer}.fi.b", weights.floats(f"{layer}.fi.b"))],
        f"{layer}.gelu",
        domain=ORT,
    )
    [narrow] = products(graph, weights, [f"{layer}.fo"], shape.feed_forward, active, precision)
    bias = graph.constant(f"{layer}.fo.b", weights.floats(f"{layer}.fo.b"))
    return _add_and_normalise(graph, weights, f"{layer}.oln", [narrow, tokens], f"{layer}.token", bias)


def _attend(graph: Graph, weights: E5Weights, layer: str, tokens: str, precision: Precision) -> str:
    """Add self-attention; its operator multiplies by the float32 weights itself, and takes products of whole
    numbers ready made.
    """
    shape = weights.shape
    names = [f"{layer}.{part}" for part in "qkv"]
    bias = graph.constant(f"{layer}.qkv.b", np.concatenate([weights.floats(f"{name}.b") for name in names]))
    if precision == "float32":
        joined = graph.constant(
            f"{layer}.qkv.w", np.concatenate([matrix(weights, name, shape.hidden) for name in names], axis=1)
        )
        operator, inputs = "Attention", [tokens, joined, bias, "mask"]
    else:
        operator, inputs = (
            "MultiHeadAttention",
            [
                *products(graph, weights, names, shape.hidden, tokens, precision),
                bias,
                "mask",
            ],
        )
    return graph.node(
        operator, inputs, f"{layer}.context", domain=ORT, num_heads=shape.heads, mask_filter_value=_MASKED
    )


def _pool(graph: Graph, tokens: str) -> None:
    """Add up the unpadded tokens and scale to unit length; dividing by their number first would change
    nothing.
    """
    from onnx import TensorProto

    axis = graph.constant("middle", np.array([1], np.int64))
    mask = graph.node(
        "Unsqueeze", [graph.node("Cast", ["mask"], "weight", to=TensorProto.FLOAT), axis], "row"
    )
    total = graph.node("Squeeze", [graph.node("MatMul", [mask, tokens], "sum"), axis], "total")
    graph.node("LpNormalization", [total], "vector", p=2, axis=-1)


def _add_and_normalise(
    graph: Graph, weights: E5Weights, norm: str, terms: Sequence[str], name: str, bias: str = ""
) -> str:
    gain = graph.constant(f"{norm}.w", weights.floats(f"{norm}.w"))
    shift = graph.constant(f"{norm}.b", weights.floats(f"{norm}.b"))
    inputs = [*terms, gain, shift, *([bias] if bias else [])]
    return graph.node("SkipLayerNormalization", inputs, name, domain=ORT, epsilon=weights.shape.epsilon)
