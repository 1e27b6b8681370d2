"""Batched decoding: rows share each step, leave when done, and others take their place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from models.attention import SharedPrefix
from models.types import Finish, Generation, Sampling


@dataclass(eq=False, slots=True)
class Row:
    """One continuation in the making."""

    index: int
    prompt_tokens: int
    max_tokens: int
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    finish: Finish | None = None
    stop_at: str = ""


def draw(
    logits_BV: torch.Tensor, sampling: Sampling, generator: torch.Generator
) -> tuple[list[int], list[float], list[float]]:
    """Draw the next token of each row.

    The top k are taken before anything is sorted: sorting the whole vocabulary for top-p costs more
    than the rest of the step.

    Args:
        logits_BV: Scores of the next token, (B, V).
        sampling: Temperature, top_k and top_p.
        generator: Source of randomness.

    Returns:
        For each row its token, that token's log-probability at temperature 1 over the whole
        vocabulary, and the margin of the likeliest token over the second.
    """
    k = min(max(sampling.top_k, 2), logits_BV.shape[-1])
    top_BK, ids_BK = logits_BV.topk(k, dim=-1)
    top_BK = top_BK.float()
    if sampling.temperature == 0:
        pick_B1 = torch.zeros_like(ids_BK[:, :1])
    else:
        below_BK = (top_BK - top_BK[:, :1])[:, : max(sampling.top_k, 1)]
        probs_BK = (below_BK / sampling.temperature).softmax(-1)
        before_BK = probs_BK.cumsum(-1) - probs_BK
        probs_BK = probs_BK.masked_fill(before_BK >= sampling.top_p, 0.0)
        pick_B1 = torch.multinomial(probs_BK, 1, generator=generator)
    normaliser_B = logits_BV.float().logsumexp(-1)
    logprob_B = top_BK.gather(1, pick_B1).squeeze(1) - normaliser_B
    margin_B = top_BK[:, 0] - top_BK[:, 1]
    return ids_BK.gather(1, pick_B1).squeeze(1).tolist(), logprob_B.tolist(), margin_B.tolist()


def _pad_left(tensor: torch.Tensor, width: int) -> torch.Tensor:
    """Zero-pad the token axis (the last but one) of keys or values on the left."""
    missing = width - tensor.shape[-2]
    return torch.nn.functional.pad(tensor, (0, 0, missing, 0)) if missing else tensor


class Batch:
    """Rows that are decoded together over one left-padded cache.

    Args:
        model: The network.
        prefix: Cache shared by all rows, read in place; None when rows hold everything themselves.
        repeated: A prefix cache to be repeated into every row, for models whose attention cannot
            read a shared one.
        pad_id: Any token id; masked out.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        prefix: SharedPrefix | None,
        repeated: SharedPrefix | None,
        pad_id: int,
    ) -> None:
        self._model = model
        self._prefix = prefix
        self._repeated = repeated
        self._pad_id = pad_id
        self._cache: DynamicCache | None = None
        self._mask_BS = torch.ones(0, 0, dtype=torch.bool)
        self.rows: list[Row] = []

    @property
    def repeated_tokens(self) -> int:
        """Tokens of a prefix that every row holds a copy of."""
        return self._repeated.tokens if self._repeated else 0

    @property
    def mergeable(self) -> bool:
        """Whether new rows can join those under way."""
        if self._cache is None or not self.rows:
            return True
        return all(type(layer) is DynamicLayer for layer in self._cache.layers)

    def admit(self, prompts: Sequence[Sequence[int]], rows: Sequence[Row], n: int) -> torch.Tensor:
        """Read new prompts once each, and make room for n continuations of each.

        Args:
            prompts: Token ids after the prefix, none empty.
            rows: The rows, n for each prompt, in the order of the prompts.
            n: Continuations per prompt.

        Returns:
            Scores of the new rows' first token, (len(rows), V).
        """
        width = max(map(len, prompts))
        ids = [[self._pad_id] * (width - len(p)) + list(p) for p in prompts]
        ids_US = torch.tensor(ids, device=self._model.device)
        lengths_U = torch.tensor([len(p) for p in prompts], device=self._model.device)
        mask_US = torch.arange(width, device=self._model.device) >= width - lengths_U[:, None]
        start = (self._prefix or self._repeated or _NO_PREFIX).tokens
        positions_US = (mask_US.cumsum(-1) - 1).clamp(min=0) + start
        cache = DynamicCache(config=self._model.config)
        if self._repeated is not None:
            _fill(cache, self._repeated, len(prompts))
            mask_US = torch.cat([mask_US.new_ones(len(prompts), start), mask_US], dim=1)
        logits_UV = self._forward(ids_US, mask_US, positions_US, cache)
        cache.batch_repeat_interleave(n)
        self._merge(cache, mask_US.repeat_interleave(n, dim=0))
        self.rows.extend(rows)
        return logits_UV.repeat_interleave(n, dim=0)

    def step(self) -> torch.Tensor:
        """Read every row's last token.

        Returns:
            Scores of each row's next token, (B, V).
        """
        device = self._model.device
        ids_B1 = torch.tensor([[row.ids[-1]] for row in self.rows], device=device)
        seen = [[row.prompt_tokens + len(row.ids) - 1] for row in self.rows]
        self._mask_BS = torch.nn.functional.pad(self._mask_BS, (0, 1), value=True)
        return self._forward(ids_B1, self._mask_BS, torch.tensor(seen, device=device), self._cache)

    def evict_done(self) -> None:
        """Let finished rows go."""
        keep = [i for i, row in enumerate(self.rows) if row.finish is None]
        if len(keep) == len(self.rows):
            return
        self.rows = [self.rows[i] for i in keep]
        if not keep or self._cache is None:
            self._cache = None
            return
        index = torch.tensor(keep, device=self._mask_BS.device)
        self._cache.batch_select_indices(index)
        self._mask_BS = self._mask_BS[index]
        self._trim()

    def _forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor,
        positions: torch.Tensor,
        cache: DynamicCache | None,
    ) -> torch.Tensor:
        shared = {} if self._prefix is None else {"shared_prefix": self._prefix}
        out = self._model(
            input_ids=ids,
            attention_mask=mask.long(),
            position_ids=positions,
            past_key_values=cache,
            logits_to_keep=1,
            use_cache=True,
            **shared,
        )
        logits: torch.Tensor = out.logits[:, -1]
        return logits

    def _merge(self, cache: DynamicCache, mask_BS: torch.Tensor) -> None:
        if self._cache is None or not self.rows:
            self._cache, self._mask_BS = cache, mask_BS
            return
        width = max(self._mask_BS.shape[1], mask_BS.shape[1])
        for old, new in zip(self._cache.layers, cache.layers, strict=True):
            old.keys = torch.cat([_pad_left(old.keys, width), _pad_left(new.keys, width)])
            old.values = torch.cat([_pad_left(old.values, width), _pad_left(new.values, width)])
        self._mask_BS = torch.cat(
            [
                torch.nn.functional.pad(m, (width - m.shape[1], 0), value=False)
                for m in (self._mask_BS, mask_BS)
            ]
        )

    def _trim(self) -> None:
        """Drop leading columns that no row uses any more."""
        if not self.mergeable or self._cache is None:
            return
        unused = int(self._mask_BS.any(0).int().argmax())
        if unused:
            self._mask_BS = self._mask_BS[:, unused:]
            for layer in self._cache.layers:
                layer.keys = layer.keys[:, :, unused:]
                layer.values = layer.values[:, :, unused:]


