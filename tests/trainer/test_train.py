import json
import math
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from peft import PeftModel
from transformers import AutoModelForCausalLM

from models.errors import TrainingError
from models.precision import weights_dtype
from trainer.job import RunFolder
from trainer.loss import Tokens
from trainer.settings import MOST_EPOCHS, TrainerSettings
from trainer.train import Training, epoch_batches, fitting, learning_rate, main, parts

MakeRun = Callable[..., RunFolder]


@given(st.lists(st.integers(1, 200), max_size=300), st.integers(1, 20), st.integers(0, 5))
def test_an_epoch_sees_each_example_once(lengths: list[int], size: int, seed: int) -> None:
    batches = epoch_batches(lengths, size, random.Random(seed))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert len(batches) == math.ceil(len(lengths) / size)
    assert all(0 < len(batch) <= size for batch in batches)
    assert batches == epoch_batches(lengths, size, random.Random(seed))


@given(st.lists(st.integers(1, 200), min_size=1, max_size=40), st.integers(1, 1_000))
def test_parts_hold_each_example_once_and_no_more_than_fits(lengths: list[int], limit: int) -> None:
    batch = [Tokens((n,) * length, ()) for n, length in enumerate(lengths)]
    made = parts(batch, limit)
    assert sorted(t.prompt for part in made for t in part) == sorted(t.prompt for t in batch)
    assert all(len(part) == 1 or len(part) * max(map(len, part)) <= limit for part in made)
    if len(batch) * max(lengths) <= limit:
        assert made == [batch]


@given(st.integers(1, 500), st.floats(0.0, 1.0))
def test_the_learning_rate_rises_to_its_peak_and_falls(steps: int, warmup: float) -> None:
    settings = TrainerSettings(warmup_ratio=warmup)
    rates = [learning_rate(step, steps, settings) for step in range(steps)]
    peak = settings.learning_rate
    assert all(0 < rate <= peak * (1 + 1e-9) for rate in rates)
    top = rates.index(max(rates))
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(peak)
    assert warmup == 1 or rates[-1] >= 0.1 * peak


def start(folder: RunFolder) -> Training:
    job = folder.read_job()
    assert job is not None
    return Training(folder, job)


def adapter_weights(folder: RunFolder) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder.adapter / "adapter_model.safetensors")


def test_a_batch_in_parts_leaves_the_same_gradient(make_run: MakeRun) -> None:
    made = start(make_run())
    batch = next(made._remaining())[1]
    assert len(batch) > 2
    found = []
    for limit in (10**9, 2 * max(map(len, batch)), 1):
        made.part_tokens = limit
        loss = made._backward(batch)
        found.append((loss, [m.grad.clone() for m in made._masters if m.grad is not None]))
    (whole, wanted), *others = found
    assert any(gradient.abs().max() > 0 for gradient in wanted)
    for loss, gradients in others:
        assert loss == pytest.approx(whole, rel=1e-3)
        for gradient, whole_gradient in zip(gradients, wanted, strict=True):
            away = (gradient - whole_gradient).norm()
            assert away <= 0.02 * whole_gradient.norm(), "bfloat16 rounds by 0.4%"


def test_only_the_adapter_moves_and_the_loss_falls(make_run: MakeRun) -> None:
    training = start(make_run(num_train_epochs=4))
    before = {name: p.detach().clone() for name, p in training.model.named_parameters()}
    training.run(os.getppid())
    moved = {n for n, p in training.model.named_parameters() if not torch.equal(p, before[n])}
    assert moved
    assert all("lora_" in name for name in moved)
    assert {name for name in before if "lora_B" in name} <= moved
    steps = list(training._folder.steps())
    assert [step.step for step in steps] == list(range(1, 17))
    assert {step.steps for step in steps} == {16}
    assert [step.epoch for step in steps] == sorted([1, 2, 3, 4] * 4)
    assert sum(s.loss for s in steps[-4:]) < 0.5 * sum(s.loss for s in steps[:4])
    assert steps[-1].trained_tokens == 4 * sum(map(len, training._tokens))


