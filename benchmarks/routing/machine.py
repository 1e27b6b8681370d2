"""Where questions were asked, and when: seconds depend on it, and a replay may be elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

import torch

from benchmarks.conditions import processor, weights


def machine() -> str:
    """This machine, as far as a model's seconds depend on it."""
    threads = "" if torch.cuda.is_available() else f", {_threads()}"
    return f"{processor()}{threads}, weights in {weights()}"


def note(path: Path) -> None:
    """Write down that something is asked here today, unless that is written.

    Args:
        path: A text file, a line for each day and machine; made when there is none.
    """
    line = f"{datetime.now(UTC):%Y-%m-%d}: {machine()}"
    if line not in noted(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")


def noted(path: Path) -> list[str]:
    """All lines of such a file.

    Args:
        path: The file, if there is one.

    Returns:
        In the order of asking.
    """
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _threads() -> str:
    count = torch.get_num_threads()
    return f"{count} thread{'s' * (count != 1)}"
