"""Answer-only loss: the prompt is read, only the answer's tokens are learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch
from transformers import DynamicCache, PreTrainedModel

from models.attention import supports_shared_prefix
from models.chat import ChatRenderer
from trainer.dataset import Example
from trainer.student import student_prompt

IGNORED = -100


@dataclass(frozen=True, slots=True)
class Tokens:
    """One example as token ids: what is read, and what is to be said."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def tokenise(renderer: ChatRenderer, example: Example) -> Tokens:
    """Render an example with the model's chat template, the turn's end included in the answer.

    Args:
        renderer: Of the model that is trained.
        example: What it is to learn.

    Returns:
        Its token ids.
    """
    rendered = renderer.render(student_prompt(example.question))
    answer = tuple(renderer.answer_ids(example.answer))
    return Tokens(rendered.fixed + rendered.rest, answer)


def answer_loss(network: PreTrainedModel, batch: Sequence[Tokens]) -> torch.Tensor:
    """Cross-entropy (nats a token) of each answer, averaged over the answers.

    Every answer counts the same: a mean over all tokens would let the skill with the longest
    answers, often the one that cannot be learned, drown the others.

    What all prompts begin with is read once for all rows. Rows are left-padded, so that all answers
    end in the last column and the head, which costs more than a layer, is applied to the last few
    positions only.

    Args:
        network: The model with its adapter.
        batch: At least one example.

    Returns:
        A scalar, float32.
    """
    shared = _shared_prompt(network, batch)
    rows = [[*tokens.prompt[len(shared) :], *tokens.answer] for tokens in batch]
    width, keep = max(map(len, rows)), max(len(t.answer) for t in batch) + 1
    ids, labels, mask = [], [], []
    for row, tokens in zip(rows, batch, strict=True):
        pad = width - len(row)
        ids.append([0] * pad + row)
        mask.append([1] * len(shared) + [0] * pad + [1] * len(row))
        labels.append([IGNORED] * (keep - 1 - len(tokens.answer)) + list(tokens.answer))
    device = network.device
    mask_BT = torch.tensor(mask, device=device)
    out = network(
        input_ids=torch.tensor(ids, device=device),
        attention_mask=mask_BT,
        position_ids=(mask_BT.cumsum(-1) - 1).clamp(min=0)[:, len(shared) :],
        logits_to_keep=keep,
        past_key_values=_read_once(network, shared, len(batch)) if shared else None,
        use_cache=bool(shared),
    )
    logits_BAV = out.logits[:, :-1].float()
    labels_BA = torch.tensor(labels, device=device)
    loss_BA = torch.nn.functional.cross_entropy(
        logits_BAV.flatten(0, 1), labels_BA.flatten(), ignore_index=IGNORED, reduction="none"
    ).view_as(labels_BA)
    lengths_B = (labels_BA != IGNORED).sum(-1)
    return (loss_BA.sum(-1) / lengths_B).mean()


def _shared_prompt(network: PreTrainedModel, batch: Sequence[Tokens]) -> tuple[int, ...]:
    """What all prompts begin with, less a token; nothing where layers keep more than keys."""
    text = network.config.get_text_config()
    keys_alone = supports_shared_prefix(text, network._supports_attention_backend)  # noqa: SLF001
    if len(batch) == 1 or not keys_alone:
        return ()
    columns = zip(*(tokens.prompt[:-1] for tokens in batch), strict=False)
    return tuple(ids[0] for ids in takewhile(lambda ids: len(set(ids)) == 1, columns))


def _read_once(network: PreTrainedModel, shared: tuple[int, ...], rows: int) -> DynamicCache:
    """The shared prompt's keys and values for each row; gradients flow back through them."""
    cache = DynamicCache(config=network.config)
    ids = torch.tensor([shared], device=network.device)
    network.get_decoder()(input_ids=ids, past_key_values=cache, use_cache=True)
    cache.batch_repeat_interleave(rows)
    return cache