def test_the_adapter_loads_with_plain_peft(make_run: MakeRun, tiny_model: Path) -> None:
    folder = make_run()
    main(folder.root, os.getppid())
    base = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=weights_dtype())
    plain = PeftModel.from_pretrained(base, folder.adapter, autocast_adapter_dtype=False)
    state = {name: p for name, p in plain.named_parameters() if "lora_" in name}
    saved = adapter_weights(folder)
    assert len(state) == len(saved)
    for name, weight in saved.items():
        loaded = state[name.replace(".weight", ".default.weight")]
        assert torch.equal(loaded, weight)
    main(folder.root, os.getppid())  # it is there: nothing to do


def test_a_stopped_run_goes_on_to_the_same_weights(make_run: MakeRun) -> None:
    changes = {"lora_dropout": 0.1, "num_train_epochs": 3}
    whole, stopped = make_run("whole", **changes), make_run("stopped", **changes)
    main(whole.root, os.getppid())
    with pytest.raises(SystemExit):
        start(stopped).run(parent=-1)  # an orphan saves itself after a step
    assert [step.step for step in stopped.steps()] == [1]
    with stopped.metrics.open("a") as file:
        file.write(json.dumps({"step": 2})[:5])  # torn by a kill
    main(stopped.root, os.getppid())
    lost = [(s.step, s.loss, s.trained_tokens, s.learning_rate) for s in stopped.steps()]
    assert lost == [(s.step, s.loss, s.trained_tokens, s.learning_rate) for s in whole.steps()]
    found, expected = adapter_weights(stopped), adapter_weights(whole)
    assert found.keys() == expected.keys()
    for name, weight in expected.items():
        assert torch.equal(found[name], weight)


def test_metrics_may_be_lost(make_run: MakeRun) -> None:
    folder = make_run()
    with pytest.raises(SystemExit):
        start(folder).run(parent=-1)
    folder.metrics.unlink()
    start(folder).run(os.getppid())
    assert [step.step for step in folder.steps()] == list(range(2, 9))


def test_a_small_memory_is_passed_over_more_often(make_run: MakeRun) -> None:
    assert start(make_run("enough", min_steps=8)).steps == 8
    assert start(make_run("few", min_steps=9)).steps == 12
    assert start(make_run("fewer", min_steps=10_000)).epochs == MOST_EPOCHS
    said = TrainerSettings.model_fields["min_steps"].description
    assert f"or {MOST_EPOCHS} passes" in str(said)


def test_a_diverged_run_is_said(make_run: MakeRun) -> None:
    training = start(make_run())
    with torch.no_grad():
        training._weights[0].fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"loss is nan at step 1; lower trainer\.learning_rate"):
        training.run(os.getppid())


def test_a_gradient_that_is_not_finite_is_said(make_run: MakeRun) -> None:
    training = start(make_run())
    training._weights[0].register_hook(lambda gradient: gradient * math.inf)
    with pytest.raises(TrainingError, match=r"norm is nan at step 1; lower trainer\.learning_rate"):
        training.run(os.getppid())


def test_weights_that_are_not_finite_are_no_adapter(make_run: MakeRun) -> None:
    training = start(make_run())
    with torch.no_grad():
        training._weights[-1].fill_(float("inf"))
    with pytest.raises(TrainingError, match=r"not finite; lower trainer\.learning_rate"):
        training.write_adapter()
    assert not training._folder.adapter.exists()


@pytest.mark.parametrize("modules", ["[", "q_proj", ".*norm"])
def test_target_modules_that_will_not_do_are_said(make_run: MakeRun, modules: str) -> None:
    said = f"trainer.target_modules = {modules!r} will not do ("
    with pytest.raises(TrainingError, match=re.escape(said)) as raised:
        start(make_run(target_modules=modules))
    assert "may be 'all-linear', or a regular expression" in str(raised.value)


def test_records_that_are_too_long_are_said(caplog: pytest.LogCaptureFixture) -> None:
    tokens = [Tokens(tuple(range(n)), (1,)) for n in (3, 9, 20)]
    assert fitting(tokens, 10) == tokens[:2]
    assert "1 records have more than 10 tokens and are left out" in caplog.text
    with pytest.raises(TrainingError, match="none of the 3 records has at most 2 tokens"):
        fitting(tokens, 2)


def test_a_folder_without_a_job_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="holds no training job"):
        main(tmp_path, os.getppid())


def test_a_run_whose_records_were_forgotten_is_refused(make_run: MakeRun) -> None:
    folder = make_run()
    folder.examples.unlink()
    with pytest.raises(SystemExit, match="its records were forgotten"):
        main(folder.root, os.getppid())
