"""What the heads minimise."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from eval.fit.reader.run.batches import Batch

_LISTWISE = 0.5
"""Share of the order within a question beside the probability of each pair."""
_SMOOTHING = 0.05
"""Labels are made by rule or by template, and some are wrong."""


def answers_loss(outputs: Tensor, batch: Batch) -> Tensor:
    """Return the loss of ``answers``: each text against its label, and the positive first among its group."""
    logits = outputs[:, 0]
    labels = batch.targets.to(logits.dtype)
    smooth = labels * (1 - 2 * _SMOOTHING) + _SMOOTHING
    each = functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
    # one positive stands against several negatives: it counts as much as two of them
    weight = batch.weight * (1 + labels)
    probability = (each * weight).sum() / weight.sum()
    return (1 - _LISTWISE) * probability + _LISTWISE * _first(logits, labels, batch)


def _first(logits: Tensor, labels: Tensor, batch: Batch) -> Tensor:
    count = int(batch.unit.max()) + 1
    place = torch.arange(len(logits), device=logits.device)
    member = batch.unit[None, :] == torch.arange(count, device=logits.device)[:, None]
    table = torch.where(member, logits[None, :], torch.full_like(logits, -1e4)[None, :])
    spread = table.logsumexp(1)
    share = logits - spread[batch.unit[place]]
    chosen = labels > 0.5
    if not bool(chosen.any()):
        return logits.sum() * 0.0
    return -(share * batch.weight)[chosen].sum() / batch.weight[chosen].sum()


def supports_loss(outputs: Tensor, batch: Batch) -> Tensor:
    """Return the loss of ``supports``: three classes; a target of 3 stands for neutral or contradict, which
    the source did not tell apart.
    """
    shares = functional.log_softmax(outputs, -1)
    known = batch.targets < 3
    of_class = -shares.gather(1, batch.targets.clamp(max=2)[:, None])[:, 0]
    smooth = (1 - _SMOOTHING) * of_class - _SMOOTHING * shares.mean(-1)
    not_support = -shares[:, 1:].logsumexp(-1)
    each = torch.where(known, smooth, not_support)
    return (each * batch.weight).sum() / batch.weight.sum()
