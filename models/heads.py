"""What several prompts of one call begin with: an answer under many criteria is read once."""

from collections import Counter
from collections.abc import Sequence

from models.chat import Rendered
from models.rows import Ids

_BLOCK = 16
"""Tokens that prompts are compared by."""
_WORTH = 256
"""Tokens that need not be read again, from which a head of its own costs less than it saves."""


def shared_heads(prompts: Sequence[Rendered]) -> list[int]:
    """How far each prompt, after its fixed part, is best shared with others.

    Prompts are put into a tree of blocks (as in RadixAttention, arXiv 2312.07104). One head a
    prompt is enough here: the one by which each of its prompts saves the most on average.

    Args:
        prompts: Those of one call.

    Returns:
        Tokens of each prompt's head, of which one at least is left over; 0 where sharing it would
        not save enough.
    """
    tree: dict[tuple[int, Ids], int] = {}
    paths = [_path(prompt, tree) for prompt in prompts]
    sharing = Counter(node for path in paths for node in path)
    return [_best([sharing[node] for node in path]) for path in paths]


def _path(prompt: Rendered, tree: dict[tuple[int, Ids], int]) -> list[int]:
    """The nodes of a prompt's whole blocks but for the last token; new ones are put in."""
    at = tree.setdefault((-1, prompt.fixed), len(tree))
    path = []
    for start in range(0, (len(prompt.rest) - 1) // _BLOCK * _BLOCK, _BLOCK):
        at = tree.setdefault((at, prompt.rest[start : start + _BLOCK]), len(tree))
        path.append(at)
    return path


def _best(sharing: Sequence[int]) -> int:
    """The best length of a head, by how many prompts share each block."""
    lengths = {
        depth * _BLOCK: prompts
        for depth, prompts in enumerate(sharing, start=1)
        if (prompts - 1) * depth * _BLOCK >= _WORTH
    }
    return max(lengths, key=lambda length: length - length / lengths[length], default=0)
