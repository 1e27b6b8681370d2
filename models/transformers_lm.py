"""A base model and its adapters, on CPU or CUDA, by transformers and PEFT."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache, PreTrainedModel

from models.adapters import Manifest
from models.attention import NAME, SharedPrefix, supports_shared_prefix
from models.chat import ChatRenderer, Rendered
from models.decoding import Batch, Job, Row, decode, finished
from models.errors import ContextOverflowError, ModelError, WrongBaseError
from models.types import Cancelled, Finish, Generation, Progress, Prompt, Sampling

_PREFIXES_KEPT = 8
_ADAPTERS_KEPT = 2
_NO_LIMIT_TOKENS = 1 << 20


def load_network(path: Path) -> tuple[PreTrainedModel, "ChatRenderer", object]:
    """Load a base model for inference or training: bf16, CUDA when there is one.

    Args:
        path: A model folder in the hub's layout.

    Returns:
        The network in evaluation mode, a renderer over its chat template, and its tokenizer.

    Raises:
        ModelError: The folder does not hold a causal language model that transformers can load.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
        network = AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        line = str(error).strip().splitlines()[0]
        msg = f"cannot load a language model from {path}: {line}; give a causal LM's folder"
        raise ModelError(msg) from error
    if torch.cuda.is_available():
        network = network.to("cuda")
    return network.eval(), ChatRenderer(tokenizer), tokenizer


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
        self._prefixes: OrderedDict[tuple[Path | None, tuple[int, ...]], SharedPrefix] = (
            OrderedDict()
        )
        self._peft: PeftModel | None = None
        self._adapters: OrderedDict[Path, str] = OrderedDict()
        config = self._network.config.get_text_config()
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
        return sum(p.numel() * p.element_size() for p in self._network.parameters())

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
        rendered = [self._renderer.render(prompt) for prompt in prompts]
        self._check_room(rendered)
        groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, item in enumerate(rendered):
            groups[item.fixed].append(index)
        results: list[list[Generation]] = [[] for _ in prompts]
        total, done = len(prompts) * sampling.n, 0
        with self._lock, torch.inference_mode(), self._using(adapter):
            for fixed, members in groups.items():
                # Like lengths side by side keep the padding small.
                members.sort(key=lambda i: len(rendered[i].rest))
                chosen = [rendered[i] for i in members]
                rows: dict[int, Row] = {}
                for step in self._decode(fixed, chosen, sampling, adapter):
                    rows.update((row.index, row) for row in step)
                    if progress and any(row.finish for row in step):
                        progress(done + sum(1 for row in rows.values() if row.finish), total)
                    if cancelled is not None and cancelled():
                        break
                done += len(members) * sampling.n
                for at, member in enumerate(members):
                    results[member] = [
                        self._finished(rows.get(at * sampling.n + copy), chosen[at])
                        for copy in range(sampling.n)
                    ]
        return results

    def stream(
        self, prompt: Prompt, sampling: Sampling, *, adapter: Path | None = None
    ) -> Iterator[str]:
        """Continue one prompt once, yielding text as it comes.

        Args:
            prompt: What to continue.
            sampling: How; n is taken as 1.
            adapter: A PEFT folder; None is the untouched base.

        Yields:
            Pieces of text that together are the continuation.
        """
        rendered = self._renderer.render(prompt)
        self._check_room([rendered])
        told = ""
        held = max((len(stop) for stop in sampling.stop), default=0)
        with self._lock, torch.inference_mode(), self._using(adapter):
            for (row,) in self._decode(rendered.fixed, [rendered], sampling, adapter):
                text = self._finished(row, rendered).text
                # An unfinished character, or what may become a stop text, waits for the next step.
                ready = text if row.finish else text[: max(0, len(text) - held)].rstrip("\ufffd")
                if len(ready) > len(told):
                    yield ready[len(told) :]
                    told = ready

    def _check_room(self, rendered: Sequence[Rendered]) -> None:
        longest = max((item.tokens for item in rendered), default=0)
        if longest >= self._context_tokens:
            msg = (
                f"the prompt has {longest} tokens, but {self._name} reads at most "
                f"{self._context_tokens}; shorten the question or choose a model that reads more"
            )
            raise ContextOverflowError(msg)

    def _decode(
        self,
        fixed: tuple[int, ...],
        rendered: Sequence[Rendered],
        sampling: Sampling,
        adapter: Path | None,
    ) -> Iterator[list[Row]]:
        prefix = self._prefix(fixed, adapter) if fixed else None
        batch = Batch(
            self._network,
            prefix=prefix if self._shares else None,
            repeated=None if self._shares else prefix,
            pad_id=self._renderer.end_ids[0],
        )
        job = Job(
            prompts=[item.rest for item in rendered],
            sampling=sampling,
            room=[self._context_tokens - item.tokens for item in rendered],
            prefix_tokens=len(fixed),
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

    def _prefix(self, ids: tuple[int, ...], adapter: Path | None) -> SharedPrefix:
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
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))

    def _using(self, adapter: Path | None) -> AbstractContextManager[None]:
        """Answer with an adapter, or with the base untouched."""
        if adapter is None:
            return self._peft.disable_adapter() if self._peft else nullcontext()
        if adapter not in self._adapters:
            self._load_adapter(adapter)
        assert self._peft is not None  # noqa: S101 - set by _load_adapter
        self._adapters.move_to_end(adapter)
        self._peft.set_adapter(self._adapters[adapter])
        return nullcontext()

    def _load_adapter(self, adapter: Path) -> None:
        """Put an adapter beside the base, and let the longest unused one go."""
        manifest = Manifest.read(adapter) if (adapter / "manifest.json").exists() else None
        if manifest is not None and manifest.base_fingerprint != self._fingerprint:
            msg = (
                f"adapter {adapter.name} was trained on base {manifest.base_fingerprint} "
                f"({manifest.base_model}), not on {self._fingerprint} ({self._name}); "
                "load that base, or run `secondnature distill` for this one"
            )
            raise WrongBaseError(msg)
        label = adapter.name.replace(".", "_")
        options = {"autocast_adapter_dtype": False, "is_trainable": False}
        try:
            if self._peft is None:
                self._peft = PeftModel.from_pretrained(
                    self._network, adapter, adapter_name=label, **options
                )
            else:
                self._peft.load_adapter(adapter, adapter_name=label, **options)
        except (ValueError, RuntimeError, OSError, KeyError) as error:
            line = str(error).strip().splitlines()[0]
            msg = f"adapter {adapter} does not fit {self._name}: {line}"
            raise WrongBaseError(msg) from error
        for parameter in self._peft.parameters():
            parameter.requires_grad_(False)
        self._network.to(torch.bfloat16)
        self._adapters[adapter] = label
        while len(self._adapters) > _ADAPTERS_KEPT:
            _, unused = self._adapters.popitem(last=False)
            self._peft.delete_adapter(unused)
