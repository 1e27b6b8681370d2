"""Sampling 8 answers to one few-shot question: ours against transformers' own `generate`.

Also, of ours alone: the type of the weights, and prompts of unlike lengths in one call.

Both sides have the same weights in the same type, the same prompt ids, the same temperature, top-k
and top-p, and generate the same number of tokens: no sample can end early on either side, and
neither looks for stop texts. The peer is used as it comes, under `inference_mode`. Our prefix cache
is warm, as it is from a process's second question on; the ratio of a first question is told beside
it.
"""

import time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, GenerationConfig

from agent.system2.prompts import read_prompts
from agent.system2.settings import System2Settings
from benchmarks.kinds import generate
from benchmarks.measure import Measured, Setup, ratios, spread
from models import catalog
from models.precision import weights_dtype
from models.transformers_lm import TransformersLM
from models.types import Message, Prompt, Sampling

SAMPLES = 8
TOKENS = 32
"""Tokens a sample: the mean of the demonstration's programs (24 to 45 by kind, 32 over all)."""

PROMPTS, LONG = 32, 15
"""Questions, of which every eighth is repeated so often."""

_NO_TOKEN = -1


class Ours:
    """`TransformersLM`, with no token that ends a sample."""

    def __init__(
        self, path: Path, prompt: Prompt, sampling: Sampling, dtype: torch.dtype | None = None
    ) -> None:
        self._lm = TransformersLM(path, name="benchmark", fingerprint="", dtype=dtype)
        self.prompt_ids = self._lm._renderer.render(prompt)  # noqa: SLF001
        # Also the padding's id, but one prompt alone is never padded.
        self._lm._renderer.end_ids = (_NO_TOKEN,)  # noqa: SLF001
        self._prompt = prompt
        self._sampling = sampling

    def tokens_per_second(self) -> float:
        """Generated tokens a second of one call."""
        start = time.perf_counter()
        (samples,) = self._lm.generate([self._prompt], self._sampling)
        seconds = time.perf_counter() - start
        return _counted([sample.completion_tokens for sample in samples], self._sampling) / seconds

    def forget_prefix(self) -> None:
        """Make the next call read the few-shot examples again."""
        self._lm._prefixes.clear()  # noqa: SLF001


class Peer:
    """`generate(num_return_sequences=8, do_sample=True)` on a copy of the weights of its own."""

    def __init__(self, path: Path, prompt_ids: tuple[int, ...], sampling: Sampling) -> None:
        network = AutoModelForCausalLM.from_pretrained(path, dtype=weights_dtype()).eval()
        self._network = network.to("cuda" if torch.cuda.is_available() else "cpu")
        # What the model's own configuration says of ends would be filled in, were it left there.
        self._network.generation_config = GenerationConfig()
        self._config = GenerationConfig(
            do_sample=True,
            num_return_sequences=sampling.n,
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            max_new_tokens=sampling.max_tokens,
            eos_token_id=None,
            pad_token_id=0,
        )
        self._ids_1T = torch.tensor([prompt_ids], device=self._network.device)
        self._sampling = sampling

    def tokens_per_second(self) -> float:
        """Generated tokens a second of one call."""
        start = time.perf_counter()
        with torch.inference_mode():
            out_BT = self._network.generate(
                self._ids_1T,
                attention_mask=torch.ones_like(self._ids_1T),
                generation_config=self._config,
            )
        rows = out_BT[:, self._ids_1T.shape[1] :].tolist()  # waits for the device
        seconds = time.perf_counter() - start
        return _counted([len(row) for row in rows], self._sampling) / seconds


def measure(setup: Setup) -> Measured:
    """Take the ratio of tokens a second, warm; the cold one is told in the detail.

    Args:
        setup: Model and runs.

    Returns:
        Ours over the peer's.
    """
    path, prompt, sampling = _task(setup)
    ours = Ours(path, prompt, sampling)
    ids = ours.prompt_ids
    peer = Peer(path, ids.fixed + ids.rest, sampling)
    ours.tokens_per_second(), peer.tokens_per_second()  # the first call of each is not counted
    warm, cold = [], []
    for _ in range(setup.runs):
        fast = ours.tokens_per_second()
        base = peer.tokens_per_second()
        ours.forget_prefix()
        warm.append((fast, base))
        cold.append((ours.tokens_per_second(), base))
    detail = (
        f"{SAMPLES} samples of {TOKENS} tokens after {ids.tokens} of prompt: ours "
        f"{spread([a for a, _ in warm])} tokens/s, generate {spread([b for _, b in warm])}; with a "
        f"cold prefix, as in the first question of a process, the ratio is {spread(ratios(cold))}"
    )
    return Measured(ratios(warm), detail)


