"""Products of tokens with weight matrices, in one of two precisions.

``int8`` multiplies whole numbers. Each token is divided by its own largest value, so a text's vector never
depends on the texts beside it, and each output has its own scale. Weights keep 7 bits: processors without
VNNI add products of 8 by 7 bits in 16 bits without overflow, so all processors compute the same numbers.
Everything between the products stays float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from rag.models.embedding.e5.bin import E5Weights, Floats
from rag.models.embedding.e5.graph import ORT, Graph

Precision = Literal["float32", "int8"]

_STEPS = 127
"""Steps of a token's values on either side of zero; stored from 1 to 255 around 128."""
_WEIGHT_STEPS = 63
_TINY = 1e-12


def matrix(weights: E5Weights, name: str, columns: int) -> Floats:
    """Return a weight matrix as (inputs, outputs)."""
    return weights.matrix(f"{name}.w", columns).T


def products(
    graph: Graph, weights: E5Weights, names: Sequence[str], columns: int, tokens: str, precision: Precision
) -> list[str]:
    """Multiply tokens (batch, tokens, columns) by each of the matrices; the biases are left to the operators
    that follow.
    """
    if precision == "float32":
        return [_product(graph, name, matrix(weights, name, columns), tokens) for name in names]
    steps, largest = _whole_numbers(graph, tokens)
    return [_whole_product(graph, name, matrix(weights, name, columns), steps, largest) for name in names]


def _product(graph: Graph, name: str, values: Floats, tokens: str) -> str:
    return graph.node("MatMul", [tokens, graph.constant(f"{name}.w", values)], f"{name}.product")


def _whole_numbers(graph: Graph, tokens: str) -> tuple[str, str]:
    """Return the tokens as whole numbers, and the largest value of each (batch, tokens, 1)."""
    last = graph.constant("last", np.array([-1], np.int64))
    found = graph.node(
        "ReduceMax", [graph.node("Abs", [tokens], f"{tokens}.size"), last], f"{tokens}.most", keepdims=1
    )
    largest = graph.node(
        "Max", [found, graph.constant("tiny", np.array(_TINY, np.float32))], f"{tokens}.largest"
    )
    unit = graph.node("Div", [tokens, largest], f"{tokens}.unit")
    return graph.node("QuantizeLinear", [unit, _step(graph), _middle(graph)], f"{tokens}.steps"), largest


def _whole_product(graph: Graph, name: str, values: Floats, steps: str, largest: str) -> str:
    scales = np.maximum(np.abs(values).max(axis=0) / _WEIGHT_STEPS, np.float32(_TINY))
    whole = graph.constant(f"{name}.w", np.rint(values / scales).astype(np.int8))
    inputs = [steps, whole, _step(graph), graph.constant(f"{name}.scale", scales), _middle(graph)]
    unit = graph.node("MatMulIntegerToFloat", inputs, f"{name}.unit", domain=ORT)
    return graph.node("Mul", [unit, largest], f"{name}.product")


def _step(graph: Graph) -> str:
    return graph.constant("step", np.array(1 / _STEPS, np.float32))


def _middle(graph: Graph) -> str:
    return graph.constant("middle.step", np.array(_STEPS + 1, np.uint8))
