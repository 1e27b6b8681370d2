"""Stand-ins that ship: a language model that follows a script, an encoder that hashes.

Both deterministic. For tests, for trying the loop without weights, and for anyone who builds on
the protocols.
"""

import math
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from models.errors import ContextOverflowError
from models.types import (
    Cancelled,
    Finish,
    FloatArray,
    Generation,
    OnDone,
    Progress,
    Prompt,
    Request,
    Sampling,
)

Script = Mapping[str, str | Sequence[str]] | Callable[[Prompt], str | Sequence[str]]
"""What is written: by a text that the last message holds (the longest wins), or by the prompt.

Several texts are the samples in turn, from the first again after the last; greedy decoding
(temperature 0) always gives the first.
"""

_TOKEN = re.compile(r"\s*\S+")


class ScriptedLM:
    """A LanguageModel that writes what it is told. A token is a word with the space before it."""

    def __init__(
        self,
        script: Script,
        *,
        adapted: Callable[[Path], Script] | None = None,
        probability: Callable[[Prompt, str], float] | None = None,
        otherwise: str = "",
        name: str = "scripted",
        context_tokens: int = 32_768,
    ) -> None:
        """Follow a script.

        Args:
            script: What the base writes.
            adapted: The script of an adapter, by its folder; None has adapters write as the base.
            probability: That of each token of a text, in (0, 1]; None is 0.95 for all.
            otherwise: Written when a mapping has nothing for a prompt.
            name: The model's name; its fingerprint is made from it.
            context_tokens: The most tokens of a prompt and its continuation together.
        """
        self._script = script
        self._adapted = adapted
        self._probability = probability or (lambda _prompt, _text: 0.95)
        self._otherwise = otherwise
        self._name = name
        self._context_tokens = context_tokens

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Made from the name."""
        return f"{self._name}-{zlib.crc32(self._name.encode()):08x}"

    @property
    def context_tokens(self) -> int:
        """The most tokens a prompt and its continuation may have together."""
        return self._context_tokens

    def generate(
        self,
        prompts: Sequence[Prompt],
        sampling: Sampling,
        *,
        adapter: Path | None = None,
        cancelled: Cancelled | None = None,
        progress: Progress | None = None,
    ) -> list[list[Generation]]:
        """Continue every prompt as the script says; see `LanguageModel.generate`.

        Args:
            prompts: Any number.
            sampling: n, max_tokens, stop and whether it is greedy are honoured; the seed says which
                of several texts comes first.
            adapter: Whose script to follow; None is the base's.
            cancelled: Asked before every token.
            progress: Called after every continuation.

        Returns:
            For each prompt, in order, its n continuations.

        Raises:
            ContextOverflowError: A prompt leaves no room for an answer.
        """
        answers: list[list[Generation]] = []

        def keep(_number: int, samples: list[Generation]) -> Sequence[Request]:
            answers.append(samples)
            return ()

        requests = [Request(prompt, sampling) for prompt in prompts]
        self.run(requests, keep, adapter=adapter, cancelled=cancelled, progress=progress)
        return answers

    def run(
        self,
        requests: Sequence[Request],
        on_done: OnDone,
        *,
        adapter: Path | None = None,
        cancelled: Cancelled | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Continue requests in order of arrival, one at a time; see `LanguageModel.run`.

        Args:
            requests: Any number.
            on_done: Called with number and continuations; returns requests that follow.
            adapter: Whose script to follow; None is the base's.
            cancelled: Asked before every token, until it says True.
            progress: Called with (continuations done, continuations in all so far).

        Raises:
            ContextOverflowError: A prompt leaves no room for an answer.
        """
        latch = _Latch(cancelled or _never)
        self._check_room(requests)
        queue = deque(requests)
        total, done, number = sum(request.sampling.n for request in queue), 0, 0
        while queue:
            samples = []
            request = queue.popleft()
            for sample in self._samples(request, adapter, latch):
                samples.append(sample)
                done += 1
                if progress:
                    progress(done, total)
            more = on_done(number, samples)
            number += 1
            if not latch.closed:
                self._check_room(more)
                queue.extend(more)
                total += sum(request.sampling.n for request in more)

    def stream(
        self, prompt: Prompt, sampling: Sampling, *, adapter: Path | None = None
    ) -> Iterator[str]:
        """Continue one prompt once, a word at a time."""
        text = self.generate([prompt], sampling, adapter=adapter)[0][0].text
        yield from _TOKEN.findall(text)

    def count_tokens(self, prompt: Prompt) -> int:
        """Words of all messages, and one for each message's role."""
        return sum(1 + len(message.content.split()) for message in prompt.messages)

    def _check_room(self, requests: Sequence[Request]) -> None:
        tokens = max((self.count_tokens(request.prompt) for request in requests), default=0)
        if tokens >= self._context_tokens:
            raise ContextOverflowError(
                f"the prompt has {tokens} tokens, and {self._name} reads at most "
                f"{self._context_tokens} with its answer; shorten the question"
            )

    def _samples(
        self, request: Request, adapter: Path | None, cancelled: "_Latch"
    ) -> Iterator[Generation]:
        prompt, sampling = request.prompt, request.sampling
        texts = self._texts(prompt, adapter)
        for number in range(sampling.n):
            if cancelled.closed:
                yield Generation("", (), (), Finish.CANCELLED, self.count_tokens(prompt))
                continue
            turn = 0 if sampling.temperature == 0 else (sampling.seed or 0) + number
            yield self._write(prompt, texts[turn % len(texts)], sampling, cancelled)

    def _texts(self, prompt: Prompt, adapter: Path | None) -> Sequence[str]:
        script = self._adapted(adapter) if adapter and self._adapted else self._script
        found = script(prompt) if callable(script) else _longest_match(script, prompt)
        if isinstance(found, str):
            return (found,)
        return found or (self._otherwise,)

    def _write(
        self, prompt: Prompt, text: str, sampling: Sampling, cancelled: Cancelled
    ) -> Generation:
        stopped, finish = _stop(text, sampling.stop), Finish.STOP
        tokens = _TOKEN.findall(stopped)
        kept = 0
        while kept < len(tokens):
            if cancelled():
                finish = Finish.CANCELLED
                break
            if kept == sampling.max_tokens:
                finish = Finish.LENGTH
                break
            kept += 1
        probability = min(1.0, max(1e-9, self._probability(prompt, text)))
        count = kept + (finish is Finish.STOP and kept < sampling.max_tokens)  # the end token
        margin = max(0.0, math.log(probability / max(1.0 - probability, 1e-9)))
        return Generation(
            text=stopped if kept == len(tokens) else "".join(tokens[:kept]),
            logprobs=(math.log(probability),) * count,
            margins=(margin,) * count,
            finish=finish,
            prompt_tokens=self.count_tokens(prompt),
            entropies=(_entropy(probability),) * count,
        )


