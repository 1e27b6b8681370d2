from pathlib import Path

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    DynamicCache,
    Gemma2Config,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
)

from models.attention import NAME, SharedPrefix, supports_shared_prefix


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


def test_which_models_can_share(tiny_sliding_model: Path) -> None:
    assert supports_shared_prefix(LlamaConfig(), True)
    assert supports_shared_prefix(Qwen2Config(), True)
    assert supports_shared_prefix(MistralConfig(sliding_window=None), True)
    assert not supports_shared_prefix(LlamaConfig(), False)
    assert not supports_shared_prefix(AutoConfig.from_pretrained(tiny_sliding_model), True)
    assert not supports_shared_prefix(Gemma2Config(), True)
    sliding = Qwen2Config(use_sliding_window=True, sliding_window=8, max_window_layers=1)
    assert not supports_shared_prefix(sliding, True)
