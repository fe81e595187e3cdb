"""An ONNX graph under construction: nodes and constants, each addressed by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import NodeProto, TensorProto

ORT = "com.microsoft"
"""Domain of ONNX Runtime's own fused operators."""


class Graph:
    """Nodes and constants so far. Every method returns the name of what it adds; nothing is added twice under
    one name.
    """

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}

    def node(
        self, operator: str, inputs: Sequence[str], name: str, *, domain: str = "", **attributes: float
    ) -> str:
        """Add an operator with one output of the same name."""
        from onnx import helper

        node = helper.make_node(operator, list(inputs), [name], name=name, domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return name

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Add a tensor."""
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(
                np.ascontiguousarray(value).reshape(value.shape), name
            )
        return name

    def four_bits(self, name: str, nibbles: NDArray[np.uint8]) -> str:
        """Add a matrix of signed 4-bit numbers, two a byte, the first in the low half."""
        from onnx import TensorProto

        packed = (
            nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)
        ) ^ 0x88  # 0..15 stands for -8..7: two's complement flips the high bit
        self.constants[name] = TensorProto(
            name=name, data_type=TensorProto.INT4, dims=nibbles.shape, raw_data=packed.tobytes()
        )
        return name
