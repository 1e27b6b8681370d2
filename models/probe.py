"""How a network can be given fixed parts of prompts, found out by having it read a few tokens.

Neither configuration nor class tells: some architectures drop what is passed to their attention,
some measure distance by place in the cache, some keep more than keys and values.
"""

import inspect
from itertools import cycle, islice

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from models.attention import NAME, SharedPrefix, supports_shared_prefix
from models.decoding import Batch
from models.errors import ModelError
from models.loading import load_faults
from models.rows import Ids, Row, Task
from models.types import Sampling

_FIXED, _REST = 3, 1
"""Tokens of the fixed part, and of what the row that is looked at reads after it."""
_LONGER = {True: 2, False: 16}
"""What another row reads after it, which pads the first, by whether they share; distances by place
in the cache are wrong by little for little padding."""
_TOLERANCE = {torch.float32: 1e-3, torch.float16: 0.05, torch.bfloat16: 0.2}
"""Distance of two ways to the same scores, as a share of their spread, that rounding explains."""
_KINDS = (
    "choose a decoder with keys and values in every layer, full or sliding, such as Llama, Qwen2, "
    "Qwen3, Mistral or Gemma; recurrent and hybrid ones cannot be batched here"
)


def check_cache(network: PreTrainedModel) -> None:
    """Refuse a network whose state is anything but keys and values.

    Args:
        network: Any causal language model.

    Raises:
        ModelError: It is recurrent or hybrid, or takes no cache.
    """
    with load_faults(type(network).__name__, _KINDS):
        kinds = {type(layer) for layer in DynamicCache(config=network.config).layers}
    odd = [kind.__name__ for kind in kinds - {DynamicLayer, DynamicSlidingWindowLayer}]
    if "past_key_values" not in inspect.signature(network.forward).parameters:
        odd.append("no cache")
    if odd:
        raise ModelError(f"cannot run {type(network).__name__}: it keeps {odd[0]}; {_KINDS}")


def learn_ways(network: PreTrainedModel, ids: Ids) -> tuple[bool, bool]:
    """How rows can be given a fixed part that was read by itself.

    A way is taken if it leads to the scores that the network gives to the whole text. The network
    is left with the attention that the way needs.

    Args:
        network: In evaluation mode.
        ids: A few token ids of ordinary text, repeated as needed.

    Returns:
        Whether rows can read it in place, and whether they can begin with a copy of it, both of
        which `Batch` can do.

    Raises:
        ModelError: The network cannot read.
    """
    ids = tuple(islice(cycle(ids), _FIXED + max(_LONGER.values())))
    whole = torch.tensor([ids[: _FIXED + _REST]], device=network.device)
    cache = DynamicCache(config=network.config)
    with load_faults(type(network).__name__, _KINDS), torch.inference_mode():
        expected_V = network(whole, past_key_values=cache, logits_to_keep=1).logits[0, -1].float()
        layers = [
            (layer.keys[:, :, :_FIXED], layer.values[:, :, :_FIXED]) for layer in cache.layers
        ]
    if any(type(layer) is not DynamicLayer for layer in cache.layers) or _has_windows(network):
        return False, False  # a window counts padding, and padding would lie between the parts
    prefix = SharedPrefix(layers, _FIXED)
    config = network.config.get_text_config()
    if supports_shared_prefix(config, network._supports_attention_backend):  # noqa: SLF001
        own = network.config._attn_implementation  # noqa: SLF001 - no public name
        network.set_attn_implementation(NAME)
        if _agrees(network, ids, prefix, expected_V, shares=True):
            return True, True
        network.set_attn_implementation(own)
    return False, _agrees(network, ids, prefix, expected_V, shares=False)


def _has_windows(network: PreTrainedModel) -> bool:
    """Of the kind that the cache's layers do not show: GPT-Neo's."""
    return "local" in getattr(network.config, "attention_layers", ())


def _agrees(
    network: PreTrainedModel,
    ids: Ids,
    prefix: SharedPrefix,
    expected_V: torch.Tensor,
    *,
    shares: bool,
) -> bool:
    """Whether a row that goes on from a prefix, and is padded, gets the expected scores."""
    ends = (_FIXED + _REST, _FIXED + _LONGER[shares])
    tasks = [Task(0, ids[:_FIXED], ids[_FIXED:end], Sampling(), 1) for end in ends]
    batch = Batch(network, prefix_of=lambda _: prefix, shares=shares, pad_id=ids[0])
    try:
        with torch.inference_mode():
            found_V = batch.admit([Row(task) for task in tasks])[0].float()
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError):
        return False
    distance = (found_V - expected_V).std() / expected_V.std()
    return bool(distance < _TOLERANCE.get(network.dtype, _TOLERANCE[torch.bfloat16]))