def measure_type(setup: Setup) -> Measured:
    """Take the ratio of tokens a second, prompt included, in the type that is picked and the other.

    Args:
        setup: Model and runs.

    Returns:
        The picked one over the other.
    """
    path, prompt, sampling = _task(setup)
    picked = weights_dtype()
    other = torch.float32 if picked is torch.bfloat16 else torch.bfloat16
    sides = [Ours(path, prompt, sampling, dtype) for dtype in (picked, other)]
    pairs: list[tuple[float, float]] = []
    for side in sides:
        side.tokens_per_second()  # the first call of each is not counted
    for _ in range(setup.runs):
        for side in sides:
            side.forget_prefix()
        pairs.append((sides[0].tokens_per_second(), sides[1].tokens_per_second()))
    detail = (
        f"{SAMPLES} samples of {TOKENS} tokens after {sides[0].prompt_ids.tokens} of prompt, read "
        f"afresh: {picked} {spread([a for a, _ in pairs])} tokens/s, {other} "
        f"{spread([b for _, b in pairs])}"
    )
    return Measured(ratios(pairs), detail)


def measure_mixed_lengths(setup: Setup) -> Measured:
    """Time one token after each of 32 prompts of unlike lengths, in one call and one by one.

    Padded to the longest, they would be several times as many tokens to read.

    Args:
        setup: Model and runs.

    Returns:
        Seconds of one call over those of a call for each.
    """
    lm = TransformersLM(catalog.resolve(setup.model), name="benchmark", fingerprint="")
    asked = generate({"coin flips": PROMPTS}, seed=5)
    prompts = [
        Prompt((Message("user", f"{item.question}\n" * (LONG if number % 8 == 7 else 1)),))
        for number, item in enumerate(asked)
    ]
    sampling = Sampling(max_tokens=1)
    tokens = sorted(lm.count_tokens(prompt) for prompt in prompts)

    def at_once() -> float:
        start = time.perf_counter()
        lm.generate(prompts, sampling)
        return time.perf_counter() - start

    def one_by_one() -> float:
        start = time.perf_counter()
        for prompt in prompts:
            lm.generate([prompt], sampling)
        return time.perf_counter() - start

    at_once(), one_by_one()  # the first call of each is not counted
    pairs = [(at_once(), one_by_one()) for _ in range(setup.runs)]
    detail = (
        f"{PROMPTS} prompts of {tokens[0]} to {tokens[-1]} tokens, {sum(tokens)} in all and "
        f"{PROMPTS * tokens[-1]} if padded: at once {spread([a for a, _ in pairs], ' s')}, one by "
        f"one {spread([b for _, b in pairs], ' s')}"
    )
    return Measured(ratios(pairs), detail)


def _task(setup: Setup) -> tuple[Path, Prompt, Sampling]:
    """The model, a few-shot question, and how it is sampled."""
    defaults = System2Settings()
    sampling = Sampling(
        n=SAMPLES,
        temperature=defaults.temperature,
        top_k=defaults.top_k,
        top_p=defaults.top_p,
        max_tokens=TOKENS,
    )
    (item,) = generate({"coin flips": 1}, seed=3)
    return catalog.resolve(setup.model), _few_shot(item.question), sampling


def _counted(lengths: list[int], sampling: Sampling) -> int:
    """Tokens generated, held to be what was asked for."""
    if lengths != [sampling.max_tokens] * sampling.n:
        msg = f"samples ended early: {lengths} tokens, not {sampling.max_tokens} each"
        raise ValueError(msg)
    return sum(lengths)


def _few_shot(question: str) -> Prompt:
    """The question behind the programs that ship."""
    return read_prompts("program_of_thought")["program"].prompt(question=question)
