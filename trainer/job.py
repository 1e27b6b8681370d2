"""A training run's folder: what the parent writes for the child, and what it reads back.

job.json        what to train, on what
examples.jsonl  the records, fixed for the run
checkpoint.pt   where to go on after a kill
metrics.jsonl   one line a step
adapter/        the result, in PEFT's format; there only when it is whole
*.partial       a checkpoint or an adapter that is being written; a kill leaves it behind
"""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError

from models import atomic
from models.errors import HomeError
from models.loading import first_line
from trainer.dataset import read_examples
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
        self.partial_checkpoint = root / "checkpoint.partial"
        self.metrics = root / "metrics.jsonl"
        self.adapter = root / "adapter"
        self.partial_adapter = root / "adapter.partial"
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


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Say in one line that a run's folder cannot be written.

    Args:
        root: The folder.

    Yields:
        Nothing; only writing belongs inside, since torch's error for a full disk is a RuntimeError.

    Raises:
        HomeError: It cannot be written.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        why = getattr(error, "strerror", None) or first_line(error)
        raise HomeError(
            f"a training run cannot be written in {root} ({why}); make room or make it writable, "
            "or set SECONDNATURE_HOME to another folder"
        ) from error


def drop_examples(runs: Path, ids: Collection[int]) -> None:
    """Remove the examples of runs that were to learn records: no text of these may stay.

    Such a run cannot go on; the next consolidation begins a new one.

    Args:
        runs: The folder of runs.
        ids: Of records that are forgotten.
    """
    for path in runs.glob("*/examples.jsonl"):
        with writing(path.parent):
            if _may_hold(path, ids):
                path.unlink(missing_ok=True)


def _may_hold(path: Path, ids: Collection[int]) -> bool:
    """Whether examples hold any of these records; those that can't be read may hold anything."""
    try:
        return not {example.record_id for example in read_examples(path)}.isdisjoint(ids)
    except FileNotFoundError:  # the run has just ended
        return False
    except (ValueError, TypeError, KeyError):
        return True
