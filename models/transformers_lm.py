"""A base model and its adapters, on CPU or CUDA, by transformers and PEFT."""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from models.attention import SharedPrefix
from models.chat import ChatRenderer, Rendered
from models.decoding import Batch, decode
from models.errors import ContextOverflowError, ModelError
from models.heads import shared_heads
from models.loading import load_faults
from models.lora import AdapterId, LoadedAdapters
from models.precision import weights_dtype
from models.probe import check_cache, learn_ways
from models.rows import Desk, Ids, Row, Rows, Task, finished
from models.types import Cancelled, Generation, Message, OnDone, Progress, Prompt, Request, Sampling

_PREFIXES_KEPT = 8
_NO_LIMIT_TOKENS = 1 << 20
_PROBE = Prompt((Message("user", "What is the product of 12 and 34?"),))


def load_network(
    path: Path, dtype: torch.dtype | None = None
) -> tuple[PreTrainedModel, ChatRenderer, PreTrainedTokenizerBase]:
    """Load a base model for inference or training, on CUDA when there is one.

    Args:
        path: A model folder in the hub's layout.
        dtype: Of the weights; None takes `weights_dtype()`.

    Returns:
        The network in evaluation mode, a renderer over its chat template, and its tokenizer.

    Raises:
        ModelError: The folder does not hold a whole causal language model that transformers has
            code for and that keeps keys and values in every layer.
    """
    transformers_logging.disable_progress_bar()
    remedy = "give a causal LM's folder, whole and in no need of code of its own"
    with load_faults(f"a language model from {path}", remedy):
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
        network, found = AutoModelForCausalLM.from_pretrained(
            path,
            dtype=dtype or weights_dtype(),
            trust_remote_code=False,
            ignore_mismatched_sizes=True,  # told below, in words
            output_loading_info=True,
        )
        renderer = ChatRenderer(tokenizer)
    check_cache(network)
    _check_weights(path, found)
    if torch.cuda.is_available():
        network = network.to("cuda")
    head = network.get_output_embeddings()
    if head is not None:
        # A strided slice of the hidden states would make the head repeat its weights a row.
        head.register_forward_pre_hook(lambda _, args: (args[0].contiguous(), *args[1:]))
    return network.eval(), renderer, tokenizer


def _check_weights(path: Path, found: Mapping[str, Collection[Any]]) -> None:
    """Refuse a network of which some weights are not those of the folder but random."""
    unlike = [key for key, *_ in found["mismatched_keys"]]
    random = sorted([*found["missing_keys"], *unlike])
    if random:
        raise ModelError(
            f"cannot load a language model from {path}: {len(random)} of its weights are missing "
            f"or of another shape, such as {random[0]}; fetch it again"
        )