_NO_PREFIX = SharedPrefix((), 0)


def _fill(cache: DynamicCache, prefix: SharedPrefix, rows: int) -> None:
    """Copy a prefix into an empty cache, once a row."""
    for index, (key, value) in enumerate(prefix.layers):
        cache.update(key.expand(rows, -1, -1, -1), value.expand(rows, -1, -1, -1), index)


@dataclass(frozen=True, slots=True)
class Job:
    """Prompts that share a prefix, and how to continue each.

    Attributes:
        prompts: Token ids after the prefix, none empty.
        numbers: What each prompt is called; a row's index is its prompt's number x n + copy.
        sampling: How to continue; n continuations each.
        room: Per prompt, the most tokens the context leaves.
        prefix_tokens: Length of the shared prefix.
    """

    prompts: Sequence[Sequence[int]]
    numbers: Sequence[int]
    sampling: Sampling
    room: Sequence[int]
    prefix_tokens: int


def decode(
    job: Job,
    batch: Batch,
    *,
    max_rows: int,
    max_batch_tokens: int,
    end_ids: frozenset[int],
    text_of: Callable[[Sequence[int]], str],
    generator: torch.Generator,
) -> Iterator[list[Row]]:
    """Run a job, yielding the rows under way after each step; the caller may stop at any of them.

    New prompts join when a quarter of the rows are free, so that reading them is itself batched.

    Args:
        job: What to do.
        batch: An empty batch.
        max_rows: Most rows at once; the n of one prompt are never split.
        max_batch_tokens: Most cached tokens at once, over all rows.
        end_ids: Tokens that end a continuation.
        text_of: Ids to text, for stop texts.
        generator: Source of randomness.

    Yields:
        All rows that just got a token, finished ones included.
    """
    n = job.sampling.n
    waiting = list(range(len(job.prompts)))
    while waiting or batch.rows:
        longest = max((len(job.prompts[i]) for i in waiting), default=1)
        widest = batch.repeated_tokens + longest + job.sampling.max_tokens
        limit = max(n, min(max_rows, max_batch_tokens // widest))
        free = limit - len(batch.rows)
        if waiting and batch.mergeable and free >= max(n, limit // 4):
            taken, waiting = waiting[: free // n], waiting[free // n :]
            joined = [_row(job, i, copy) for i in taken for copy in range(n)]
            old = list(batch.rows)
            logits = batch.step() if old else None
            fresh = batch.admit([job.prompts[i] for i in taken], joined, n)
            logits = fresh if logits is None else torch.cat([logits, fresh])
        else:
            logits = batch.step()
        _advance(batch.rows, logits, job.sampling, end_ids, text_of, generator)
        yield list(batch.rows)
        batch.evict_done()


def _row(job: Job, prompt: int, copy: int) -> Row:
    return Row(
        index=job.numbers[prompt] * job.sampling.n + copy,
        prompt_tokens=job.prefix_tokens + len(job.prompts[prompt]),
        max_tokens=min(job.sampling.max_tokens, job.room[prompt]),
    )


def _advance(
    rows: Sequence[Row],
    logits_BV: torch.Tensor,
    sampling: Sampling,
    end_ids: frozenset[int],
    text_of: Callable[[Sequence[int]], str],
    generator: torch.Generator,
) -> None:
    """Give each row its next token, and say which are done."""
    drawn = zip(rows, *draw(logits_BV, sampling, generator), strict=True)
    stops = [stop for stop in sampling.stop if stop]
    # A token may be one byte; a few more make up for a letter that is cut in two.
    reach = max((len(stop.encode()) for stop in stops), default=0) + 4
    for row, token, logprob, margin in drawn:
        row.ids.append(token)
        row.logprobs.append(logprob)
        row.margins.append(margin)
        if token in end_ids:
            row.finish = Finish.STOP
            continue
        if stops:
            tail = text_of(row.ids[-reach:])
            row.stop_at = min((s for s in stops if s in tail), key=tail.find, default="")
        if row.stop_at:
            row.finish = Finish.STOP
        elif len(row.ids) >= row.max_tokens:
            row.finish = Finish.LENGTH


def finished(row: Row, text: str) -> Generation:
    """Turn a row into a generation.

    Args:
        row: Done, or cut short by a cancel.
        text: Its decoded ids, without special tokens.

    Returns:
        The generation; text from a stop text on is left out.
    """
    if row.stop_at:
        text = text.partition(row.stop_at)[0]
    return Generation(
        text=text,
        logprobs=tuple(row.logprobs),
        margins=tuple(row.margins),
        finish=row.finish or Finish.CANCELLED,
        prompt_tokens=row.prompt_tokens,
    )
