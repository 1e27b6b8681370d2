"""Attention of many rows to shared prefixes, each stored once and read once a step.

Every row of a batch that samples a method starts with that method's few-shot prompt. Repeating its
key-value cache a row costs memory traffic that grows with rows x prefix; here the queries of the
rows that share one are folded into one matrix against the single copy, and one softmax runs over
both parts (the idea of Hydragen, arXiv 2402.05099). Rows of several prefixes are one batch for all
else, which is where the time goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import (
    AttentionInterface,
    AttentionMaskInterface,
    DynamicCache,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "secondnature_shared_prefix"
_SCORES = 1 << 24
"""Scores held at once: queries are taken in chunks, so that memory does not grow with T x S."""


@dataclass(frozen=True, slots=True)
class SharedPrefix:
    """Key-value cache of a prefix, a pair a layer; each tensor is (1, K heads, P tokens, D)."""

    layers: Sequence[tuple[torch.Tensor, torch.Tensor]]
    tokens: int

    @classmethod
    def read(
        cls, network: PreTrainedModel, ids: Sequence[int], before: "SharedPrefix | None" = None
    ) -> "SharedPrefix":
        """Have a network read a prefix.

        Args:
            network: Whose cache it is.
            ids: Token ids, those of `before` included.
            before: What is read already of it.

        Returns:
            The cache of all of it.
        """
        cache = DynamicCache(config=network.config)
        if before is not None:
            before.fill(cache, 1)
        new = ids[before.tokens :] if before is not None else ids
        tokens = torch.tensor([new], device=network.device)
        network(tokens, past_key_values=cache, logits_to_keep=1, use_cache=True)
        return cls(tuple((layer.keys, layer.values) for layer in cache.layers), len(ids))

    def fill(self, cache: DynamicCache, rows: int) -> None:
        """Copy it into an empty cache.

        Args:
            cache: Filled in place.
            rows: How many begin with it.
        """
        for index, (key, value) in enumerate(self.layers):
            cache.update(key.expand(rows, -1, -1, -1), value.expand(rows, -1, -1, -1), index)


Runs = Sequence[tuple[SharedPrefix | None, int]]
"""What successive rows share, and how many they are; None is nothing."""
Layer = tuple[torch.Tensor, torch.Tensor]
"""A prefix's keys and values in one layer."""


def shared_prefix_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    shared_prefixes: Runs | None = None,
    **kwargs: object,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Attend to a row's shared prefix and to its own cache with one softmax.

    Args:
        module: The attention layer; its `layer_idx` picks the prefixes' layer.
        query: (B, H, T, D).
        key: The row's own keys, (B, K, S, D); H is a multiple of K.
        value: The row's own values, (B, K, S, D).
        attention_mask: Bool, (B, 1, T, S), True where a query may look; None is plain causal, which
            transformers leaves to the kernel when no row is padded (then T is 1 or S).
        scaling: What scores are multiplied with; None is 1/sqrt(D).
        shared_prefixes: Those of the B rows, in order; without any this is transformers' own SDPA.
        **kwargs: Passed on to SDPA.

    Returns:
        (B, T, H, D), and None for the weights.
    """
    if not any(prefix for prefix, _ in shared_prefixes or ()):
        return sdpa_attention_forward(  # type: ignore[no-any-return]
            module, query, key, value, attention_mask, scaling=scaling, **kwargs
        )
    runs = shared_prefixes or ()
    index = int(module.layer_idx)  # type: ignore[arg-type]
    layers = [(prefix.layers[index] if prefix else None, count) for prefix, count in runs]
    b, h, t, d = query.shape
    k, s = key.shape[1:3]
    query = (query * (d**-0.5 if scaling is None else scaling)).reshape(b, k, h // k, t, d)
    chunk = max(1, _SCORES // (b * h * (s + max(prefix.tokens for prefix, _ in runs if prefix))))
    out = []
    for start in range(0, t, chunk):
        some = query[:, :, :, start : start + chunk]
        mask = None
        if attention_mask is not None:
            mask = attention_mask.expand(b, 1, t, s)[:, :, start : start + chunk]
        elif t > 1:
            mask = query.new_ones(1, 1, some.shape[3], s, dtype=torch.bool).tril(start)
        out.append(_attend_runs(some, key, value, mask, layers))
    return torch.cat(out, dim=3).reshape(b, h, t, -1).transpose(1, 2), None


def _attend_runs(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    layers: Sequence[tuple[Layer | None, int]],
) -> torch.Tensor:
    """Some queries of all rows, (B, K, H / K, C, D); mask (B or 1, 1, C, S) or all."""
    b, k, g, c, _ = query.shape
    query = query.flatten(2, 3)
    scores = query @ key.mT
    if mask is not None:
        apart = scores.view(b, k, g, c, -1)
        lowest = torch.finfo(scores.dtype).min
        scores = apart.masked_fill(~mask[:, :, None], lowest).view_as(scores)
    out, start = [], 0
    for layer, count in layers:
        rows = slice(start, start + count)
        out.append(_attend(query[rows], scores[rows], value[rows], layer))
        start += count
    return torch.cat(out).view(b, k, g, c, -1)


def _attend(
    query: torch.Tensor, own_scores: torch.Tensor, value: torch.Tensor, prefix: Layer | None
) -> torch.Tensor:
    """Rows of one prefix: query (B, K, R, D), scores (B, K, R, S), value (B, K, S, D)."""
    if prefix is None:
        return own_scores.softmax(-1, dtype=torch.float32).to(value.dtype) @ value
    prefix_key, prefix_value = prefix
    b, k, rows, d = query.shape
    p = prefix_key.shape[2]
    folded = query.transpose(0, 1).reshape(k, b * rows, d)
    prefix_scores = (folded @ prefix_key[0].mT).view(k, b, rows, p).transpose(0, 1)
    weights = torch.cat([prefix_scores, own_scores], dim=-1).softmax(-1, dtype=torch.float32)
    weights = weights.to(value.dtype)
    prefix_weights = weights[..., :p].transpose(0, 1).reshape(k, b * rows, p)
    out = (prefix_weights @ prefix_value[0]).view(k, b, rows, -1).transpose(0, 1)
    return out + weights[..., p:] @ value


def supports_shared_prefix(config: PretrainedConfig, supports_attention_backend: bool) -> bool:
    """Whether a model says that every layer attends fully, through transformers' interface.

    What it does is for `probe.learn_ways` to find out: some classes say so, yet drop what is
    passed on to their attention. Recurrent and hybrid models are refused before anyone asks.

    Args:
        config: The text model's configuration.
        supports_attention_backend: The model class's own flag.

    Returns:
        False for sliding-window and soft-capped models, and those with an attention of their own.
    """
    layer_types = getattr(config, "layer_types", None)
    full = layer_types is None or set(layer_types) == {"full_attention"}
    sliding = layer_types is None and getattr(config, "sliding_window", None)
    plain = not sliding and not getattr(config, "attn_logit_softcapping", None)
    return supports_attention_backend and full and plain


AttentionInterface.register(NAME, shared_prefix_attention)
AttentionMaskInterface.register(NAME, sdpa_mask)