class TransformersLM:
    """A chat model with any number of adapters over one copy of the weights.

    Adapters are kept apart from the base (never merged), so a call without one runs the very
    weights that were pulled. Calls from several threads take turns.

    Args:
        path: The model's folder.
        name: What the user calls it.
        fingerprint: Identity of the weights.
        max_rows: Most continuations decoded at once.
        max_batch_tokens: Most cached tokens of a batch, over all rows.
        dtype: Of the weights; None takes `weights_dtype()`.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        fingerprint: str,
        max_rows: int = 128,
        max_batch_tokens: int = 65_536,
        dtype: torch.dtype | None = None,
    ) -> None:
        self._network, self._renderer, self._tokenizer = load_network(path, dtype)
        self._name = name
        self._fingerprint = fingerprint
        self._max_rows = max_rows
        self._max_batch_tokens = max_batch_tokens
        self._lock = threading.Lock()
        self._prefixes: OrderedDict[tuple[AdapterId | None, Ids], SharedPrefix] = OrderedDict()
        parameters = self._network.parameters()
        self._weights_bytes: int = sum(p.numel() * p.element_size() for p in parameters)
        self._adapters = LoadedAdapters(self._network, name, fingerprint)
        config = self._network.config.get_text_config()
        probe = self._renderer.render(_PROBE)
        self._shares, self._repeats = learn_ways(self._network, probe.fixed + probe.rest)
        self._context_tokens = int(getattr(config, "max_position_embeddings", _NO_LIMIT_TOKENS))

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Identity of the base's weights."""
        return self._fingerprint

    @property
    def context_tokens(self) -> int:
        """The most tokens a prompt and its continuation may have together."""
        return self._context_tokens

    @property
    def weights_bytes(self) -> int:
        """Memory that the base's weights take."""
        return self._weights_bytes

    def count_tokens(self, prompt: Prompt) -> int:
        """Length of the prompt in tokens."""
        return self._renderer.render(prompt).tokens

    def generate(
        self,
        prompts: Sequence[Prompt],
        sampling: Sampling,
        *,
        adapter: Path | None = None,
        cancelled: Cancelled | None = None,
        progress: Progress | None = None,
    ) -> list[list[Generation]]:
        """Continue every prompt `sampling.n` times; see `LanguageModel.generate`.

        Args:
            prompts: Any number; they share a batch.
            sampling: How to continue.
            adapter: A PEFT folder; None is the untouched base.
            cancelled: Asked at every step.
            progress: Called with (continuations done, continuations in all).

        Returns:
            For each prompt, in order, its n continuations.
        """
        answers: dict[int, list[Generation]] = {}

        def keep(number: int, samples: list[Generation]) -> Sequence[Request]:
            answers[number] = samples
            return ()

        requests = [Request(prompt, sampling) for prompt in prompts]
        self.run(requests, keep, adapter=adapter, cancelled=cancelled, progress=progress)
        return [answers[number] for number in range(len(prompts))]

    def run(
        self,
        requests: Sequence[Request],
        on_done: OnDone,
        *,
        adapter: Path | None = None,
        cancelled: Cancelled | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Continue requests and those that follow from them; see `LanguageModel.run`.

        All share one running batch, whatever their fixed messages. Each continuation has a source
        of randomness of its own: with a seed, it draws as it would alone, but for rounding.

        Args:
            requests: Any number; they may differ in everything.
            on_done: Called with number and continuations; returns requests that follow. The model
                is held meanwhile, so it must not call it.
            adapter: A PEFT folder; None is the untouched base.
            cancelled: Asked at every step.
            progress: Called with (continuations done, continuations in all so far).
        """
        numbers = itertools.count()
        desk, done = Desk(), 0
        total = desk.add(self._tasks(requests, numbers))
        with self._turn(adapter) as using:
            for step in self._steps(desk, using):
                ended = [row for row in step if row.finish is not None]
                done += len(ended)
                if progress and ended:
                    progress(done, total)
                for rows in desk.answered(ended):
                    total += desk.add(self._tasks(self._tell(on_done, rows), numbers))
                if cancelled is not None and cancelled():
                    break
            for rows in desk.unanswered:
                self._tell(on_done, rows)

    def stream(
        self, prompt: Prompt, sampling: Sampling, *, adapter: Path | None = None
    ) -> Iterator[str]:
        """Continue one prompt once, yielding text as it comes.

        Other calls may take their turns between two pieces.

        Args:
            prompt: What to continue.
            sampling: How; n is taken as 1.
            adapter: A PEFT folder; None is the untouched base.

        Yields:
            Pieces of text that together are the continuation.
        """
        desk = Desk()
        desk.add(self._tasks([Request(prompt, replace(sampling, n=1))], itertools.count()))
        told = ""
        held = max((len(stop) for stop in (*sampling.stop, *self._renderer.stop)), default=0)
        steps: Iterator[list[Row]] | None = None
        while True:
            with self._turn(adapter) as using:
                steps = steps or self._steps(desk, using)
                step = next(steps, None)
            if step is None:
                return
            (row,) = step
            desk.answered([row] if row.finish is not None else [])
            text = self._finished(row).text
            # An unfinished character, or what may become a stop text, waits for the next step.
            ended = row.finish is not None
            ready = text if ended else text[: max(0, len(text) - held)].rstrip("\ufffd")
            if len(ready) > len(told):
                yield ready[len(told) :]
                told = ready

    def _tasks(self, requests: Sequence[Request], numbers: Iterator[int]) -> list[Task]:
        """Requests as token ids, none too long; without a fixed part where it can't be kept."""
        rendered = [self._renderer.render(request.prompt) for request in requests]
        self._check_room(rendered)
        heads = shared_heads(rendered) if self._shares else [0] * len(rendered)
        tasks = []
        for request, item, head in zip(requests, rendered, heads, strict=True):
            cut = len(item.fixed) + head if self._repeats else 0
            ids = item.fixed + item.rest
            room = min(request.sampling.max_tokens, self._context_tokens - item.tokens)
            stop = (*request.sampling.stop, *self._renderer.stop)
            sampling = replace(request.sampling, stop=stop)
            tasks.append(Task(next(numbers), ids[:cut], ids[cut:], sampling, room, head))
        return tasks

    def _check_room(self, rendered: Sequence[Rendered]) -> None:
        longest = max((item.tokens for item in rendered), default=0)
        if longest >= self._context_tokens:
            msg = (
                f"the prompt has {longest} tokens, but {self._name} reads at most "
                f"{self._context_tokens}; shorten the question or choose a model that reads more"
            )
            raise ContextOverflowError(msg)

    def _steps(self, desk: Desk, adapter: AdapterId | None) -> Iterator[list[Row]]:
        """Work off a desk in one running batch; see `decode`."""
        batch = Batch(
            self._network,
            prefix_of=lambda task: self._prefix(task.fixed, adapter, task.head),
            shares=self._shares,
            pad_id=self._renderer.end_ids[0],
        )
        yield from decode(
            desk.waiting,
            batch,
            max_rows=self._max_rows,
            max_batch_tokens=self._max_batch_tokens,
            end_ids=frozenset(self._renderer.end_ids),
            text_of=self._text,
        )

    def _prefix(self, ids: Ids, adapter: AdapterId | None, head: int = 0) -> SharedPrefix:
        """The prefix's cache, from the last few used; a head is read after what comes before it."""
        key = (adapter, ids)
        before = ids[:-head] if head else ()
        kept = self._prefix(before, adapter) if before else None
        if key not in self._prefixes:
            self._prefixes[key] = SharedPrefix.read(self._network, ids, kept)
        self._prefixes.move_to_end(key)
        while len(self._prefixes) > _PREFIXES_KEPT:
            self._prefixes.popitem(last=False)
        return self._prefixes[key]

    def _tell(self, on_done: OnDone, rows: Rows) -> Sequence[Request]:
        """Hand over an answer; what is done with it is no inference."""
        generations = [self._finished(row) for row in rows]
        with torch.inference_mode(mode=False):
            return on_done(rows[0].task.number, generations)

    def _finished(self, row: Row) -> Generation:
        return finished(row, self._text(row.ids))

    def _text(self, ids: Sequence[int]) -> str:
        text = self._tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return str(text)

    @contextmanager
    def _turn(self, adapter: Path | None) -> Iterator[AdapterId | None]:
        """Have the network to oneself, with an adapter or with the base untouched."""
        with self._lock:
            using = self._adapters.use(adapter)
            with torch.inference_mode():
                yield using
