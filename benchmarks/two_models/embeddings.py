"""Embeddings of published questions, computed once and kept block by block."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from models.types import Encoder, FloatArray

BLOCK = 512

OnBlock = Callable[[int, int], None]
"""Told how many questions are embedded, and of how many, after each block that was computed."""


def embed(
    questions: Sequence[str],
    encoder: Encoder,
    fingerprint: str,
    folder: Path,
    told: OnBlock = lambda *_: None,
) -> FloatArray:
    """Embed questions; blocks that an earlier run has kept are read.

    Args:
        questions: At least one.
        encoder: Embeds those that are not kept.
        fingerprint: Identity of the encoder's weights.
        folder: Where blocks are kept, by a hash of the fingerprint and the questions.
        told: Progress.

    Returns:
        float32 (N, D), unit rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found: list[FloatArray] = []
    for start in range(0, len(questions), BLOCK):
        block = questions[start : start + BLOCK]
        path = folder / f"{_key(fingerprint, block)}.npy"
        kept = _kept(path, (len(block), encoder.dimension))
        if kept is None:
            kept = encoder.encode(block)
            _keep(path, kept)
            told(start + len(block), len(questions))
        found.append(kept)
    return np.concatenate(found)


def _key(fingerprint: str, questions: Sequence[str]) -> str:
    digest = hashlib.sha256(fingerprint.encode())
    for question in questions:
        digest.update(b"\0" + question.encode())
    return digest.hexdigest()[:32]


def _kept(path: Path, shape: tuple[int, int]) -> FloatArray | None:
    """A kept block; None when it is not there, or damaged."""
    try:
        found: FloatArray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == shape and found.dtype == np.float32 else None


def _keep(path: Path, embedding_ND: FloatArray) -> None:
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    np.save(temporary, embedding_ND)
    temporary.replace(path)
