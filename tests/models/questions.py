"""Prompts for tiny models, and what transformers itself says to them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from models.transformers_lm import TransformersLM
from models.types import Finish, Generation, LanguageModel, Message, Prompt, Sampling

MakeLM = Callable[..., TransformersLM]
MakeAdapter = Callable[..., Path]
SHOTS = (
    Message("system", "Answer with the final answer only."),
    Message("user", "A coin is heads up. Somebody flips the coin."),
    Message("assistant", "no"),
)
QUESTIONS = (
    "hi",
    "What is the product of 123 and 456?",
    "Take the last letters of the words in a name",
    "A coin is heads up. Somebody flips the coin. Is the coin still heads up?",
    "1 2 3",
)
GREEDY = Sampling(max_tokens=12)
DRAWN = Sampling(n=3, temperature=1.0, top_k=20, max_tokens=8, seed=7)


def ask(question: str, *, fixed: int = len(SHOTS)) -> Prompt:
    return Prompt((*SHOTS, Message("user", question)), fixed=fixed)


def greedy(lm: LanguageModel, prompts: Sequence[Prompt], **options: object) -> list[Generation]:
    return [one for (one,) in lm.generate(prompts, GREEDY, **options)]  # type: ignore[arg-type]


def same(some: Sequence[Generation], others: Sequence[Generation]) -> None:
    """Equal, but for the last digits of the scores."""
    for one, other in zip(some, others, strict=True):
        assert one.text == other.text
        assert one.finish is other.finish
        assert one.prompt_tokens == other.prompt_tokens
        assert one.logprobs == pytest.approx(other.logprobs, abs=2e-4)
        assert one.margins == pytest.approx(other.margins, abs=4e-4)


def reference(
    lm: TransformersLM, path: Path, prompt: Prompt, adapter: Path | None = None
) -> Generation:
    """transformers' own greedy generate(), one prompt at a time, in float32."""
    network = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    model = network if adapter is None else PeftModel.from_pretrained(network, adapter)
    rendered = lm._renderer.render(prompt)
    ids = torch.tensor([rendered.fixed + rendered.rest])
    out = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=GREEDY.max_tokens,
        do_sample=False,
        eos_token_id=list(lm._renderer.end_ids),
        pad_token_id=0,
        output_logits=True,
        return_dict_in_generate=True,
    )
    tokens = out.sequences[0, ids.shape[1] :]
    scores_TV = torch.stack(out.logits)[:, 0].log_softmax(-1)
    top_TK = scores_TV.topk(2, dim=-1).values
    ended = int(tokens[-1]) in lm._renderer.end_ids
    return Generation(
        text=lm._text(tokens.tolist()),
        logprobs=tuple(scores_TV.gather(1, tokens[:, None])[:, 0].tolist()),
        margins=tuple((top_TK[:, 0] - top_TK[:, 1]).tolist()),
        finish=Finish.STOP if ended else Finish.LENGTH,
        prompt_tokens=ids.shape[1],
    )


@contextmanager
def reads(lm: TransformersLM) -> Iterator[list[tuple[int, int]]]:
    """Rows and tokens of each pass through the network."""
    seen: list[tuple[int, int]] = []

    def note(_: object, args: tuple[torch.Tensor, ...], kwargs: dict[str, torch.Tensor]) -> None:
        rows, tokens = (args[0] if args else kwargs["input_ids"]).shape
        seen.append((rows, tokens))

    hook = lm._network.register_forward_pre_hook(note, with_kwargs=True)
    yield seen
    hook.remove()
