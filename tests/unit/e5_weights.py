"""Writes a tiny weights file of the bundled embedder's format, and computes in plain numpy what its encoder
must give.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HIDDEN, LAYERS, HEADS, FEED_FORWARD, POSITIONS = 64, 2, 2, 128, 16
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "▁fièvre", "▁a", "ab", "é", "<mask>")
SCORES = (0.0, 0.0, 0.0, 0.0, -2.0, -3.0, -3.0, -4.0, -2.5, -3.2, -5.0, 0.0)
REPLACEMENTS = {1: "", 9: " ", 0xFB01: "fi"}

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Written:
    """The numbers that were written: matrices as (outputs, inputs)."""

    tensors: Mapping[str, Floats]


def write(path: Path, positions: int = POSITIONS) -> Written:
    """Write a file of random weights, always the same ones."""
    random = np.random.default_rng(7)
    tensors: dict[str, Floats] = {}
    stored: list[tuple[str, int, int, bytes]] = []

    def matrix(name: str, rows: int, columns: int) -> None:
        scales = (random.random((rows, columns // 32), np.float32) * 0.05).astype(np.float16)
        steps = random.integers(0, 16, (rows, columns // 32, 32), np.uint8)
        blocks = b"".join(
            scales[row, block].tobytes()
            + bytes(int(low) | int(high) << 4 for low, high in zip(part[:16], part[16:], strict=True))
            for row in range(rows)
            for block, part in enumerate(steps[row])
        )
        tensors[name] = ((steps.astype(np.float32) - 8) * scales.astype(np.float32)[..., None]).reshape(
            rows, columns
        )
        stored.append((name, 1, rows * columns, blocks))

    def floats(name: str, count: int, around: float = 0.0) -> None:
        tensors[name] = (random.standard_normal(count) * 0.1 + around).astype(np.float32)
        stored.append((name, 0, count, tensors[name].tobytes()))

    matrix("emb.word", len(PIECES), HIDDEN)
    floats("emb.pos", positions * HIDDEN)
    floats("emb.type", 2 * HIDDEN)
    floats("emb.ln.w", HIDDEN, 1.0)
    floats("emb.ln.b", HIDDEN)
    for layer in range(LAYERS):
        for part, rows, columns in (
            ("q", HIDDEN, HIDDEN),
            ("k", HIDDEN, HIDDEN),
            ("v", HIDDEN, HIDDEN),
            ("ao", HIDDEN, HIDDEN),
        ):
            matrix(f"l{layer}.{part}.w", rows, columns)
            floats(f"l{layer}.{part}.b", rows)
        matrix(f"l{layer}.fi.w", FEED_FORWARD, HIDDEN)
        floats(f"l{layer}.fi.b", FEED_FORWARD)
        matrix(f"l{layer}.fo.w", HIDDEN, FEED_FORWARD)
        floats(f"l{layer}.fo.b", HIDDEN)
        for norm in ("aln", "oln"):
            floats(f"l{layer}.{norm}.w", HIDDEN, 1.0)
            floats(f"l{layer}.{norm}.b", HIDDEN)
    _write_file(path, stored, positions)
    return Written(tensors)


def _write_file(path: Path, stored: Sequence[tuple[str, int, int, bytes]], positions: int) -> None:
    texts = [piece.encode() for piece in PIECES]
    table = b"".join(
        struct.pack(f"<IB{len(text)}I", code, len(text), *map(ord, text))
        for code, text in REPLACEMENTS.items()
    )
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7ifi", HIDDEN, LAYERS, HEADS, FEED_FORWARD, len(PIECES), positions, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, texts)))
    head += struct.pack(f"<{len(PIECES) + 1}I", *(sum(map(len, texts[:at])) for at in range(len(PIECES) + 1)))
    head += struct.pack(f"<{len(PIECES)}f", *SCORES) + b"".join(texts)
    head += struct.pack("<iI", len(REPLACEMENTS), len(table)) + table + struct.pack("<i", len(stored))
    offset = len(head) + sum(2 + len(name) + 21 for name, *_ in stored)
    body = b""
    for name, kind, count, data in stored:
        head += (
            struct.pack("<H", len(name))
            + name.encode()
            + struct.pack("<BIQQ", kind, count, offset + len(body), len(data))
        )
        body += data
    path.write_bytes(head + body)


def expected_vector(written: Written, ids: Sequence[int]) -> Floats:
    """Return the mean of the encoder's tokens, of unit length."""
    mean: Floats = expected_tokens(written, ids).mean(0)
    return mean / np.linalg.norm(mean)


def expected_tokens(written: Written, ids: Sequence[int]) -> Floats:
    """Run the encoder as the BERT paper has it: post-norm layers, exact GELU."""
    tensors = written.tensors
    positions, types = tensors["emb.pos"].reshape(-1, HIDDEN), tensors["emb.type"][:HIDDEN]
    tokens = _normalised(tensors["emb.word"][list(ids)] + positions[: len(ids)] + types, tensors, "emb.ln")
    for layer in range(LAYERS):
        query, key, value = (
            _linear(tokens, tensors, f"l{layer}.{part}").reshape(len(ids), HEADS, -1) for part in "qkv"
        )
        weights = np.einsum("thd,shd->hts", query, key) / math.sqrt(HIDDEN // HEADS)
        weights = np.exp(weights - weights.max(-1, keepdims=True))
        context = np.einsum("hts,shd->thd", weights / weights.sum(-1, keepdims=True), value).reshape(
            len(ids), HIDDEN
        )
        tokens = _normalised(tokens + _linear(context, tensors, f"l{layer}.ao"), tensors, f"l{layer}.aln")
        wide = _linear(tokens, tensors, f"l{layer}.fi")
        active = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        tokens = _normalised(
            tokens + _linear(active.astype(np.float32), tensors, f"l{layer}.fo"), tensors, f"l{layer}.oln"
        )
    return tokens


def _linear(tokens: Floats, tensors: Mapping[str, Floats], name: str) -> Floats:
    return tokens @ tensors[f"{name}.w"].T + tensors[f"{name}.b"]


def _normalised(tokens: Floats, tensors: Mapping[str, Floats], name: str) -> Floats:
    centred = tokens - tokens.mean(-1, keepdims=True)
    return (
        centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * tensors[f"{name}.w"]
        + tensors[f"{name}.b"]
    )
