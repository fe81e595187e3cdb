"""The encoder with one adapter and one head, in PyTorch: what the run time computes from the same file.

``rag/models/reader`` merges the adapter into its graph; here the base stays frozen and the differences learn.
Base weights are the bundled 4-bit ones, read out as float32. Layers below the first one that learns run
without a gradient, which saves their part of the way back.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.models.embedding.e5.bin import E5Weights

MATRICES = ("q", "k", "v", "ao", "fi", "fo")
"""The linear layers of a block, by their names in the weights file."""


@dataclass(frozen=True, slots=True)
class AdapterPlan:
    """What learns: layers from ``first`` on, differences of rank ``rank``, a head of width ``width``."""

    outputs: int
    rank: int = 16
    first: int = 4
    width: int = 64
    dropout: float = 0.05


class Difference(nn.Module):
    """A frozen linear layer plus a learned difference of low rank, which starts at zero."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, rank: int) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.down = self.up = None
        if rank:
            out, inner = weight.shape
            self.down = nn.Parameter(torch.randn(rank, inner) / math.sqrt(inner))
            self.up = nn.Parameter(torch.zeros(out, rank))

    def forward(self, values: Tensor) -> Tensor:
        """Map (..., inputs) to (..., outputs)."""
        found = functional.linear(values, self.weight, self.bias)
        if self.down is None or self.up is None:
            return found
        return found + functional.linear(functional.linear(values, self.down), self.up)


class EncoderBlock(nn.Module):
    """One layer of the encoder, normalised after each half as BERT does."""

    def __init__(self, weights: E5Weights, layer: str, rank: int) -> None:
        super().__init__()
        shape = weights.shape
        self._heads, self._hidden, self._epsilon = shape.heads, shape.hidden, shape.epsilon
        self.parts = nn.ModuleDict(
            {
                name: Difference(
                    _matrix(weights, f"{layer}.{name}", shape.feed_forward if name == "fo" else shape.hidden),
                    _floats(weights, f"{layer}.{name}.b"),
                    rank,
                )
                for name in MATRICES
            }
        )
        for norm in ("aln", "oln"):
            self.register_buffer(f"{norm}_w", _floats(weights, f"{layer}.{norm}.w"))
            self.register_buffer(f"{norm}_b", _floats(weights, f"{layer}.{norm}.b"))

    def forward(self, tokens: Tensor, mask: Tensor, dropout: float) -> Tensor:
        """Map tokens (batch, tokens, hidden); ``mask`` (batch, 1, 1, tokens) is true where a token is."""
        batch, length, _ = tokens.shape
        query, key, value = (
            self.parts[name](tokens).view(batch, length, self._heads, -1).transpose(1, 2) for name in "qkv"
        )
        context = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        context = context.transpose(1, 2).reshape(batch, length, self._hidden)
        mixed = functional.dropout(self.parts["ao"](context), dropout, self.training)
        tokens = self._norm(tokens + mixed, "aln")
        wide = functional.gelu(self.parts["fi"](tokens))
        narrow = functional.dropout(self.parts["fo"](wide), dropout, self.training)
        return self._norm(tokens + narrow, "oln")

    def _norm(self, values: Tensor, name: str) -> Tensor:
        gain, shift = getattr(self, f"{name}_w"), getattr(self, f"{name}_b")
        return functional.layer_norm(values, (self._hidden,), gain, shift, self._epsilon)


class Head(nn.Module):
    """Compares the two texts of a pair, each as the mean of its tokens, and gives the outputs."""

    def __init__(self, hidden: int, width: int, outputs: int) -> None:
        super().__init__()
        self.wide = nn.Linear(4 * hidden + 1, width)
        self.out = nn.Linear(width, outputs)
        self.skip = nn.Parameter(torch.zeros(outputs))
        nn.init.normal_(self.wide.weight, std=0.02)
        nn.init.zeros_(self.wide.bias)
        nn.init.zeros_(self.out.bias)

    def forward(self, tokens: Tensor, part: Tensor) -> Tensor:
        """Map tokens (batch, tokens, hidden) and parts (batch, tokens) to (batch, outputs)."""
        first, second = (_mean(tokens, part == number) for number in (1, 2))
        size = math.sqrt(tokens.shape[-1])
        near = (first * second).sum(-1, keepdim=True)
        compared = [
            size * first,
            size * second,
            size * (first - second).abs(),
            size * size * first * second,
            near,
        ]
        found: Tensor = self.out(functional.gelu(self.wide(torch.cat(compared, -1)))) + near * self.skip
        return found


