"""Runs the training process, watches it, and brings its adapter home."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from models.errors import TrainingError
from trainer.dataset import Example, write_examples
from trainer.job import Job, RunFolder, StepMetrics, writing

_POLL_S = 0.2
_ROOT = Path(__file__).resolve().parent.parent

OnStep = Callable[[StepMetrics], None]


def prepare(root: Path, job: Job, examples: Sequence[Example]) -> RunFolder:
    """Set a run up; from here on it can be resumed.

    Args:
        root: The run's folder, new.
        job: What to train.
        examples: On what.

    Returns:
        The folder.

    Raises:
        HomeError: It cannot be written.
    """
    folder = RunFolder(root)
    with writing(root):
        root.mkdir(parents=True, exist_ok=True)
        write_examples(folder.examples, examples)
        folder.write_job(job)
    return folder


def train(folder: RunFolder, on_step: OnStep) -> None:
    """Train in a child process, to the end; goes on from the checkpoint if there is one.

    The child frees its memory when it ends, and a crash in it is an error here, not a crash.

    Args:
        folder: A prepared run.
        on_step: Called for each step, those of an earlier try included.

    Raises:
        TrainingError: The child ended without an adapter; the message quotes its last line.
    """
    if folder.adapter.exists():
        for metrics in folder.steps():
            on_step(metrics)
        return
    root = str(folder.root.resolve())
    command = [sys.executable, "-m", "trainer.train", root, str(os.getpid())]
    with folder.log.open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=_ROOT
        )
        try:
            _watch(child, folder, on_step)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    if not folder.adapter.exists():
        raise TrainingError(
            f"training in {folder.root} {_end(child.returncode)}: {_last_line(folder.log)}; "
            f"once that is mended, `secondnature distill` goes on from step {_last_step(folder)}"
        )


def _watch(child: "subprocess.Popen[bytes]", folder: RunFolder, on_step: OnStep) -> None:
    told = 0
    while True:
        ended = child.poll() is not None
        steps = list(folder.steps())
        for metrics in steps[told:]:
            on_step(metrics)
        told = max(told, len(steps))
        if ended:
            return
        time.sleep(_POLL_S)


def _end(code: int) -> str:
    if code < 0:
        return f"was killed by signal {-code} (9 is often a lack of memory)"
    return f"ended with exit code {code}"


def _last_line(path: Path) -> str:
    lines = path.read_text("utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _last_step(folder: RunFolder) -> int:
    """The step that a resumption goes on after: the last one that a checkpoint covers."""
    job, done = folder.read_job(), max((metrics.step for metrics in folder.steps()), default=0)
    if job is None or not folder.checkpoint.exists():
        return 0
    return done - done % job.settings.save_steps
