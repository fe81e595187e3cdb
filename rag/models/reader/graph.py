"""The reader as an ONNX model: the encoder with an adapter merged into its weights, and the head.

Input: token ids, a mask, and ``part`` (1 where a token is of the first text, 2 of the second), all (batch,
tokens). Output: calibrated logits (batch, outputs).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from rag.models.embedding.e5.graph import Graph
from rag.models.embedding.e5.onnx import encoder, model_of

if TYPE_CHECKING:
    from onnx import ModelProto

    from rag.models.embedding.e5.products import Precision
    from rag.models.reader.adapter import AdaptedWeights, Adapter

FORMAT = 1
"""Raised when the graph changes: files of another format are written anew."""


def build_reader(weights: AdaptedWeights, adapter: Adapter, precision: Precision) -> ModelProto:
    """Return the whole model."""
    graph = Graph()
    tokens = encoder(graph, weights, precision)
    first, second = (_mean(graph, tokens, number) for number in (1, 2))
    _head(graph, adapter, first, second, math.sqrt(weights.shape.hidden))
    outputs = adapter.tensors["head.1.w"].shape[0]
    return model_of(graph, {"ids": 64, "mask": 32, "part": 32}, "logits", outputs)


def _mean(graph: Graph, tokens: str, number: int) -> str:
    """Add the unit vector of one text's tokens; dividing by their number first would change nothing."""
    from onnx import TensorProto

    axis = graph.constant("reader.middle", np.array([1], np.int64))
    own = graph.node(
        "Equal", ["part", graph.constant(f"part{number}", np.array(number, np.int32))], f"is{number}"
    )
    row = graph.node(
        "Unsqueeze", [graph.node("Cast", [own], f"own{number}", to=TensorProto.FLOAT), axis], f"row{number}"
    )
    total = graph.node(
        "Squeeze", [graph.node("MatMul", [row, tokens], f"sum{number}"), axis], f"total{number}"
    )
    return graph.node("LpNormalization", [total], f"text{number}", p=2, axis=-1)


def _head(graph: Graph, adapter: Adapter, first: str, second: str, size: float) -> None:
    """Compare the two texts, side by side and word by word, and give the outputs."""
    scale = graph.constant("size", np.array(size, np.float32))
    both = graph.node("Mul", [first, second], "both")
    near = graph.node(
        "ReduceSum", [both, graph.constant("reader.last", np.array([-1], np.int64))], "near", keepdims=1
    )
    apart = graph.node("Abs", [graph.node("Sub", [first, second], "difference")], "apart")
    scaled = [
        graph.node("Mul", [value, scale], f"{value}.scaled")
        for value in (first, second, apart, graph.node("Mul", [both, scale], "both.once"))
    ]
    compared = graph.node("Concat", [*scaled, near], "compared", axis=-1)
    wide = _linear(graph, adapter, "head.0", compared)
    # Gelu of opset 20 is exact (erf) unless told otherwise.
    found = _linear(graph, adapter, "head.1", graph.node("Gelu", [wide], "active"))
    skip = graph.constant("head.skip", adapter.tensors["head.skip.w"].reshape(1, -1))
    raw = graph.node("Add", [found, graph.node("MatMul", [near, skip], "skipped")], "raw")
    scale = graph.constant("calibration.scale", adapter.tensors["calibration.scale"].reshape(1))
    shift = graph.constant("calibration.shift", adapter.tensors["calibration.shift"].reshape(1, -1))
    graph.node("Add", [graph.node("Mul", [raw, scale], "raw.scaled"), shift], "logits")


def _linear(graph: Graph, adapter: Adapter, name: str, values: str) -> str:
    matrix = graph.constant(f"{name}.w", adapter.tensors[f"{name}.w"].T)
    bias = graph.constant(f"{name}.b", adapter.tensors[f"{name}.b"])
    return graph.node("Add", [graph.node("MatMul", [values, matrix], f"{name}.product"), bias], f"{name}.out")
