"""The training process: `python -m trainer.train RUN_FOLDER`, started by `trainer.distill`.

LoRA by PEFT over a frozen base. The adapter's weights are kept in float32 beside the copies that
train, which are of the base's type, so that small steps are not lost where that is bf16.
"""

import json
import logging
import math
import os
import random
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from filelock import FileLock
from peft import LoraConfig, PeftModel, get_peft_model

from models import atomic
from models.errors import SecondNatureError, TrainingError
from models.loading import first_line
from models.lora import quiet_peft
from models.transformers_lm import load_network
from trainer import checkpoint as checkpoints
from trainer.dataset import read_examples
from trainer.job import Job, RunFolder, StepMetrics, writing
from trainer.loss import Tokens, answer_loss, tokenise
from trainer.settings import MOST_EPOCHS, TrainerSettings

_EAGER_TOKENS = 256
PART_TOKENS = 2_048
"""Most tokens, padding included, that are trained on at once: two texts of 1,000 take 8 GB."""

_log = logging.getLogger(__name__)


def epoch_batches(lengths: Sequence[int], size: int, generator: random.Random) -> list[list[int]]:
    """One epoch's batches: shuffled, but of like lengths, so that little padding is read.

    Args:
        lengths: Tokens of each example.
        size: Examples a batch.
        generator: Source of the order.

    Returns:
        Indices; each example once.
    """
    order = list(range(len(lengths)))
    generator.shuffle(order)
    window = size * 8
    batches = []
    for start in range(0, len(order), window):
        near = sorted(order[start : start + window], key=lambda i: lengths[i])
        batches += [near[i : i + size] for i in range(0, len(near), size)]
    generator.shuffle(batches)
    return batches


def parts(batch: Sequence[Tokens], limit: int) -> list[list[Tokens]]:
    """A batch in parts that fit into memory one after another.

    Args:
        batch: Examples.
        limit: Most tokens of a part, padding included; a longer example is a part by itself.

    Returns:
        The batch as it is where it fits; else its examples by length.
    """
    if len(batch) * max(map(len, batch)) <= limit:
        return [list(batch)]
    made: list[list[Tokens]] = []
    for tokens in sorted(batch, key=len):  # the next is the longest: its part is as wide as it is
        if made and (len(made[-1]) + 1) * len(tokens) <= limit:
            made[-1].append(tokens)
        else:
            made.append([tokens])
    return made


def learning_rate(step: int, steps: int, settings: TrainerSettings) -> float:
    """Linear warm-up, then linear decay to a tenth.

    Args:
        step: From 0.
        steps: In all.
        settings: Peak and warm-up share.

    Returns:
        The step's learning rate.
    """
    warmup = max(1, math.ceil(steps * settings.warmup_ratio))
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    left = (steps - step) / max(1, steps - warmup)
    return settings.learning_rate * (0.1 + 0.9 * left)


def fitting(tokens: Sequence[Tokens], limit: int) -> list[Tokens]:
    """The examples that are short enough; how many are not is logged.

    Args:
        tokens: All examples.
        limit: `max_length_tokens`.

    Returns:
        At least one.

    Raises:
        TrainingError: All are longer.
    """
    kept = [one for one in tokens if len(one) <= limit]
    if not kept:
        raise TrainingError(
            f"none of the {len(tokens)} records has at most {limit} tokens; raise "
            "trainer.max_length_tokens"
        )
    if len(kept) < len(tokens):
        left_out = len(tokens) - len(kept)
        _log.warning("%d records have more than %d tokens and are left out", left_out, limit)
    return kept


