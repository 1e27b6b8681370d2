from pathlib import Path

import pytest
import torch

from models.errors import TrainingError
from trainer.checkpoint import Checkpoint, load, save


def a_checkpoint(step: int) -> Checkpoint:
    master = torch.full((2, 3), float(step), requires_grad=True)
    optimizer = torch.optim.AdamW([master])
    master.sum().backward()
    optimizer.step()
    return Checkpoint(step, 7 * step, [master.detach()], optimizer.state_dict())


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    assert load(path) is None
    for step in (1, 2):
        saved = a_checkpoint(step)
        save(path, saved)
        found = load(path)
        assert found is not None
        assert (found.step, found.trained_tokens) == (step, 7 * step)
        torch.testing.assert_close(found.masters, saved.masters, rtol=0, atol=0)
        assert str(found.optimizer) == str(saved.optimizer)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["empty", "cut", "text"])
def test_a_damaged_checkpoint_is_said(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "checkpoint.pt"
    save(path, a_checkpoint(1))
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "cut": whole[:-200], "text": b"not a checkpoint"}[damage])
    with pytest.raises(TrainingError, match=r"checkpoint\.pt is damaged .*to start afresh"):
        load(path)


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save(path, a_checkpoint(1))
    path.with_suffix(".partial").symlink_to("/dev/full")
    with pytest.raises((OSError, RuntimeError)):  # the system's error, or torch's own
        save(path, a_checkpoint(2))
    found = load(path)
    assert found is not None
    assert found.step == 1
    assert list(tmp_path.iterdir()) == [path]
