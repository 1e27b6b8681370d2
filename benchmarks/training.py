"""Re-distilling: our training process against TRL's SFTTrainer.

Both sides train on the same token ids (the prompts and answers that ours renders), so the same
real tokens: every record once, in batches of the same size, padding not counted. LoRA has the same
rank, scale, dropout and targets, the base is of the type that ours picks, the loss is of the
answers alone. Loading, rendering and saving are outside the clock on both sides, and neither
evaluates, logs nor writes checkpoints (ours does write its line of metrics a step).

TRL gets what is good for it here: no gradient checkpointing (its default, which costs a second
forward pass), and records of like lengths together as ours are. It is first tried as it comes, then
with eager attention, which ours picks for short records on a CPU, then also with a bf16 adapter and
no autocast, which drops the float32 weights that both it and ours otherwise keep for the adapter.
The fastest of these is the peer.
"""

import gc
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from datasets import Dataset
from datasets.utils.logging import disable_progress_bar
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from benchmarks.measure import Measured, Setup, alternate, ratios, spread
from benchmarks.records import examples
from models import catalog
from models.chat import ChatRenderer
from models.precision import weights_dtype
from trainer.distill import prepare
from trainer.job import Job
from trainer.loss import Tokens, tokenise
from trainer.settings import TrainerSettings
from trainer.train import Training

STEPS = 6
"""Steps a run, of full batches."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to set SFTTrainer up.

    Attributes:
        attention: transformers' name of an implementation.
        autocast: Its own bf16 setting, a float32 adapter under autocast; else all is of the type
            of the base's weights.
    """

    attention: str
    autocast: bool

    def __str__(self) -> str:
        return f"{self.attention} {'autocast' if self.autocast else 'of one type'}"


VARIANTS = (Variant("sdpa", True), Variant("eager", True), Variant("eager", False))
"""With a base in bf16."""

FLOAT32_VARIANTS = (Variant("sdpa", False), Variant("eager", False))
"""With one in float32: there, autocast would only make a slow machine slower."""


class Clock(TrainerCallback):
    """Takes the time of SFTTrainer's steps, from the first's begin to the last's end."""

    def __init__(self) -> None:
        self._start = 0.0
        self.seconds = 0.0

    def on_train_begin(self, *_: object, **__: object) -> None:
        """The model is set up."""
        _wait()
        self._start = time.perf_counter()

    def on_step_end(self, *_: object, **__: object) -> None:
        """A step is done."""
        _wait()
        self.seconds = time.perf_counter() - self._start


class Bench:
    """Both sides of the comparison on the same records.

    Args:
        setup: Model and folder.
    """

    def __init__(self, setup: Setup) -> None:
        self._path = catalog.resolve(setup.model)
        self._folder = setup.folder
        self._settings = TrainerSettings(num_train_epochs=1, min_steps=STEPS, save_steps=1000)
        count = STEPS * self._settings.per_device_train_batch_size
        self._examples = examples(count, seed=17)
        self._tokenizer = AutoTokenizer.from_pretrained(self._path)
        renderer = ChatRenderer(self._tokenizer)
        self._tokens = [tokenise(renderer, example) for example in self._examples]
        self._runs = 0

    @property
    def real_tokens(self) -> int:
        """Tokens of a run, padding left out."""
        return sum(map(len, self._tokens))

    def ours(self) -> float:
        """Tokens a second of our training, loop and optimizer included."""
        self._runs += 1
        job = Job(str(self._path), "", self._settings)
        training = Training(prepare(self._folder / f"ours-{self._runs}", job, self._examples), job)
        _wait()
        start = time.perf_counter()
        training.run(os.getppid())
        _wait()
        seconds = time.perf_counter() - start
        _check(training.step, training.trained_tokens, self.real_tokens)
        del training
        gc.collect()
        return self.real_tokens / seconds

    def peer(self, variant: Variant) -> float:
        """Tokens a second of SFTTrainer.

        Args:
            variant: How it is set up.

        Returns:
            Real tokens a second.
        """
        network = AutoModelForCausalLM.from_pretrained(
            self._path, dtype=weights_dtype(), attn_implementation=variant.attention
        )
        lora = _lora(self._settings)
        if not variant.autocast:
            network = get_peft_model(network, lora, autocast_adapter_dtype=False)
        clock = Clock()
        trainer = SFTTrainer(
            model=network,
            args=_sft_config(self._folder / "trl", self._settings, variant),
            train_dataset=_dataset(self._tokens),
            processing_class=self._tokenizer,
            peft_config=lora if variant.autocast else None,
            callbacks=[clock],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        read = sum(len(row["input_ids"]) for row in trainer.train_dataset)
        _check(trainer.state.global_step, read, self.real_tokens)
        del trainer, network
        gc.collect()
        return self.real_tokens / clock.seconds


def measure(setup: Setup) -> Measured:
    """Take the ratio of real tokens a second.

    Args:
        setup: Model, runs and folder.

    Returns:
        Ours over TRL's.
    """
    disable_progress_bar()
    bench = Bench(setup)
    bench.ours()  # the first of each side is not counted
    variants = VARIANTS if weights_dtype() is torch.bfloat16 else FLOAT32_VARIANTS
    tried = {variant: bench.peer(variant) for variant in variants}
    best = max(tried, key=lambda variant: tried[variant])
    pairs = alternate(bench.ours, lambda: bench.peer(best), setup.runs)
    detail = (
        f"{STEPS} steps, {bench.real_tokens} real tokens: ours {spread([a for a, _ in pairs])} "
        f"tokens/s, SFTTrainer {spread([b for _, b in pairs])} with {best} (tried: "
        + ", ".join(f"{variant} {speed:.3g}" for variant, speed in tried.items())
        + ")"
    )
    return Measured(ratios(pairs), detail)


def _sft_config(folder: Path, settings: TrainerSettings, variant: Variant) -> SFTConfig:
    return SFTConfig(
        output_dir=str(folder),
        per_device_train_batch_size=settings.per_device_train_batch_size,
        num_train_epochs=1,
        learning_rate=settings.learning_rate,
        max_grad_norm=settings.max_grad_norm,
        weight_decay=0.0,
        bf16=variant.autocast,
        use_cpu=not torch.cuda.is_available(),
        gradient_checkpointing=False,
        train_sampling_strategy="group_by_length",
        dataloader_pin_memory=torch.cuda.is_available(),
        completion_only_loss=True,
        max_length=settings.max_length_tokens,
        eval_strategy="no",
        logging_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=settings.seed,
    )


def _lora(settings: TrainerSettings) -> LoraConfig:
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.r,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=settings.target_modules,
    )


def _dataset(tokens: Sequence[Tokens]) -> Dataset:
    """Records as SFTTrainer takes them when they are tokenised already."""
    return Dataset.from_dict(
        {
            "input_ids": [[*t.prompt, *t.answer] for t in tokens],
            "completion_mask": [[0] * len(t.prompt) + [1] * len(t.answer) for t in tokens],
        }
    )


def _check(steps: int, tokens: int, wanted: int) -> None:
    """Hold a side to have done the whole work."""
    if (steps, tokens) != (STEPS, wanted):
        msg = f"{steps} steps on {tokens} tokens were trained, not {STEPS} on {wanted}"
        raise ValueError(msg)


def _wait() -> None:
    """Let the device finish."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