def _entropy(probability: float) -> float:
    """Entropy of a token that comes with this probability, or else some other, in nats."""
    shares = (probability, 1.0 - probability)
    return -sum(share * math.log(share) for share in shares if share > 0)


class HashEncoder:
    """An Encoder without weights: hashed words and letter trigrams. Like texts are near."""

    def __init__(self, dimension: int = 64) -> None:
        """Use so many dimensions.

        Args:
            dimension: D, at least 2; more have fewer collisions.
        """
        self._dimension = dimension

    @property
    def name(self) -> str:
        """What stored embeddings are stamped with."""
        return f"hash-{self._dimension}"

    @property
    def dimension(self) -> int:
        """D."""
        return self._dimension

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as float32 (N, D), unit rows; no texts give (0, D)."""
        embedding_ND = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row_D, text in zip(embedding_ND, texts, strict=True):
            for feature, weight in _features(text):
                hashed = zlib.crc32(feature.encode())
                row_D[hashed % self._dimension] += weight if hashed >> 31 else -weight
            if not row_D.any():
                row_D[0] = 1.0
            row_D /= np.linalg.norm(row_D)
        return embedding_ND


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in re.findall(r"\w+", text.lower()):
        yield word, 1.0
        padded = f"^{word}$"
        for start in range(len(padded) - 2):
            yield padded[start : start + 3], 0.3


def _longest_match(
    script: Mapping[str, str | Sequence[str]], prompt: Prompt
) -> str | Sequence[str]:
    last = prompt.messages[-1].content if prompt.messages else ""
    keys = [key for key in script if key in last]
    return script[max(keys, key=len)] if keys else ()


def _stop(text: str, stops: Sequence[str]) -> str:
    ends = [text.index(stop) for stop in stops if stop and stop in text]
    return text[: min(ends)] if ends else text


class _Latch:
    """Asks whether a call is cancelled until it is."""

    def __init__(self, asked: Cancelled) -> None:
        self._asked = asked
        self.closed = False

    def __call__(self) -> bool:
        self.closed = self.closed or self._asked()
        return self.closed


def _never() -> bool:
    return False
