"""What a training run needs to go on after a kill, saved at once or not at all."""

import os
from dataclasses import dataclass
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
        path: Where.
        checkpoint: What.
    """
    partial = path.with_suffix(".partial")
    torch.save(
        {
            "step": checkpoint.step,
            "trained_tokens": checkpoint.trained_tokens,
            "masters": checkpoint.masters,
            "optimizer": checkpoint.optimizer,
        },
        partial,
    )
    os.replace(partial, path)


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
    except (OSError, RuntimeError, EOFError, TypeError) as error:
        msg = f"checkpoint {path} is damaged ({error}); remove {path.parent} to start afresh"
        raise TrainingError(msg) from error
