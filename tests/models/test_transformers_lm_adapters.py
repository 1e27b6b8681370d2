import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch

from models.errors import AdapterError, WrongBaseError
from models.manifest import Manifest
from models.transformers_lm import TransformersLM
from tests.models.questions import (
    GREEDY,
    QUESTIONS,
    MakeAdapter,
    MakeLM,
    ask,
    greedy,
    reference,
    same,
)


def test_two_threads_take_turns(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm, adapter = exact_lm(tiny_model), make_adapter(tiny_model)
    prompts = [ask(question) for question in QUESTIONS]
    expected = {path: greedy(lm, prompts, adapter=path) for path in (None, adapter)}
    wrong: list[object] = []

    def work(path: Path | None) -> None:
        answers = [greedy(lm, prompts, adapter=path) for _ in range(4)]
        wrong.extend(path for answer in answers if answer != expected[path])

    threads = [threading.Thread(target=work, args=(path,)) for path in (None, adapter, None)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_adapter_answers_as_peft_has_it_and_leaves_the_base_alone(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm, adapter = exact_lm(tiny_model), make_adapter(tiny_model)
    prompts = [ask(question) for question in QUESTIONS]
    before = greedy(lm, prompts)
    adapted = greedy(lm, prompts, adapter=adapter)
    assert greedy(lm, prompts) == before
    same(adapted, [reference(lm, tiny_model, prompt, adapter) for prompt in prompts])
    assert [one.text for one in adapted] != [one.text for one in before]
    streamed = "".join(lm.stream(prompts[0], GREEDY, adapter=adapter))
    assert streamed == adapted[0].text
    assert greedy(lm, prompts) == before


def test_in_bf16_the_base_is_bit_identical_around_an_adapter(
    tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm = TransformersLM(tiny_model, name="tiny", fingerprint="f", dtype=torch.bfloat16)
    long = [ask(question * 4) for question in QUESTIONS]
    before = greedy(lm, long)
    weights = {key: value.clone() for key, value in lm._network.state_dict().items()}
    buffers = {key: value.clone() for key, value in lm._network.named_buffers()}
    memory = lm.weights_bytes
    assert greedy(lm, long, adapter=make_adapter(tiny_model)) != before
    assert greedy(lm, long) == before
    assert lm.weights_bytes == memory
    after = dict(lm._network.state_dict())
    for key, value in weights.items():
        assert any(torch.equal(value, after[k]) for k in (key, _wrapped(key)) if k in after)
    for key, value in lm._network.named_buffers():
        assert value.dtype is buffers[key].dtype
        assert torch.equal(value, buffers[key])


def _wrapped(key: str) -> str:
    parent, _, leaf = key.rpartition(".")
    return f"{parent}.base_layer.{leaf}"


def test_adapters_of_one_name_are_told_apart(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm = exact_lm(tiny_model)
    paths = [make_adapter(tiny_model, f"run{seed}/adapter", seed) for seed in range(4)]
    texts = [[one.text for one in greedy(lm, [ask("hi")], adapter=path)] for path in paths]
    assert len({tuple(text) for text in texts}) == 4
    for path, text in zip(reversed(paths), reversed(texts), strict=True):
        assert [one.text for one in greedy(lm, [ask("hi")], adapter=path)] == text
    assert len(lm._adapters._loaded) == 2


def test_an_adapter_that_was_replaced_is_read_again(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm = exact_lm(tiny_model)
    path, new = make_adapter(tiny_model, "one", 1), make_adapter(tiny_model, "two", 2)
    expected = greedy(lm, [ask("hi")], adapter=new)
    first = greedy(lm, [ask("hi")], adapter=path)
    shutil.rmtree(path)
    shutil.copytree(new, path)
    assert greedy(lm, [ask("hi")], adapter=path) == expected != first


def test_an_adapter_of_another_base_is_refused(
    exact_lm: MakeLM, tiny_model: Path, other_tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm, good = exact_lm(tiny_model), make_adapter(tiny_model, "good")
    manifest = Manifest(
        version="v1",
        base_model="other",
        base_fingerprint="other-print",
        created_at=datetime.now(UTC),
        run_id="v1",
    )
    manifest.write(shutil.copytree(good, good.parent / "of-another"))
    with pytest.raises(WrongBaseError, match=r"trained on base other-print .*, not on print-tiny"):
        greedy(lm, [ask("hi")], adapter=good.parent / "of-another")

    before = greedy(lm, [ask("hi")])
    adapted = greedy(exact_lm(tiny_model), [ask("hi")], adapter=good)
    bad = make_adapter(other_tiny_model, "bad")
    for _ in range(2):
        with pytest.raises(WrongBaseError, match="bad does not fit tiny-model"):
            greedy(lm, [ask("hi")], adapter=bad)
        assert greedy(lm, [ask("hi")]) == before
        assert greedy(lm, [ask("hi")], adapter=good) == adapted
    assert greedy(lm, [ask("hi")]) == before


def test_only_a_plain_lora_that_is_whole_will_do(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter, tmp_path: Path
) -> None:
    lm = exact_lm(tiny_model)
    before = greedy(lm, [ask("hi")])
    with pytest.raises(AdapterError, match=r"nowhere cannot be read .*PEFT's format"):
        greedy(lm, [ask("hi")], adapter=tmp_path / "nowhere")
    torn = make_adapter(tiny_model, "torn")
    weights = torn / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(AdapterError, match="torn is damaged"):
        greedy(lm, [ask("hi")], adapter=torn)
    unset = make_adapter(tiny_model, "unset")
    (unset / "adapter_config.json").write_text("{")
    with pytest.raises(AdapterError, match=r"unset is damaged: its adapter_config\.json"):
        greedy(lm, [ask("hi")], adapter=unset)
    with pytest.raises(WrongBaseError, match="no plain LoRA"):
        greedy(lm, [ask("hi")], adapter=make_adapter(tiny_model, "bias", bias="all"))
    assert greedy(lm, [ask("hi")]) == before