class LearningReader(nn.Module):
    """Encoder, adapter and head. ``forward`` gives raw outputs, before calibration."""

    def __init__(self, weights: E5Weights, plan: AdapterPlan) -> None:
        super().__init__()
        self.plan = plan
        shape = weights.shape
        self.register_buffer("words", _blocks(weights, "emb.word", shape.hidden).to(torch.float16))
        places = _floats(weights, "emb.pos").view(-1, shape.hidden)
        self.register_buffer("places", places + _floats(weights, "emb.type")[: shape.hidden])
        self.register_buffer("gain", _floats(weights, "emb.ln.w"))
        self.register_buffer("shift", _floats(weights, "emb.ln.b"))
        self._epsilon = shape.epsilon
        self.blocks = nn.ModuleList(
            EncoderBlock(weights, f"l{layer}", plan.rank if layer >= plan.first else 0)
            for layer in range(shape.layers)
        )
        self.head = Head(shape.hidden, plan.width, plan.outputs)

    def forward(self, ids: Tensor, part: Tensor, lengths: Tensor) -> Tensor:
        """Map ids and parts (batch, tokens), padded on the right, to outputs (batch, outputs)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        mask = (places < lengths[:, None])[:, None, None, :]
        with torch.no_grad():
            words: Tensor = self.words[ids].float() + self.places[places]
            tokens = functional.layer_norm(words, (words.shape[-1],), self.gain, self.shift, self._epsilon)
            for block in self.blocks[: self.plan.first]:
                tokens = block(tokens, mask, 0.0)
        for block in self.blocks[self.plan.first :]:
            tokens = block(tokens, mask, self.plan.dropout)
        with torch.autocast(tokens.device.type, enabled=False):
            found: Tensor = self.head(tokens.float(), part)
        return found

    def learned(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield what learns, by its name in the file."""
        for layer, block in enumerate(self.blocks):
            for name, linear in block.parts.items():
                if linear.down is not None:
                    yield f"l{layer}.{name}.down", linear.down
                    yield f"l{layer}.{name}.up", linear.up
        yield "head.0.w", self.head.wide.weight
        yield "head.0.b", self.head.wide.bias
        yield "head.1.w", self.head.out.weight
        yield "head.1.b", self.head.out.bias
        yield "head.skip.w", self.head.skip

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return what learned, by its name in the file."""
        return {name: value.detach().cpu().float().numpy() for name, value in self.learned()}

    def load(self, arrays: Mapping[str, NDArray[np.floating]]) -> None:
        """Take over what learned before. A name that is missing is a ``KeyError``."""
        with torch.no_grad():
            for name, value in self.learned():
                value.copy_(torch.from_numpy(np.array(arrays[name], dtype=np.float32)))


def _mean(tokens: Tensor, chosen: Tensor) -> Tensor:
    weights = chosen.to(tokens.dtype).unsqueeze(-1)
    mean = (tokens * weights).sum(1) / weights.sum(1).clamp(min=1.0)
    return functional.normalize(mean, dim=-1, eps=1e-6)


def _floats(weights: E5Weights, name: str) -> Tensor:
    return torch.from_numpy(weights.floats(name).copy())


def _blocks(weights: E5Weights, name: str, columns: int) -> Tensor:
    return torch.from_numpy(weights.blocks(name, columns).floats())


def _matrix(weights: E5Weights, name: str, columns: int) -> Tensor:
    return _blocks(weights, f"{name}.w", columns)
