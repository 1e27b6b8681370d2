"""The training process, as it is really run: started, killed, orphaned, resumed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from safetensors.torch import load_file

from models.errors import HomeError, TrainingError
from trainer.distill import prepare, train
from trainer.job import Job, RunFolder, StepMetrics
from trainer.settings import TrainerSettings
from trainer.train import main

MakeRun = Callable[..., RunFolder]
PARENT = """
import sys
from pathlib import Path
from trainer.distill import train
from trainer.job import RunFolder
train(RunFolder(Path(sys.argv[1])), lambda step: print(step.step, flush=True))
"""


def wait_for(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not ready():
        assert time.monotonic() < end, "nothing happened in 90 s"
        time.sleep(0.002)


def test_a_killed_run_ends_as_an_unbroken_one(make_run: MakeRun) -> None:
    whole, broken = make_run("whole", num_train_epochs=20), make_run("broken", num_train_epochs=20)
    main(whole.root, os.getppid())
    command = [sys.executable, "-m", "trainer.train", str(broken.root), str(os.getpid())]
    child = subprocess.Popen(command)
    wait_for(lambda: len(list(broken.steps())) >= 5)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not broken.adapter.exists()
    told: list[StepMetrics] = []
    train(broken, told.append)
    assert [step.step for step in told] == list(range(1, 81))
    found, expected = (load_file(f.adapter / "adapter_model.safetensors") for f in (broken, whole))
    for name, weight in expected.items():
        torch.testing.assert_close(found[name], weight, rtol=1e-3, atol=1e-5)
    train(broken, told.append)  # it is there: told again, not trained again
    assert len(told) == 160


def test_an_orphan_saves_itself_and_stops(make_run: MakeRun) -> None:
    folder = make_run(num_train_epochs=100, save_steps=10_000)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder.root)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    with FileLock(folder.root / "train.lock", timeout=60):
        steps = len(list(folder.steps()))
    assert 0 < steps < 400
    assert folder.checkpoint.exists()
    assert not folder.adapter.exists()


def test_a_failure_quotes_the_last_line(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run()
    folder.checkpoint.write_bytes(b"not a checkpoint")
    said = r"ended with exit code 1: checkpoint .* is damaged .*`secondnature distill` goes on"
    with pytest.raises(TrainingError, match=said):
        train(folder, lambda _: None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device is always full here")
def test_a_full_disk_is_said(make_run: MakeRun) -> None:
    folder = make_run()
    folder.partial_checkpoint.symlink_to("/dev/full")
    said = r"cannot be written in .* \(.*\); make room .* `secondnature distill` goes on from step"
    with pytest.raises(TrainingError, match=said):
        train(folder, lambda _: None)


def test_a_run_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    job = Job("/model", "f", TrainerSettings())
    with pytest.raises(HomeError, match=r"cannot be written in .*runs.*; make room"):
        prepare(tmp_path / "runs" / "one", job, [])
