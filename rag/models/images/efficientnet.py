"""EfficientNet-Lite0 as an ONNX graph over grey squares, from its published weights.

The three colours of the first layer are added up, since a grey picture has the same in each; normalisations
are folded into the convolutions before them. What comes out is the mean of each channel of one layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.models.embedding.e5.graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto

FORMAT = 1
"""Raised when the graph changes: files of another format are written anew, vectors are not mixed."""
SIZE = 224

_EPSILON = 1e-3
_STRIDES = {1: 2, 3: 2, 5: 2, 11: 2}
"""Blocks that halve the picture; the others keep its size."""
_BLOCKS = 16
_MEAN, _SCALE = 127.0, 128.0

Tensors = Mapping[str, "NDArray[Any]"]


def build_model(tensors: Tensors, layers: tuple[int, ...]) -> ModelProto:
    """Return the model: ``picture`` (batch, size, size) of greys in [0, 255] → ``vector`` (batch, channels),
    the means of the blocks named, one behind the other, each of length 1; block 16 is the head.
    """
    from onnx import TensorProto, helper

    graph = Graph()
    axis = graph.constant("axis", np.array([1], np.int64))
    spread = graph.node(
        "Sub", [graph.node("Unsqueeze", ["picture", axis], "grey"), _number(graph, "mean", _MEAN)], "centred"
    )
    state = graph.node("Div", [spread, _number(graph, "scale", _SCALE)], "normal")
    stem = tensors["_conv_stem.weight"].sum(axis=1, keepdims=True)
    state = _active(graph, _folded(graph, tensors, stem, "_bn0", state, "stem", stride=2))
    means: list[str] = []
    for number in range(_BLOCKS):
        state = _block(graph, tensors, number, state)
        if number in layers:
            means.append(_mean(graph, state, f"m{number}"))
    if _BLOCKS in layers:
        head = _folded(graph, tensors, tensors["_conv_head.weight"], "_bn1", state, "head")
        means.append(_mean(graph, _active(graph, head), "mhead"))
    joined = graph.node("Concat", means, "joined", axis=1) if len(means) > 1 else means[0]
    graph.node("LpNormalization", [joined], "vector", p=2, axis=-1)
    taken = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["batch", SIZE, SIZE])
    given = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", "channels"])
    body = helper.make_graph(graph.nodes, "efficientnet", [taken], [given], list(graph.constants.values()))
    return helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", 21)],
        ir_version=10,
        producer_name="traboule",
        model_version=FORMAT,
    )


def channels_of(tensors: Tensors, layers: tuple[int, ...]) -> int:
    """Return the length of a vector."""
    names = {_BLOCKS: "_bn1.weight"}
    return sum(len(tensors[names.get(layer, f"_blocks.{layer}._bn2.weight")]) for layer in layers)


def _block(graph: Graph, tensors: Tensors, number: int, state: str) -> str:
    name, before = f"_blocks.{number}", state
    expand = f"{name}._expand_conv.weight"
    if expand in tensors:
        state = _active(graph, _folded(graph, tensors, tensors[expand], f"{name}._bn0", state, f"e{number}"))
    deep = tensors[f"{name}._depthwise_conv.weight"]
    stride = _STRIDES.get(number, 1)
    state = _folded(graph, tensors, deep, f"{name}._bn1", state, f"d{number}", stride, groups=len(deep))
    project = tensors[f"{name}._project_conv.weight"]
    out = _folded(graph, tensors, project, f"{name}._bn2", _active(graph, state), f"p{number}")
    first = tensors.get(expand)
    width = deep.shape[0] if first is None else first.shape[1]
    return graph.node("Add", [out, before], f"s{number}") if stride == 1 and len(project) == width else out


def _folded(
    graph: Graph,
    tensors: Tensors,
    kernel: NDArray[Any],
    norm: str,
    state: str,
    name: str,
    stride: int = 1,
    groups: int = 1,
) -> str:
    """Add a convolution and the normalisation behind it as one."""
    mean, variance = tensors[f"{norm}.running_mean"], tensors[f"{norm}.running_var"]
    gain, shift = tensors[f"{norm}.weight"], tensors[f"{norm}.bias"]
    factor = gain / np.sqrt(variance + _EPSILON)
    weights = graph.constant(f"{name}.w", (kernel * factor[:, None, None, None]).astype(np.float32))
    bias = graph.constant(f"{name}.b", (shift - mean * factor).astype(np.float32))
    attributes: dict[str, Any] = {
        "strides": [stride, stride],
        "group": groups,
        "auto_pad": "SAME_UPPER",
        "kernel_shape": list(kernel.shape[2:]),
    }
    return graph.node("Conv", [state, weights, bias], name, **attributes)


def _active(graph: Graph, state: str) -> str:
    bounds = [_number(graph, "zero", 0.0), _number(graph, "six", 6.0)]
    return graph.node("Clip", [state, *bounds], f"{state}.6")


def _mean(graph: Graph, state: str, name: str) -> str:
    pooled = graph.node("GlobalAveragePool", [state], f"{name}.pool")
    flat = graph.node("Flatten", [pooled], f"{name}.flat", axis=1)
    return graph.node("LpNormalization", [flat], name, p=2, axis=-1)


def _number(graph: Graph, name: str, value: float) -> str:
    return graph.constant(name, np.array(value, np.float32))
