"""Answer-only loss: the prompt is read, only the answer's tokens are learned."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

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

    Rows are left-padded, so that all answers end in the last column and the head, which costs more
    than a layer, is applied to the last few positions only.

    Args:
        network: The model with its adapter.
        batch: At least one example.

    Returns:
        A scalar, float32.
    """
    width, keep = max(map(len, batch)), max(len(t.answer) for t in batch) + 1
    ids, labels, mask = [], [], []
    for tokens in batch:
        pad = width - len(tokens)
        ids.append([0] * pad + [*tokens.prompt, *tokens.answer])
        mask.append([0] * pad + [1] * len(tokens))
        labels.append([IGNORED] * (keep - 1 - len(tokens.answer)) + list(tokens.answer))
    device = network.device
    mask_BT = torch.tensor(mask, device=device)
    out = network(
        input_ids=torch.tensor(ids, device=device),
        attention_mask=mask_BT,
        position_ids=(mask_BT.cumsum(-1) - 1).clamp(min=0),
        logits_to_keep=keep,
        use_cache=False,
    )
    logits_BAV = out.logits[:, :-1].float()
    labels_BA = torch.tensor(labels, device=device)
    loss_BA = torch.nn.functional.cross_entropy(
        logits_BAV.flatten(0, 1), labels_BA.flatten(), ignore_index=IGNORED, reduction="none"
    ).view_as(labels_BA)
    lengths_B = (labels_BA != IGNORED).sum(-1)
    return (loss_BA.sum(-1) / lengths_B).mean()
