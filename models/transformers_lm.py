"""A base model and its adapters, on CPU or CUDA, by transformers and PEFT."""

import itertools
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DynamicCache,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.cache_utils import DynamicLayer
from transformers.utils import logging as transformers_logging

from models.attention import NAME, SharedPrefix, supports_shared_prefix
from models.chat import ChatRenderer, Rendered
from models.decoding import Batch, Job, Row, decode, finished
from models.errors import ContextOverflowError, ModelError
from models.lora import AdapterId, LoadedAdapters, first_line
from models.types import Cancelled, Finish, Generation, Progress, Prompt, Sampling

_PREFIXES_KEPT = 8
_NO_LIMIT_TOKENS = 1 << 20


def load_network(path: Path) -> tuple[PreTrainedModel, ChatRenderer, PreTrainedTokenizerBase]:
    """Load a base model for inference or training: bf16, CUDA when there is one.

    Args:
        path: A model folder in the hub's layout.

    Returns:
        The network in evaluation mode, a renderer over its chat template, and its tokenizer.

    Raises:
        ModelError: The folder does not hold a causal language model that transformers can load.
    """
    transformers_logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
        network = AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16)
        renderer = ChatRenderer(tokenizer)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        msg = (
            f"cannot load a language model from {path}: {first_line(error)}; "
            "give a causal LM's folder"
        )
        raise ModelError(msg) from error
    if torch.cuda.is_available():
        network = network.to("cuda")
    head = network.get_output_embeddings()
    if head is not None:
        # A strided slice of the hidden states would make the head repeat its weights a row.
        head.register_forward_pre_hook(lambda _, args: (args[0].contiguous(), *args[1:]))
    return network.eval(), renderer, tokenizer


