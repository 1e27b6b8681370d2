from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from models.chat import ChatRenderer
from trainer.dataset import Example
from trainer.loss import IGNORED, Tokens, answer_loss, tokenise
from trainer.student import student_prompt

BATCH = [
    Tokens((5, 6, 7), (8, 9)),
    Tokens((11, 12, 13, 14, 15, 16, 17), (18,)),
    Tokens((21,), (22, 23, 24, 25)),
]


@pytest.fixture(scope="module")
def network(tiny_model: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()


def plain_loss(network: PreTrainedModel, batch: list[Tokens]) -> float:
    """Every row alone, all its logits, the prompt's labels masked; the mean of the rows' means."""
    total = 0.0
    for tokens in batch:
        ids = torch.tensor([[*tokens.prompt, *tokens.answer]])
        labels = torch.tensor([*([IGNORED] * len(tokens.prompt)), *tokens.answer])
        logits_TV = network(ids).logits[0, :-1]
        total += torch.nn.functional.cross_entropy(
            logits_TV, labels[1:], ignore_index=IGNORED
        ).item()
    return total / len(batch)


@pytest.mark.parametrize("rows", [[0], [1], [0, 1, 2], [2, 2]])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_the_loss_is_that_of_the_answers_alone(
    network: PreTrainedModel, rows: list[int], attention: str
) -> None:
    batch = [BATCH[row] for row in rows]
    network.set_attn_implementation(attention)
    assert answer_loss(network, batch).item() == pytest.approx(plain_loss(network, batch), abs=1e-4)


def test_padding_changes_nothing(network: PreTrainedModel) -> None:
    alone = [answer_loss(network, [tokens]).item() for tokens in BATCH]
    assert answer_loss(network, BATCH).item() == pytest.approx(sum(alone) / len(alone), abs=1e-4)


ALIKE = [Tokens((5, 6, 7, *tokens.prompt), tokens.answer) for tokens in BATCH]


def gradients(network: PreTrainedModel, batches: list[list[Tokens]]) -> torch.Tensor:
    """Of the mean of the batches' losses, with respect to all weights."""
    network.zero_grad()
    for batch in batches:
        torch.autograd.backward(answer_loss(network, batch) / len(batches))
    return torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_what_prompts_begin_with_alike_is_learned_from_all_rows(
    network: PreTrainedModel, attention: str
) -> None:
    network.set_attn_implementation(attention)
    assert answer_loss(network, ALIKE).item() == pytest.approx(plain_loss(network, ALIKE), abs=1e-4)
    together, alone = gradients(network, [ALIKE]), gradients(network, [[row] for row in ALIKE])
    assert alone.abs().max() > 1e-3
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-3)


def test_what_prompts_begin_with_alike_is_read_once(network: PreTrainedModel) -> None:
    read: list[torch.Size] = []
    hook = network.get_input_embeddings().register_forward_pre_hook(
        lambda _, args: read.append(args[0].shape)
    )
    try:
        answer_loss(network, ALIKE)
        answer_loss(network, BATCH)
    finally:
        hook.remove()
    assert read == [(1, 3), (3, 8), (3, 8)]


@pytest.mark.parametrize("answer", ["yes", "first\nsecond", " 56", "é€"])
def test_an_example_is_the_question_and_the_whole_answer(tiny_model: Path, answer: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    renderer = ChatRenderer(tokenizer)
    tokens = tokenise(renderer, Example(1, "Is it so?", answer))
    assert tokens.prompt == renderer.render(student_prompt("Is it so?")).rest
    assert tokenizer.decode(tokens.answer) == f"{answer}<|im_end|>"
    assert len(tokens) == len(tokens.prompt) + len(tokens.answer)
