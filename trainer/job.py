"""A training run's folder: what the parent writes for the child, and what it reads back.

job.json        what to train, on what
examples.jsonl  the records, fixed for the run
checkpoint.pt   where to go on after a kill
metrics.jsonl   one line a step
adapter/        the result, in PEFT's format; there only when it is whole
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from models import atomic
from trainer.settings import TrainerSettings


@dataclass(frozen=True, slots=True)
class Job:
    """What to train.

    Attributes:
        model_path: The base model's folder.
        base_fingerprint: Identity of its weights.
        settings: How.
    """

    model_path: str
    base_fingerprint: str
    settings: TrainerSettings


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One training step.

    Attributes:
        step: 1 is the first.
        steps: In all.
        epoch: Passes begun, from 1.
        loss: Nats a token of the answers.
        learning_rate: Of this step.
        trained_tokens: Read so far, all epochs, padding left out.
        seconds: Of this step.
    """

    step: int
    steps: int
    epoch: int
    loss: float
    learning_rate: float
    trained_tokens: int
    seconds: float


class RunFolder:
    """Names of the files of one run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.examples = root / "examples.jsonl"
        self.checkpoint = root / "checkpoint.pt"
        self.metrics = root / "metrics.jsonl"
        self.adapter = root / "adapter"
        self.log = root / "train.log"
        self._job = root / "job.json"

    def write_job(self, job: Job) -> None:
        """Say what to train; the run exists from here on."""
        values = asdict(job) | {"settings": job.settings.model_dump()}
        atomic.write_text(self._job, json.dumps(values, indent=1) + "\n")

    def read_job(self) -> Job | None:
        """What to train; None when the run was never fully set up."""
        try:
            values = json.loads(self._job.read_text("utf-8"))
            settings = TrainerSettings(**values.pop("settings"))
            return Job(settings=settings, **values)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def steps(self) -> Iterator[StepMetrics]:
        """The steps so far; a line being written is left for the next call."""
        try:
            text = self.metrics.read_text("utf-8")
        except FileNotFoundError:
            return
        for line in text.splitlines(keepends=True):
            if line.endswith("\n"):
                yield StepMetrics(**json.loads(line))
