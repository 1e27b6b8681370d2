"""What a training run needs to go on after a kill, saved at once or not at all."""

import os
import pickle
from dataclasses import dataclass, fields
from pathlib import Path

import torch

from models.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State after `step` steps: float32 masters of the adapter's weights, and the optimizer's."""

    step: int
    trained_tokens: int
    masters: list[torch.Tensor]
    optimizer: dict[str, object]


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint under a temporary name and put it in place.

    Args:
        path: Where; its temporary name is a run's `partial_checkpoint`.
        checkpoint: What.
    """
    partial = path.with_suffix(".partial")
    state = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    try:
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path) -> Checkpoint | None:
    """Read a checkpoint.

    Args:
        path: Where.

    Returns:
        The checkpoint; None when there is none yet.

    Raises:
        TrainingError: The file is damaged.
    """
    if not path.exists():
        return None
    try:
        return Checkpoint(**torch.load(path, weights_only=True))
    except (
        OSError,
        RuntimeError,
        EOFError,
        TypeError,
        ValueError,
        pickle.UnpicklingError,
    ) as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        msg = f"checkpoint {path} is damaged ({line}); remove {path.parent} to start afresh"
        raise TrainingError(msg) from error
