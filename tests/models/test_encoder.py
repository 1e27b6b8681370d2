"""The default encoder, pulled; and folders that are none."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models import catalog
from models.encoder import SentenceEncoder
from models.errors import ModelError
from models.types import Encoder

NAME = "all-minilm-l6-v2"
slow = pytest.mark.slow


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """Fails with the command to run when the model is not pulled."""
    return SentenceEncoder(catalog.resolve(NAME), NAME)


@slow
def test_rows_are_unit_and_in_order(encoder: SentenceEncoder) -> None:
    texts = ["What is 2 + 2?", "", "word " * 2000, "Été à Paris — 北京"]
    embedding = encoder.encode(texts)
    assert (embedding.shape, embedding.dtype) == ((4, encoder.dimension), np.float32)
    assert encoder.dimension == 384
    np.testing.assert_allclose(np.linalg.norm(embedding, axis=1), 1.0, atol=1e-5)
    for row, text in zip(embedding, texts, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], row, atol=1e-4)


@slow
def test_no_texts_are_no_rows(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


@slow
def test_like_questions_are_near(encoder: Encoder) -> None:
    one, like, unlike = encoder.encode(
        ["What is the capital of France?", "Which city is France's capital?", "Multiply 12 by 7."]
    )
    assert one @ like > 0.8
    assert one @ unlike < 0.3
    assert encoder.name == NAME


@slow
def test_it_is_silent(encoder: SentenceEncoder, capfd: pytest.CaptureFixture[str]) -> None:
    SentenceEncoder(catalog.resolve(NAME), NAME).encode(["x"])
    assert capfd.readouterr() == ("", "")


def without_pooling(folder: Path) -> None:
    (folder / "1_Pooling" / "config.json").unlink()


def cut_short(folder: Path) -> None:
    os.truncate(folder / "model.safetensors", 1000)


@pytest.mark.parametrize("damage", [without_pooling, cut_short])
def test_a_damaged_encoder_is_one_line(
    tiny_encoder: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    damage(folder)
    with pytest.raises(ModelError, match=f"cannot load encoder {folder}: .*name a sentence"):
        SentenceEncoder(folder)


def test_a_folder_that_is_no_encoder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=f"cannot load encoder {tmp_path}: .*name a sentence"):
        SentenceEncoder(tmp_path)
