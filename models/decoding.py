"""Batched decoding: rows share each step, leave when done, and others take their place."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from models.attention import Runs, SharedPrefix
from models.drawing import draw
from models.rows import Ids, Row, Rows, Task
from models.types import Finish

_PADDING = 0.25
"""Padding that is worth reading prompts in one go, as a share of their tokens."""
_FREE = 512
"""Tokens; so much padding costs no more than another pass over the weights."""


def _pad_left(tensor: torch.Tensor, width: int) -> torch.Tensor:
    """Zero-pad the token axis (the last but one) of keys or values on the left."""
    missing = width - tensor.shape[-2]
    return torch.nn.functional.pad(tensor, (0, 0, missing, 0)) if missing else tensor


class Batch:
    """Rows that are decoded together over one left-padded cache.

    Args:
        model: The network.
        prefix_of: Cache of a task's fixed part; asked once for each that rows under way have.
        shares: Whether rows read the caches of their fixed parts in place; else each row has a
            copy, for models whose attention cannot read a shared one.
        pad_id: Any token id; masked out.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        prefix_of: Callable[[Task], SharedPrefix],
        shares: bool,
        pad_id: int,
    ) -> None:
        self._model = model
        self._prefix_of = prefix_of
        self._shares = shares
        self._pad_id = pad_id
        self._prefixes: dict[Ids, SharedPrefix] = {}
        layers = DynamicCache(config=model.config).layers
        self._splits = all(type(layer) is DynamicLayer for layer in layers)
        self._cache: DynamicCache | None = None
        self._mask_BS = torch.ones(0, 0, dtype=torch.bool)
        self.rows: list[Row] = []

    def width(self, task: Task) -> int:
        """Tokens that a row of a task keeps in the cache in the end."""
        return (0 if self._shares else len(task.fixed)) + len(task.ids) + task.max_tokens

    @property
    def mergeable(self) -> bool:
        """Whether new rows can join those under way."""
        if self._cache is None or not self.rows:
            return True
        return all(type(layer) is DynamicLayer for layer in self._cache.layers)

    def admit(self, rows: Sequence[Row]) -> torch.Tensor:
        """Let rows join, reading each different prompt once.

        Args:
            rows: New rows; those of like lengths are read together, so that the short ones are not
                padded to the longest, and of these those of one fixed part are put side by side.

        Returns:
            Scores of the first token of the rows that are now last, (len(rows), V).
        """
        ordered = sorted(rows, key=_fixed)
        parts = [ordered] if self._shares else [list(some) for _, some in groupby(ordered, _fixed)]
        if self._splits:
            parts = [sorted(some, key=_fixed) for part in parts for some in _alike(part)]
        return torch.cat([self._admit(part) for part in parts])

    def _admit(self, rows: Sequence[Row]) -> torch.Tensor:
        """Let rows join whose prompts can be read in one go."""
        tasks = {(row.task.fixed, row.task.ids): row.task for row in rows}
        slots = {prompt: at for at, prompt in enumerate(tasks)}
        slot_B = [slots[row.task.fixed, row.task.ids] for row in rows]
        index_B = torch.tensor(slot_B, device=self._model.device)
        cache = DynamicCache(config=self._model.config)
        logits_UV, mask_US = self._read(list(tasks.values()), cache)
        cache.batch_select_indices(index_B)
        self._merge(cache, mask_US[index_B])
        self.rows.extend(rows)
        return logits_UV[index_B]

    def step(self) -> torch.Tensor:
        """Read every row's last token.

        Returns:
            Scores of each row's next token, (B, V).
        """
        device = self._model.device
        ids_B1 = torch.tensor([[row.ids[-1]] for row in self.rows], device=device)
        seen = [[row.task.prompt_tokens + len(row.ids) - 1] for row in self.rows]
        self._mask_BS = torch.nn.functional.pad(self._mask_BS, (0, 1), value=True)
        positions_B1 = torch.tensor(seen, device=device)
        tasks = [row.task for row in self.rows]
        return self._forward(ids_B1, self._mask_BS, positions_B1, self._cache, tasks)

    def evict_done(self) -> None:
        """Let finished rows go, and put those of one fixed part side by side again."""
        keep = [i for i, row in enumerate(self.rows) if row.finish is None]
        if len(keep) == len(self.rows):
            return
        keep.sort(key=lambda i: _fixed(self.rows[i]))
        self.rows = [self.rows[i] for i in keep]
        used = {row.task.fixed for row in self.rows}
        self._prefixes = {ids: kept for ids, kept in self._prefixes.items() if ids in used}
        if not keep or self._cache is None:
            self._cache = None
            return
        index = torch.tensor(keep, device=self._mask_BS.device)
        self._cache.batch_select_indices(index)
        self._mask_BS = self._mask_BS[index]
        self._trim()

    def _read(
        self, tasks: Sequence[Task], cache: DynamicCache
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Read prompts into an empty cache: scores of their next tokens, and who is no padding.

        The fixed part of each is read already.
        """
        device = self._model.device
        rest = [task.ids for task in tasks]
        width = max(map(len, rest))
        ids = [[self._pad_id] * (width - len(p)) + list(p) for p in rest]
        lengths_U = torch.tensor([len(p) for p in rest], device=device)
        mask_US = torch.arange(width, device=device) >= width - lengths_U[:, None]
        start_U = torch.tensor([len(task.fixed) for task in tasks], device=device)
        positions_US = (mask_US.cumsum(-1) - 1).clamp(min=0) + start_U[:, None]
        fixed = tasks[0].fixed
        if not self._shares and fixed:
            self._prefix(tasks[0]).fill(cache, len(tasks))
            mask_US = torch.cat([mask_US.new_ones(len(tasks), len(fixed)), mask_US], dim=1)
        ids_US = torch.tensor(ids, device=device)
        return self._forward(ids_US, mask_US, positions_US, cache, tasks), mask_US

    def _forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor,
        positions: torch.Tensor,
        cache: DynamicCache | None,
        tasks: Sequence[Task],
    ) -> torch.Tensor:
        shared = {"shared_prefixes": self._runs(tasks)} if self._shares else {}
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

    def _runs(self, tasks: Sequence[Task]) -> Runs:
        runs = (list(same) for _, same in groupby(tasks, lambda task: task.fixed))
        return [(self._prefix(run[0]) if run[0].fixed else None, len(run)) for run in runs]

    def _prefix(self, task: Task) -> SharedPrefix:
        if task.fixed not in self._prefixes:
            self._prefixes[task.fixed] = self._prefix_of(task)
        return self._prefixes[task.fixed]

    def _merge(self, cache: DynamicCache, mask_BS: torch.Tensor) -> None:
        if self._cache is None or not self.rows:
            self._cache, self._mask_BS = cache, mask_BS
            return
        width = max(self._mask_BS.shape[1], mask_BS.shape[1])
        for old, new in zip(self._cache.layers, cache.layers, strict=True):
            old.keys = torch.cat([_pad_left(old.keys, width), _pad_left(new.keys, width)])
            old.values = torch.cat([_pad_left(old.values, width), _pad_left(new.values, width)])
        masks = (self._mask_BS, mask_BS)
        wide = [torch.nn.functional.pad(m, (width - m.shape[1], 0), value=False) for m in masks]
        self._mask_BS = torch.cat(wide)

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


def _fixed(row: Row) -> Ids:
    return row.task.fixed


def _alike(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows in parts, the shortest prompts first, that little padding makes equally long."""
    part: list[Row] = []
    prompts = tokens = 0
    ordered = sorted(rows, key=lambda row: (len(row.task.ids), row.task.number))
    for task, same in groupby(ordered, lambda row: row.task):
        length = len(task.ids)
        if prompts * length - tokens > max(_FREE, _PADDING * tokens):
            yield part
            part, prompts, tokens = [], 0, 0
        part += same
        prompts, tokens = prompts + 1, tokens + length
    yield part


def decode(
    waiting: list[Rows],
    batch: Batch,
    *,
    max_rows: int,
    max_batch_tokens: int,
    end_ids: frozenset[int],
    text_of: Callable[[Sequence[int]], str],
) -> Iterator[list[Row]]:
    """Continue what waits, yielding the rows under way after each step.

    The caller may stop at any step, or put more into `waiting`.

    Args:
        waiting: Rows of tasks; taken out when they join.
        batch: An empty batch.
        max_rows: Most rows at once; those that wait together are never split.
        max_batch_tokens: Most cached tokens at once, over all rows.
        end_ids: Tokens that end a continuation.
        text_of: Ids to text, for stop texts.

    Yields:
        All rows that just got a token, finished ones included.
    """
    while waiting or batch.rows:
        joining = _joining(waiting, batch, max_rows, max_batch_tokens) if waiting else 0
        new = [row for rows in waiting[:joining] for row in rows]
        del waiting[:joining]
        scores = [batch.step()] if batch.rows else []
        if new:
            scores.append(batch.admit(new))
        logits = torch.cat(scores) if len(scores) > 1 else scores[0]
        _advance(batch.rows, logits, end_ids, text_of)
        yield list(batch.rows)
        batch.evict_done()


def _joining(waiting: Sequence[Rows], batch: Batch, max_rows: int, max_batch_tokens: int) -> int:
    """How many of the first that wait are to join now.

    They come when they are a quarter of the rows, so that reading them is itself batched, or when
    there is room for all that wait, so that none is held back for nothing.
    """
    if not batch.mergeable:
        return 0
    rows = under_way = len(batch.rows)
    widest = max((batch.width(row.task) for row in batch.rows), default=0)
    taken = 0
    for group in waiting:
        widest = max(widest, *(batch.width(row.task) for row in group))
        more = rows + len(group)
        if rows and (more > max_rows or more * widest > max_batch_tokens):
            break
        rows, taken = more, taken + 1
    enough = taken == len(waiting) or 4 * (rows - under_way) >= rows
    return taken if enough else 0


def _advance(
    rows: Sequence[Row],
    logits_BV: torch.Tensor,
    end_ids: frozenset[int],
    text_of: Callable[[Sequence[int]], str],
) -> None:
    """Give each row its next token, and say which are done."""
    points = [row.source.random() for row in rows]
    drawn = draw(logits_BV, [row.task.sampling for row in rows], points)
    for row, (token, logprob, margin, entropy) in zip(rows, drawn, strict=True):
        row.ids.append(token)
        row.logprobs.append(logprob)
        row.margins.append(margin)
        if not row.task.sampling.temperature:
            row.entropies.append(entropy)
        row.stop_at = "" if token in end_ids else _stop_at(row, text_of)
        if token in end_ids or row.stop_at:
            row.finish = Finish.STOP
        elif len(row.ids) >= row.task.max_tokens:
            row.finish = Finish.LENGTH


def _stop_at(row: Row, text_of: Callable[[Sequence[int]], str]) -> str:
    """The first stop text that the row's last tokens have brought; empty when there is none."""
    stops = [stop for stop in row.task.sampling.stop if stop]
    if not stops:
        return ""
    # A token may be one byte; a few more make up for a letter that is cut in two.
    reach = max(len(stop.encode()) for stop in stops) + 4
    tail = text_of(row.ids[-reach:])
    return min((stop for stop in stops if stop in tail), key=tail.find, default="")
