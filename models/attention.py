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
from transformers import AttentionInterface, AttentionMaskInterface, DynamicCache, PretrainedConfig
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "secondnature_shared_prefix"


@dataclass(frozen=True, slots=True)
class SharedPrefix:
    """Key-value cache of a prefix, a pair a layer; each tensor is (1, K heads, P tokens, D)."""

    layers: Sequence[tuple[torch.Tensor, torch.Tensor]]
    tokens: int

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
    b, h, t, d = query.shape
    k = key.shape[1]
    query = (query * (d**-0.5 if scaling is None else scaling)).reshape(b, k, h // k * t, d)
    own_scores = query @ key.mT
    if attention_mask is None and t > 1:
        attention_mask = torch.ones(1, 1, t, t, dtype=torch.bool, device=query.device).tril()
    if attention_mask is not None:
        mask = attention_mask.expand(b, 1, t, -1).repeat(1, 1, h // k, 1)
        own_scores = own_scores.masked_fill(~mask, torch.finfo(own_scores.dtype).min)
    out, start = [], 0
    for prefix, count in shared_prefixes or ():
        rows = slice(start, start + count)
        layer = None if prefix is None else prefix.layers[int(module.layer_idx)]  # type: ignore[arg-type]
        out.append(_attend(query[rows], own_scores[rows], value[rows], layer))
        start += count
    return torch.cat(out).reshape(b, h, t, -1).transpose(1, 2), None


def _attend(
    query: torch.Tensor,
    own_scores: torch.Tensor,
    value: torch.Tensor,
    prefix: tuple[torch.Tensor, torch.Tensor] | None,
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
    """Whether every layer of a model attends fully, through transformers' attention interface.

    Args:
        config: The text model's configuration.
        supports_attention_backend: The model class's own flag.

    Returns:
        False for sliding-window, soft-capped, recurrent or hybrid models.
    """
    layer_types = getattr(config, "layer_types", None)
    full = layer_types is None or set(layer_types) == {"full_attention"}
    sliding = layer_types is None and getattr(config, "sliding_window", None)
    plain = not sliding and not getattr(config, "attn_logit_softcapping", None)
    return supports_attention_backend and full and plain


AttentionInterface.register(NAME, shared_prefix_attention)
AttentionMaskInterface.register(NAME, sdpa_mask)
