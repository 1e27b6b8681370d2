"""The next token of each row: drawn from its scores, with what the draw says of certainty."""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from models.errors import ModelError
from models.types import Sampling

_CHUNK = 128
"""Tokens; divides the vocabularies of the usual models."""
_SURPRISE = 1e4
"""Nats; stands for infinitely many."""
_COLDEST = 1e-30
"""Stands for temperature 0, by which nothing can be divided."""


class Drawn(NamedTuple):
    """Each row's next token.

    Attributes:
        token: Its id.
        logprob: Its log-probability at temperature 1 over the whole vocabulary.
        margin: Log-probability of the likeliest token less the second's.
        entropy: Of the whole distribution at temperature 1, in nats; nan where no row is greedy, as
            drafts are: for samples nobody asks, and it takes another pass.
    """

    token: int
    logprob: float
    margin: float
    entropy: float


def draw(
    logits_BV: torch.Tensor, samplings: Sequence[Sampling], points: Sequence[float]
) -> list[Drawn]:
    """Draw the next token of each row, by inverting its cumulative distribution at its point.

    The top k are taken before anything is sorted: sorting the whole vocabulary for top-p costs more
    than the rest of the step. Greedy rows draw from their top 1.

    Args:
        logits_BV: Scores of the next token, (B, V).
        samplings: Temperature, top_k and top_p of each row.
        points: Where each row's distribution is inverted, in [0, 1), (B,).

    Returns:
        What came of each row.

    Raises:
        ModelError: A row's scores have a nan or +inf, or are all -inf.
    """
    greedy = not all(one.temperature for one in samplings)
    ks = [one.top_k if one.temperature else 1 for one in samplings]
    width = min(max(*ks, 2), logits_BV.shape[1])
    top_BK, ids_BK, normaliser_B1, entropy_B1 = _top(logits_BV, width, entropy=greedy)
    if not normaliser_B1.isfinite().all():
        raise ModelError("scores are not finite: pull the model again, or roll the adapter back")
    k_B1 = top_BK.new_tensor([[k] for k in ks])
    top_p_B1 = top_BK.new_tensor([[one.top_p] for one in samplings])
    temperature_B1 = top_BK.new_tensor([[max(one.temperature, _COLDEST)] for one in samplings])
    rank_K = torch.arange(top_BK.shape[1], device=top_BK.device)
    scores_BK = (top_BK - top_BK[:, :1]) / temperature_B1
    probs_BK = scores_BK.masked_fill(rank_K >= k_B1, -torch.inf).softmax(-1)
    before_BK = probs_BK.cumsum(-1) - probs_BK
    pick_B1 = _invert(probs_BK.masked_fill(before_BK >= top_p_B1, 0.0), points)
    logprob_B = (top_BK.gather(1, pick_B1) - normaliser_B1).squeeze(1)
    margin_B = top_BK[:, 0] - top_BK[:, 1]
    token_B = ids_BK.gather(1, pick_B1).squeeze(1)
    columns = (token_B, logprob_B, margin_B, entropy_B1.squeeze(1))
    return [Drawn(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _invert(probs_BK: torch.Tensor, points: Sequence[float]) -> torch.Tensor:
    """Where the running sums of falling probabilities pass a share of their total, (B, 1)."""
    sums_BK = probs_BK.double().cumsum(-1)
    point_B1 = sums_BK.new_tensor(points)[:, None]
    passed_B1 = torch.searchsorted(sums_BK, point_B1 * sums_BK[:, -1:], right=True)
    # Rounding may take a point to the very end, where nothing may be drawn.
    return passed_B1.minimum((probs_BK > 0).sum(-1, keepdim=True) - 1)


def _top(
    logits_BV: torch.Tensor, k: int, *, entropy: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The k highest scores, falling, and their ids, (B, K) each; logsumexp and entropy, (B, 1).

    They lie in the k chunks that peak highest; to look only there is several times faster.
    """
    missing = -logits_BV.shape[1] % _CHUNK
    if missing:
        logits_BV = torch.nn.functional.pad(logits_BV, (0, missing), value=-torch.inf)
    # On a CPU a row at a time stays in its cache; a float32 copy of all would be slow to come by.
    size = 1 if logits_BV.device.type == "cpu" else len(logits_BV)
    rows = (logits_BV[i : i + size] for i in range(0, len(logits_BV), size))
    scans = [_scan(some_BV, entropy=entropy) for some_BV in rows]
    peaks, normaliser_B1, entropy_B1 = (torch.cat(parts) for parts in zip(*scans, strict=True))
    starts = peaks.topk(min(k, peaks.shape[1]), dim=-1).indices * _CHUNK
    offsets = torch.arange(_CHUNK, device=logits_BV.device)
    near = (starts[:, :, None] + offsets).flatten(1)
    top_BK, index_BK = logits_BV.gather(1, near).float().topk(k, dim=-1)
    return top_BK, near.gather(1, index_BK), normaliser_B1, entropy_B1


def _scan(
    logits_BV: torch.Tensor, *, entropy: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The highest score of each chunk, (B, V / chunk); logsumexp and entropy, (B, 1); float32."""
    logits_BV = logits_BV.float()
    peaks = logits_BV.view(len(logits_BV), -1, _CHUNK).amax(-1)
    best_B1 = peaks.amax(-1, keepdim=True)
    normaliser_B1 = (logits_BV - best_B1).exp_().sum(-1, keepdim=True).log() + best_B1
    if not entropy:
        return peaks, normaliser_B1, torch.full_like(normaliser_B1, torch.nan)
    surprise_BV = normaliser_B1 - logits_BV
    # A padded or forbidden token has probability 0 and adds nothing, however surprising.
    weighted_BV = (-surprise_BV).exp_() * surprise_BV.clamp_(max=_SURPRISE)
    return peaks, normaliser_B1, weighted_BV.sum(-1, keepdim=True)
