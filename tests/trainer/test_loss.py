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


@pytest.mark.parametrize("answer", ["yes", "first\nsecond", " 56", "é€"])
def test_an_example_is_the_question_and_the_whole_answer(tiny_model: Path, answer: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    renderer = ChatRenderer(tokenizer)
    tokens = tokenise(renderer, Example(1, "Is it so?", answer))
    assert tokens.prompt == renderer.render(student_prompt("Is it so?")).rest
    assert tokenizer.decode(tokens.answer) == f"{answer}<|im_end|>"
    assert len(tokens) == len(tokens.prompt) + len(tokens.answer)
