"""Texts to unit vectors, by sentence-transformers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from models.loading import load_faults
from models.types import FloatArray

_BATCH = 64


class SentenceEncoder:
    """An encoder from a sentence-transformers folder or hub id."""

    def __init__(self, path: Path | str, name: str | None = None) -> None:
        """Load it, on CUDA when there is one.

        Args:
            path: The folder that `catalog.resolve` gave, or a hub id.
            name: What stored embeddings are stamped with; None is the path.

        Raises:
            ModelError: It is not an encoder that sentence-transformers can load.
        """
        transformers_logging.disable_progress_bar()
        remedy = "name a sentence-transformers model, such as all-minilm-l6-v2"
        try:
            with load_faults(f"encoder {name or path}", remedy):
                self._model = SentenceTransformer(
                    str(path),
                    device="cuda" if torch.cuda.is_available() else "cpu",
                    trust_remote_code=False,
                    model_kwargs={"dtype": torch.float32},
                )
        finally:
            transformers_logging.enable_progress_bar()
        self._name = name or str(path)
        self._dimension = int(self._model.get_embedding_dimension() or 0)

    @property
    def name(self) -> str:
        """What stored embeddings are stamped with."""
        return self._name

    @property
    def dimension(self) -> int:
        """D."""
        return self._dimension

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts; one longer than the model reads is cut to that.

        Args:
            texts: Any number, also none.

        Returns:
            float32 (N, D), unit rows.
        """
        if not texts:
            return np.zeros((0, self._dimension), dtype=np.float32)
        embedding_ND = self._model.encode(
            list(texts),
            batch_size=_BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return np.asarray(embedding_ND, dtype=np.float32)
