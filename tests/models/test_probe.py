"""What networks of all kinds are found to do; most are found out by the answers they would give."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from transformers import AutoModelForCausalLM

from models.errors import ModelError
from models.probe import learn_ways
from models.transformers_lm import load_network
from tests.conftest import save_model
from tests.models.questions import QUESTIONS, MakeLM, ask, greedy, reference, same

DENSE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
}
SMALL = {"num_hidden_layers": 2, "hidden_size": 64}
GPT = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 512, "initializer_range": 0.2}
LATENT = DENSE | {
    "num_key_value_heads": 4,
    "q_lora_rank": None,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 16,
    "v_head_dim": 16,
    "first_k_dense_replace": 2,
}
WINDOWED = {
    "hidden_size": 64,
    "num_layers": 2,
    "num_heads": 4,
    "attention_types": [[["global", "local"], 1]],
    "window_size": 16,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
}
ALIBI = {"d_model": 64, "n_heads": 4, "n_layers": 3, "max_seq_len": 512, "initializer_range": 0.2}
MakeModel = Callable[[str, dict[str, object]], Path]


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """Writes a small model of any architecture."""

    def make(config: str, options: dict[str, object]) -> Path:
        return save_model(tmp_path / config, getattr(transformers, config)(**options))

    return make


@pytest.mark.parametrize(
    ("config", "options", "shares", "repeats"),
    [
        ("LlamaConfig", DENSE, True, True),
        ("GPT2Config", GPT, True, True),
        ("NemotronConfig", DENSE, False, True),  # drops what is passed to its attention
        ("DiffLlamaConfig", DENSE, False, True),  # likewise
        ("DeepseekV3Config", LATENT, False, True),  # values are narrower than keys
        ("MptConfig", ALIBI, False, False),  # distance by place in the cache
        ("GPTNeoConfig", WINDOWED, False, False),  # a window over places in the cache
    ],
)
def test_a_fixed_part_changes_no_answer(
    exact_lm: MakeLM,
    make_model: MakeModel,
    config: str,
    options: dict[str, object],
    shares: bool,
    repeats: bool,
) -> None:
    path = make_model(config, options)
    lm = exact_lm(path)
    assert (lm._shares, lm._repeats) == (shares, repeats)
    prompts = [ask(question) for question in QUESTIONS]
    same(greedy(lm, prompts), [reference(lm, path, prompt) for prompt in prompts])


@pytest.mark.parametrize(
    ("config", "options", "kept"),
    [
        ("MambaConfig", SMALL | {"state_size": 8}, "LinearAttentionLayer"),
        (
            "Lfm2Config",
            DENSE | {"layer_types": ["conv", "full_attention"]},
            "LinearAttentionLayer",
        ),
        ("OpenAIGPTConfig", GPT, "no cache"),
        ("RwkvConfig", SMALL | {"context_length": 512}, "no cache"),
    ],
)
def test_what_keeps_more_than_keys_and_values_is_refused(
    make_model: MakeModel, config: str, options: dict[str, object], kept: str
) -> None:
    name = config.removesuffix("Config")
    said = rf"cannot run {name}\w+: it keeps {kept}; choose a decoder with keys and values in every"
    with pytest.raises(ModelError, match=said):
        load_network(make_model(config, options))


def test_tokens_that_cannot_be_read_are_an_error(tiny_model: Path) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    with pytest.raises(ModelError, match="cannot load Qwen2ForCausalLM: index out of range"):
        learn_ways(network, (1_000_000,))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_probe_reads_few_tokens(tiny_model: Path, dtype: torch.dtype) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=dtype).eval()
    read: list[int] = []
    network.register_forward_pre_hook(
        lambda _, args, kwargs: read.append((args[0] if args else kwargs["input_ids"]).numel()),
        with_kwargs=True,
    )
    assert learn_ways(network, (7, 100, 300)) == (True, True)
    assert read == [4, 4]
