"""The type of the weights: what the machine multiplies, or what is asked for."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models.precision import weights_dtype
from models.transformers_lm import TransformersLM, load_network
from tests.models.questions import QUESTIONS, ask, greedy

TYPES = (torch.bfloat16, torch.float32)


def types(network: torch.nn.Module) -> set[torch.dtype]:
    return {parameter.dtype for parameter in network.parameters()}


def test_it_is_one_of_two(tiny_model: Path) -> None:
    assert weights_dtype() in TYPES
    network, _, _ = load_network(tiny_model)
    assert types(network) == {weights_dtype()}


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA always runs in bf16")
def test_bf16_is_for_processors_with_avx512_at_least() -> None:
    if torch.backends.cpu.get_cpu_capability() == "AVX2":
        assert weights_dtype() is torch.float32


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("trained", TYPES)
def test_an_adapter_serves_a_base_of_either_type(
    tiny_model: Path,
    make_adapter: Callable[[Path], Path],
    dtype: torch.dtype,
    trained: torch.dtype,
) -> None:
    """A home may move to another machine: what was trained there is used here, rounded."""
    from safetensors.torch import load_file, save_file

    adapter = make_adapter(tiny_model)
    stored = adapter / "adapter_model.safetensors"
    save_file({name: w.to(trained) for name, w in load_file(stored).items()}, stored)
    lm = TransformersLM(tiny_model, name="tiny", fingerprint="f", dtype=dtype)
    prompts = [ask(question) for question in QUESTIONS]
    assert greedy(lm, prompts, adapter=adapter) != greedy(lm, prompts)
    assert types(lm._network) == {dtype}
