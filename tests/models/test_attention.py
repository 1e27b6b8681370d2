from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    DynamicCache,
    Gemma2Config,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
)

from models.attention import (
    NAME,
    SharedPrefix,
    shared_prefix_attention,
    supports_shared_prefix,
)


def read(
    model: torch.nn.Module,
    ids: torch.Tensor,
    *,
    mask: torch.Tensor,
    start: int,
    prefix: SharedPrefix | None = None,
) -> torch.Tensor:
    shared = {} if prefix is None else {"shared_prefixes": [(prefix, len(ids))]}
    cache = DynamicCache(config=model.config)
    with torch.inference_mode():
        return model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(-1) - 1).clamp(min=0) + start,
            past_key_values=cache,
            use_cache=True,
            **shared,
        ).logits


@pytest.mark.parametrize("lengths", [(7,), (7, 7), (3, 7), (1, 7, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_shared_prefix_gives_the_logits_of_the_whole_text(
    tiny_model: Path, lengths: tuple[int, ...], dtype: torch.dtype
) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=dtype).eval()
    generator = torch.Generator().manual_seed(1)
    head = torch.randint(0, 400, (1, 9), generator=generator)
    rests = [torch.randint(0, 400, (1, n), generator=generator) for n in lengths]
    plain = []
    for rest in rests:
        whole = torch.cat([head, rest], dim=1)
        plain.append(read(model, whole, mask=torch.ones_like(whole), start=0)[0, 9:])

    model.set_attn_implementation(NAME)
    cache = DynamicCache(config=model.config)
    with torch.inference_mode():
        model(head, past_key_values=cache, use_cache=True)
    prefix = SharedPrefix(tuple((layer.keys, layer.values) for layer in cache.layers), 9)
    width = max(lengths)
    pad = [torch.nn.functional.pad(rest, (width - rest.shape[1], 0)) for rest in rests]
    mask = torch.tensor([[0] * (width - n) + [1] * n for n in lengths])
    shared = read(model, torch.cat(pad), mask=mask, start=9, prefix=prefix)

    # bf16 keeps 8 bits; the logits spread over about +-10 through two layers.
    tolerance = 1e-4 if dtype is torch.float32 else 0.5
    for row, expected in zip(shared, plain, strict=True):
        torch.testing.assert_close(row[-len(expected) :], expected, atol=tolerance, rtol=0)


def test_without_a_prefix_it_is_transformers_own(tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    ids = torch.arange(12)[None]
    before = read(model, ids, mask=torch.ones_like(ids), start=0)
    model.set_attn_implementation(NAME)
    assert torch.equal(read(model, ids, mask=torch.ones_like(ids), start=0), before)


class Largest(TorchDispatchMode):
    """Watches the size of every tensor that is made."""

    numel = 0

    def __torch_dispatch__(
        self, func: Callable[..., object], types: object, args: tuple = (), kwargs: object = None
    ) -> object:
        out = func(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor):
            self.numel = max(self.numel, out.numel())
        return out


@pytest.mark.parametrize("padding", [0, 7])
def test_a_long_prompt_takes_no_square_of_memory(padding: int) -> None:
    t, p = 2800, 5
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(1, h, t, 4, generator=generator) for h in (4, 2, 2))
    before = tuple(torch.randn(1, 2, p, 4, generator=generator) for _ in range(2))
    layer = torch.nn.Module()
    layer.layer_idx = 0
    mask = torch.ones(t, t, dtype=torch.bool).tril()
    mask[:, :padding] = False
    given = mask[None, None] if padding else None
    with Largest() as largest:
        runs = [(SharedPrefix([before], p), 1)]
        found, _ = shared_prefix_attention(layer, query, key, value, given, shared_prefixes=runs)
    assert largest.numel <= 1 << 24 < 4 * t * t
    key, value = (torch.cat(both, dim=2) for both in zip(before, (key, value), strict=True))
    expected = torch.nn.functional.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=torch.cat([torch.ones(t, p, dtype=torch.bool), mask], dim=1),
        enable_gqa=True,
    )
    torch.testing.assert_close(found, expected.transpose(1, 2), atol=1e-5, rtol=0)


def test_which_models_can_share(tiny_sliding_model: Path) -> None:
    assert supports_shared_prefix(LlamaConfig(), True)
    assert supports_shared_prefix(Qwen2Config(), True)
    assert supports_shared_prefix(MistralConfig(sliding_window=None), True)
    assert not supports_shared_prefix(LlamaConfig(), False)
    assert not supports_shared_prefix(AutoConfig.from_pretrained(tiny_sliding_model), True)
    assert not supports_shared_prefix(Gemma2Config(), True)
    sliding = Qwen2Config(use_sliding_window=True, sliding_window=8, max_window_layers=1)
    assert not supports_shared_prefix(sliding, True)