def with_adapter(network: torch.nn.Module, settings: TrainerSettings) -> PeftModel:
    """Put a fresh LoRA adapter on a base; only its weights ask for gradients.

    Args:
        network: The base.
        settings: LoRA's shape and seed.

    Returns:
        The wrapped model.

    Raises:
        TrainingError: `target_modules` is no regular expression, or names no layer that LoRA takes.
    """
    torch.manual_seed(settings.seed)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.r,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=settings.target_modules,
    )
    try:
        with quiet_peft():
            return get_peft_model(network, config, autocast_adapter_dtype=False)
    except (ValueError, re.error) as error:
        raise TrainingError(
            f"trainer.target_modules = {settings.target_modules!r} will not do "
            f"({first_line(error)}); it may be 'all-linear', or a regular expression that matches "
            "whole names of linear layers, such as '.*[.](q_proj|v_proj)'"
        ) from error


class Training:
    """The state of one run, from its first step or from its checkpoint."""

    def __init__(self, folder: RunFolder, job: Job) -> None:
        self._folder = folder
        self._settings = job.settings
        network, renderer, _ = load_network(Path(job.model_path))
        tokens = [tokenise(renderer, example) for example in read_examples(folder.examples)]
        self._tokens = fitting(tokens, job.settings.max_length_tokens)
        if network.device.type == "cpu" and max(map(len, self._tokens)) <= _EAGER_TOKENS:
            # Measured: the fused kernel's backward is slower than plain matrices on short texts.
            network.set_attn_implementation("eager")
        self.model = with_adapter(network, job.settings)
        self.model.train()
        self._weights = [p for p in self.model.parameters() if p.requires_grad]
        self._masters = [p.detach().float().clone().requires_grad_() for p in self._weights]
        self._optimizer = torch.optim.AdamW(self._masters, weight_decay=0.0)
        self.part_tokens = PART_TOKENS
        self.step = self.trained_tokens = 0
        self._restore()

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self._steps_per_epoch * self.epochs

    @property
    def epochs(self) -> int:
        """Passes over the records: more when they are few, so that enough steps are made."""
        wanted = math.ceil(self._settings.min_steps / max(1, self._steps_per_epoch))
        return max(self._settings.num_train_epochs, min(wanted, MOST_EPOCHS))

    @property
    def _steps_per_epoch(self) -> int:
        return math.ceil(len(self._tokens) / self._settings.per_device_train_batch_size)

    def run(self, parent: int) -> None:
        """Train to the end, or until the parent is gone.

        Args:
            parent: Process id; when it is no longer ours, the run saves itself and stops.

        Raises:
            TrainingError: The loss or its gradient is not finite.
            HomeError: The run's folder cannot be written.
        """
        for epoch, batch in self._remaining():
            metrics = self._train_on(epoch, batch)
            with writing(self._folder.root), self._folder.metrics.open("a", encoding="utf-8") as to:
                to.write(json.dumps(metrics) + "\n")
            orphaned = os.getppid() != parent
            if orphaned or self.step % self._settings.save_steps == 0:
                self._save()
            if orphaned:
                sys.exit(1)

    def write_adapter(self) -> None:
        """Save the adapter in PEFT's format, put in place whole.

        Raises:
            TrainingError: A weight is not finite.
            HomeError: The run's folder cannot be written.
        """
        if not all(weight.isfinite().all() for weight in self._weights):
            raise self._diverged("the adapter has weights that are not finite")
        partial = self._folder.partial_adapter
        shutil.rmtree(partial, ignore_errors=True)
        with writing(self._folder.root):
            self.model.save_pretrained(partial)
            atomic.publish_folder(partial, self._folder.adapter)

    def _remaining(self) -> Iterator[tuple[int, list[Tokens]]]:
        """The batches not yet trained on; the order depends on seed and epoch alone."""
        lengths = [len(t) for t in self._tokens]
        seen = 0
        for epoch in range(self.epochs):
            generator = random.Random(self._settings.seed * 1_000_003 + epoch)  # noqa: S311
            size = self._settings.per_device_train_batch_size
            for batch in epoch_batches(lengths, size, generator):
                seen += 1
                if seen > self.step:
                    yield epoch + 1, [self._tokens[i] for i in batch]

    def _train_on(self, epoch: int, batch: list[Tokens]) -> dict[str, float]:
        start = time.perf_counter()
        rate = learning_rate(self.step, self.steps, self._settings)
        # Dropout depends on seed and step alone, so that a resumed run is like an unbroken one.
        torch.manual_seed(self._settings.seed * 1_000_003 + self.step)
        loss = self._backward(batch)
        norm = torch.nn.utils.clip_grad_norm_(self._masters, self._settings.max_grad_norm)
        if not norm.isfinite():
            raise self._diverged(f"the gradient's norm is {norm.item()} at step {self.step + 1}")
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self._publish()
        self.step += 1
        self.trained_tokens += sum(map(len, batch))
        metrics = StepMetrics(
            step=self.step,
            steps=self.steps,
            epoch=epoch,
            loss=loss,
            learning_rate=rate,
            trained_tokens=self.trained_tokens,
            seconds=time.perf_counter() - start,
        )
        return asdict(metrics)

    def _backward(self, batch: list[Tokens]) -> float:
        """Leave the gradient of a batch's loss in the masters; returns the loss."""
        self._optimizer.zero_grad()
        total = 0.0
        for part in parts(batch, self.part_tokens):
            loss = answer_loss(self.model, part) * (len(part) / len(batch))
            if not loss.isfinite():
                raise self._diverged(f"the loss is {loss.item()} at step {self.step + 1}")
            torch.autograd.backward(loss)
            for weight, master in zip(self._weights, self._masters, strict=True):
                if weight.grad is not None:  # added up in float32, whatever the base's type is
                    grad = weight.grad.float()
                    master.grad = grad if master.grad is None else master.grad + grad
                    weight.grad = None
            total += loss.item()
        return total

    def _diverged(self, what: str) -> TrainingError:
        rate = self._settings.learning_rate
        return TrainingError(f"{what}; lower trainer.learning_rate (it is {rate:g})")

    def _publish(self) -> None:
        """Copy the float32 masters into the weights."""
        with torch.no_grad():
            for weight, master in zip(self._weights, self._masters, strict=True):
                weight.copy_(master)

    def _save(self) -> None:
        masters = [master.detach() for master in self._masters]
        state = checkpoints.Checkpoint(
            self.step, self.trained_tokens, masters, self._optimizer.state_dict()
        )
        with writing(self._folder.root):
            checkpoints.save(self._folder.checkpoint, state)

    def _restore(self) -> None:
        state = checkpoints.load(self._folder.checkpoint)
        if state is None:
            self._folder.metrics.unlink(missing_ok=True)
            return
        self.step, self.trained_tokens = state.step, state.trained_tokens
        for master, saved in zip(self._masters, state.masters, strict=True):
            master.data.copy_(saved)
        self._optimizer.load_state_dict(state.optimizer)
        self._publish()
        lines = "".join(f"{json.dumps(asdict(step))}\n" for step in self._steps_so_far())
        atomic.write_text(self._folder.metrics, lines)

    def _steps_so_far(self) -> list[StepMetrics]:
        """Metrics up to the checkpoint; what came after it is trained again."""
        return [metrics for metrics in self._folder.steps() if metrics.step <= self.step]


def main(root: Path, parent: int) -> None:
    """Run or resume the job in a folder.

    Args:
        root: The run's folder.
        parent: Process that waits for it.
    """
    folder = RunFolder(root)
    job = folder.read_job()
    if job is None or not folder.examples.exists():
        sys.exit(f"{root} holds no training job, or its records were forgotten")
    # A child whose parent was killed goes on for a step and saves itself: wait for it.
    with FileLock(root / "train.lock"):
        if folder.adapter.exists():
            return
        training = Training(folder, job)
        training.run(parent)
        training.write_adapter()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), int(sys.argv[2]))
    except SecondNatureError as error:
        sys.exit(str(error))
