"""What a measurement is taken under: the model, its weights' type, the processor, the day."""

import platform
import re
from datetime import UTC, datetime
from pathlib import Path

import torch

from benchmarks.measure import Conditions
from models.precision import weights_dtype

_CPUINFO = Path("/proc/cpuinfo")


def conditions(model: str) -> Conditions:
    """What holds here and now.

    Args:
        model: Catalogue name or folder.

    Returns:
        The conditions.
    """
    return Conditions(model, weights(), processor(), datetime.now(UTC).date().isoformat())


def weights() -> str:
    """The type that models' weights are kept in."""
    return str(weights_dtype()).removeprefix("torch.")


def processor() -> str:
    """The GPU where models run on one, else the processor by its own name, where Linux tells it."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    text = _CPUINFO.read_text("utf-8", errors="replace") if _CPUINFO.exists() else ""
    named = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return named[1] if named else platform.processor() or platform.machine()
