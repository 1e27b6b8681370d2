"""A GGUF file to a folder that loads in seconds: dequantised to bfloat16 safetensors.

A quantised file may hold the embedding twice: once as the embedding, once, at a higher precision,
as the output head, because llama.cpp gives the head more bits. transformers takes that for two
matrices. Where the two are the same matrix but for rounding, the more precise one serves as both,
as in the model that was quantised.
"""

import contextlib
import errno
import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import torch
import transformers
from gguf import GGUFReader
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from models.errors import PullError

_SAME_MATRIX = 0.1
"""Largest RMS difference, relative to the head's RMS, that rounding to 4 bits or more explains."""


def converter() -> str:
    """Library and version that convert, for the stamp."""
    return f"transformers {transformers.__version__}"


def convert(source: Path, target: Path) -> None:
    """Write the model and its tokenizer as a folder that `from_pretrained` loads.

    Args:
        source: The GGUF file.
        target: An empty folder, or a new one.

    Raises:
        PullError: The file is not a GGUF that transformers reads.
        OSError: The folder cannot be written.
    """
    with _quiet():
        try:
            model = AutoModelForCausalLM.from_pretrained(
                source.parent,
                gguf_file=source.name,
                quantization_config=GgufConfig(dequantize=True),
                dtype=torch.bfloat16,
            )
            tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
            _tie(model, source)
            model.save_pretrained(target)
            tokenizer.save_pretrained(target)
        except SafetensorError as error:
            if "No space left" in str(error) or "File too large" in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise PullError(f"cannot convert {source.name}: {error}") from error
        except (ValueError, KeyError, NotImplementedError, RuntimeError, ImportError) as error:
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise PullError(
                f"cannot convert {source.name}: {line}; a GGUF of a causal language model that "
                f"{converter()} reads is needed"
            ) from error


def _tie(model: transformers.PreTrainedModel, source: Path) -> None:
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    if (
        head is None
        or head.weight is embedding.weight
        or head.weight.shape != embedding.weight.shape
    ):
        return
    bits = {
        tensor.name: int(tensor.n_bytes) / int(tensor.n_elements)
        for tensor in GGUFReader(source).tensors
        if tensor.name in {"output.weight", "token_embd.weight"}
    }
    if len(bits) < 2 or not _same_matrix(embedding.weight, head.weight):
        return
    if bits["output.weight"] > bits["token_embd.weight"]:
        embedding.weight = head.weight
    model.config.tie_word_embeddings = True
    model.tie_weights()


def _same_matrix(one_VD: torch.Tensor, other_VD: torch.Tensor) -> bool:
    difference, norm = 0.0, 0.0
    for one, other in zip(torch.split(one_VD, 8192), torch.split(other_VD, 8192), strict=True):
        difference += float((one.float() - other.float()).square().sum())
        norm += float(other.float().square().sum())
    return difference < _SAME_MATRIX**2 * norm


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("transformers")
    level = logger.level
    logger.setLevel(logging.ERROR)
    transformers.utils.logging.disable_progress_bar()
    try:
        # The loader's own bar asks no setting; it can only be caught.
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
        transformers.utils.logging.enable_progress_bar()
