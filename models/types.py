"""The values and protocols through which everything else speaks to a model. No torch here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is to continue.

    Attributes:
        messages: The chat so far. A last message by the assistant is continued, not answered.
        fixed: How many leading messages are the same for every question of a method; a model may
            keep their key-value cache and read them only once.
    """

    messages: tuple[Message, ...]
    fixed: int = 0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to continue a prompt.

    Attributes:
        n: Continuations per prompt, >= 1.
        temperature: 0 is greedy.
        top_k: Only the k likeliest tokens are drawn from; >= 1.
        top_p: Nucleus mass among those k, in (0, 1].
        max_tokens: Most tokens generated per continuation, >= 1.
        stop: Texts at which a continuation ends; the text itself is left out.
        seed: Makes the draw repeatable; None draws afresh.
    """

    n: int = 1
    temperature: float = 0.0
    top_k: int = 50
    top_p: float = 1.0
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt and how to continue it."""

    prompt: Prompt
    sampling: Sampling


class Finish(StrEnum):
    """Why a continuation ended."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Generation:
    """One continuation.

    Attributes:
        text: Decoded, without the stop text and the chat template's end token.
        logprobs: Natural log-probability of each generated token under the unmodified (temperature
            1, full vocabulary) distribution, the end token's included when there is one.
        margins: Per generated token, log-probability of the likeliest token less that of the
            second; 0 is a tie.
        finish: Why it ended.
        prompt_tokens: Length of the prompt.
        entropies: Per generated token, entropy of the distribution at temperature 1, in nats; none
            unless it was asked greedily.
    """

    text: str
    logprobs: tuple[float, ...]
    margins: tuple[float, ...]
    finish: Finish
    prompt_tokens: int
    entropies: tuple[float, ...] = ()

    @property
    def completion_tokens(self) -> int:
        """Tokens that were generated."""
        return len(self.logprobs)


Cancelled = Callable[[], bool]
Progress = Callable[[int, int], None]
OnDone = Callable[[int, list[Generation]], Sequence[Request]]
"""Takes a request's number and its continuations; gives the requests that follow from them."""


class LanguageModel(Protocol):
    """A chat model, with or without an adapter on top."""

    @property
    def name(self) -> str:
        """The catalogue name, hub id or folder it was loaded from."""

    @property
    def fingerprint(self) -> str:
        """Identifies the weights: an adapter fits only the fingerprint it was trained on."""

    @property
    def context_tokens(self) -> int:
        """The most tokens a prompt and its continuation may have together."""

    def generate(
        self,
        prompts: Sequence[Prompt],
        sampling: Sampling,
        *,
        adapter: Path | None = None,
        cancelled: Cancelled | None = None,
        progress: Progress | None = None,
    ) -> list[list[Generation]]:
        """Continue every prompt `sampling.n` times.

        Args:
            prompts: Any number; they share batches.
            sampling: How to continue.
            adapter: A PEFT folder to answer with; None is the untouched base.
            cancelled: Asked at every step; True ends the call within one step, and continuations
                so far come back with `Finish.CANCELLED`.
            progress: Called with (continuations done, continuations in all).

        Returns:
            For each prompt, in order, its n continuations.

        Raises:
            ContextOverflowError: A prompt leaves no room for an answer.
            WrongBaseError: The adapter was trained on another base.
        """

    def run(
        self,
        requests: Sequence[Request],
        on_done: OnDone,
        *,
        adapter: Path | None = None,
        cancelled: Cancelled | None = None,
    ) -> None:
        """Continue requests, and those that their answers give rise to, in shared batches.

        Numbers are by arrival: the given requests first, then those that `on_done` returns, in
        order.

        Args:
            requests: Any number; they may differ in everything.
            on_done: Called with a request's number and its n continuations as soon as the last of
                them has ended; the requests it returns join those under way as rows become free.
                It must not call the model.
            adapter: A PEFT folder to answer with; None is the untouched base.
            cancelled: Asked at every step; once True, all that is under way or waiting is handed to
                `on_done` with `Finish.CANCELLED`, those never started empty and without
                log-probabilities; what it then returns is ignored.

        Raises:
            ContextOverflowError: A prompt leaves no room for an answer; nothing has run yet when it
                is one of `requests`.
            WrongBaseError: The adapter was trained on another base.
        """

    def stream(
        self, prompt: Prompt, sampling: Sampling, *, adapter: Path | None = None
    ) -> Iterator[str]:
        """Continue one prompt once, yielding text as it comes."""

    def count_tokens(self, prompt: Prompt) -> int:
        """Length of the prompt in tokens, as `generate` would read it."""


class Encoder(Protocol):
    """Texts to vectors whose dot product is their likeness."""

    @property
    def name(self) -> str:
        """What stored embeddings are stamped with."""

    @property
    def dimension(self) -> int:
        """D."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as float32 (N, D), unit rows."""