class TransformersLM:
    """A chat model with any number of adapters over one copy of the weights.

    Adapters are kept apart from the base (never merged), so a call without one runs the very
    weights that were pulled. Calls from several threads take turns.

    Args:
        path: The model's folder.
        name: What the user calls it.
        fingerprint: Identity of the weights.
        max_rows: Most continuations decoded at once.
        max_batch_tokens: Most cached tokens at once, over all rows.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        fingerprint: str,
        max_rows: int = 128,
        max_batch_tokens: int = 65_536,
    ) -> None:
        self._network, self._renderer, self._tokenizer = load_network(path)
        self._name = name
        self._fingerprint = fingerprint
        self._max_rows = max_rows
        self._max_batch_tokens = max_batch_tokens
        self._lock = threading.Lock()
        self._prefixes: OrderedDict[tuple[AdapterId | None, tuple[int, ...]], SharedPrefix] = (
            OrderedDict()
        )
        parameters = self._network.parameters()
        self._weights_bytes: int = sum(p.numel() * p.element_size() for p in parameters)
        self._adapters = LoadedAdapters(self._network, name, fingerprint)
        config = self._network.config.get_text_config()
        layers = DynamicCache(config=self._network.config).layers
        self._repeats = all(type(layer) is DynamicLayer for layer in layers)
        self._shares = supports_shared_prefix(config, self._network._supports_attention_backend)  # noqa: SLF001
        if self._shares:
            self._network.set_attn_implementation(NAME)
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
            prompts: Any number; those with the same fixed messages share batches.
            sampling: How to continue.
            adapter: A PEFT folder; None is the untouched base.
            cancelled: Asked at every step.
            progress: Called with (continuations done, continuations in all).

        Returns:
            For each prompt, in order, its n continuations.
        """
        rendered = self._render(prompts)
        total, done = len(prompts) * sampling.n, 0
        rows: dict[int, Row] = {}
        with self._turn(adapter) as using:
            for step in self._steps(rendered, sampling, using):
                rows.update((row.index, row) for row in step)
                ended = sum(row.finish is not None for row in step)
                done += ended
                if progress and ended:
                    progress(done, total)
                if cancelled is not None and cancelled():
                    break
        numbers = itertools.count()
        return [
            [self._finished(rows.get(next(numbers)), item) for _ in range(sampling.n)]
            for item in rendered
        ]

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
        rendered = self._render([prompt])
        told = ""
        held = max((len(stop) for stop in sampling.stop), default=0)
        steps: Iterator[list[Row]] | None = None
        while True:
            with self._turn(adapter) as using:
                steps = steps or self._steps(rendered, replace(sampling, n=1), using)
                step = next(steps, None)
            if step is None:
                return
            (row,) = step
            text = self._finished(row, rendered[0]).text
            # An unfinished character, or what may become a stop text, waits for the next step.
            ended = row.finish is not None
            ready = text if ended else text[: max(0, len(text) - held)].rstrip("\ufffd")
            if len(ready) > len(told):
                yield ready[len(told) :]
                told = ready

    def _render(self, prompts: Sequence[Prompt]) -> list[Rendered]:
        """Prompts as token ids, none too long; without a fixed part where it can't be kept."""
        rendered = [self._renderer.render(prompt) for prompt in prompts]
        self._check_room(rendered)
        if self._shares or self._repeats:
            return rendered
        # A sliding window counts padding, and padding would lie between the parts.
        return [Rendered((), item.fixed + item.rest) for item in rendered]

    def _check_room(self, rendered: Sequence[Rendered]) -> None:
        longest = max((item.tokens for item in rendered), default=0)
        if longest >= self._context_tokens:
            msg = (
                f"the prompt has {longest} tokens, but {self._name} reads at most "
                f"{self._context_tokens}; shorten the question or choose a model that reads more"
            )
            raise ContextOverflowError(msg)

    def _steps(
        self, rendered: Sequence[Rendered], sampling: Sampling, adapter: AdapterId | None
    ) -> Iterator[list[Row]]:
        """Decode prompts, those with the same fixed part together; see `decode`."""
        groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, item in enumerate(rendered):
            groups[item.fixed].append(index)
        for fixed, members in groups.items():
            # Like lengths side by side keep the padding small.
            members.sort(key=lambda i: len(rendered[i].rest))
            prefix = self._prefix(fixed, adapter) if fixed else None
            yield from self._decode(prefix, {i: rendered[i] for i in members}, sampling)

    def _decode(
        self, prefix: SharedPrefix | None, rendered: dict[int, Rendered], sampling: Sampling
    ) -> Iterator[list[Row]]:
        batch = Batch(
            self._network,
            prefix=prefix if self._shares else None,
            repeated=None if self._shares else prefix,
            pad_id=self._renderer.end_ids[0],
        )
        job = Job(
            prompts=[item.rest for item in rendered.values()],
            numbers=list(rendered),
            sampling=sampling,
            room=[self._context_tokens - item.tokens for item in rendered.values()],
            prefix_tokens=prefix.tokens if prefix else 0,
        )
        generator = torch.Generator(device=self._network.device)
        if sampling.seed is None:
            generator.seed()
        else:
            generator.manual_seed(sampling.seed)
        return decode(
            job,
            batch,
            max_rows=self._max_rows,
            max_batch_tokens=self._max_batch_tokens,
            end_ids=frozenset(self._renderer.end_ids),
            text_of=self._text,
            generator=generator,
        )

    def _prefix(self, ids: tuple[int, ...], adapter: AdapterId | None) -> SharedPrefix:
        """The prefix's cache, from the last few used."""
        key = (adapter, ids)
        if key not in self._prefixes:
            cache = DynamicCache(config=self._network.config)
            tokens = torch.tensor([ids], device=self._network.device)
            self._network(tokens, past_key_values=cache, logits_to_keep=1, use_cache=True)
            layers = tuple((layer.keys, layer.values) for layer in cache.layers)
            self._prefixes[key] = SharedPrefix(layers, len(ids))
        self._prefixes.move_to_end(key)
        while len(self._prefixes) > _PREFIXES_KEPT:
            self._prefixes.popitem(last=False)
        return self._prefixes[key]

    def _finished(self, row: Row | None, rendered: Rendered) -> Generation:
        if row is None:
            return Generation("", (), (), Finish.CANCELLED, rendered.tokens)
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
