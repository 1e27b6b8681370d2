"""What a run's folder says when it cannot be written, or holds no job."""

import errno
from pathlib import Path

import pytest
from safetensors import SafetensorError

from models.errors import HomeError
from trainer.job import Job, RunFolder, drop_examples, writing
from trainer.settings import TrainerSettings


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model_path": 1}', '{"settings": {"r": 0}}'])
def test_a_damaged_job_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "job.json").write_text(text)
    assert RunFolder(tmp_path).read_job() is None


def test_a_job_comes_back(tmp_path: Path) -> None:
    job = Job("/models/base", "print", TrainerSettings(r=3, learning_rate=1e-4))
    RunFolder(tmp_path).write_job(job)
    assert RunFolder(tmp_path).read_job() == job


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (
            RuntimeError("[enforce fail] . unexpected pos 64 vs 0\nframe #0"),
            "unexpected pos 64 vs 0",
        ),
        (SafetensorError("I/O error: No space left"), "I/O error: No space left"),
    ],
)
def test_a_full_disk_is_said_in_one_line(tmp_path: Path, error: Exception, why: str) -> None:
    with pytest.raises(HomeError) as raised, writing(tmp_path):
        raise error
    assert f"cannot be written in {tmp_path} (" in str(raised.value)
    assert f"{why}); make room" in str(raised.value)


def test_examples_that_cannot_be_read_go_with_any_record_that_is_forgotten(tmp_path: Path) -> None:
    for name, text in (("torn", '{"record_id": 1, "ques'), ("strange", "[1]\n"), ("whole", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "examples.jsonl").write_text(text)
    drop_examples(tmp_path, [7])
    assert [path.parent.name for path in tmp_path.glob("*/examples.jsonl")] == ["whole"]
