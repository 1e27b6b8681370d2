"""The type that weights are kept in: bfloat16 where the machine multiplies it, else float32."""

import torch


def weights_dtype() -> torch.dtype:
    """What this machine runs a model in.

    Half the bytes are worth having only where the processor multiplies bfloat16: without AVX-512 or
    its like, oneDNN has no such kernels, and a batch takes five to seven times as long as in
    float32 (docs/experiments.md).

    Returns:
        `torch.bfloat16` on CUDA and on processors that oneDNN has bfloat16 kernels for, else
        `torch.float32`.
    """
    if torch.cuda.is_available() or _multiplies_bfloat16():
        return torch.bfloat16
    return torch.float32


def _multiplies_bfloat16() -> bool:
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001 - no public name
