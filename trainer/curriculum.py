"""Which records a run learns from, and whether there is anything new in them."""

import logging
from collections import Counter
from collections.abc import Collection, Set
from datetime import datetime

from memory.records import TRUSTED, Record, SkillStatus, Status
from memory.store import Store
from models.adapters import AdapterRegistry
from models.errors import NothingToLearnError
from models.manifest import Manifest
from models.types import LanguageModel, Message, Prompt
from trainer.dataset import Example, select, trainable
from trainer.settings import TrainerSettings
from trainer.student import student_prompt

_log = logging.getLogger(__name__)

RETRY_GROWTH = 2
"""A resistant skill is tried again once it has so many times the records that it resisted."""


class Curriculum:
    """Chooses what a student is taught.

    Args:
        store: Memory.
        lm: The base that is taught.
        registry: Knows what earlier candidates were taught.
        settings: How much, and how long.
    """

    def __init__(
        self,
        store: Store,
        lm: LanguageModel,
        registry: AdapterRegistry,
        settings: TrainerSettings,
    ) -> None:
        self._store = store
        self._lm = lm
        self._registry = registry
        self._settings = settings

    def records(self) -> list[Record]:
        """What may be learned: trusted, not held out, of no skill that resists."""
        found = trainable(self._store.records(statuses=TRUSTED), frozenset())
        resistant = self._resistant(Counter(record.skill for record in found))
        return [record for record in found if record.skill not in resistant]

    def examples(self) -> list[Example]:
        """What a new run trains on.

        Every run starts from the base and sees all that memory holds, so nothing that is still
        remembered is forgotten (full replay).

        Returns:
            The examples.

        Raises:
            NothingToLearnError: They are too few, or the last candidate learned the same.
        """
        records = self.records()
        selected = select(records, self._settings)
        examples = [example for example in selected if self._fits(example)]
        too_long = len(selected) - len(examples)
        limit = self._limit_in_words()
        if too_long:
            _log.warning("%d records are longer than %s and are not trained on", too_long, limit)
        if len(examples) < self._settings.min_records:
            aside = f" ({too_long} more are longer than {limit})" if too_long else ""
            msg = (
                f"memory holds {len(examples)} verified records to train on{aside}, "
                f"{self._settings.min_records} are needed; ask or `secondnature learn` more"
            )
            raise NothingToLearnError(msg)
        self._check_new({example.record_id for example in examples})
        return examples

    def _fits(self, example: Example) -> bool:
        answer = Message("assistant", example.answer)
        prompt = Prompt((*student_prompt(example.question).messages, answer))
        limit = min(self._settings.max_length_tokens, self._lm.context_tokens)
        return self._lm.count_tokens(prompt) + 1 <= limit

    def _limit_in_words(self) -> str:
        if self._lm.context_tokens < self._settings.max_length_tokens:
            return f"the {self._lm.context_tokens} tokens that {self._lm.name} reads"
        return f"trainer.max_length_tokens = {self._settings.max_length_tokens}"

    def _resistant(self, now: Counter[str | None]) -> frozenset[str]:
        """Skills that are left out: they resisted with hardly fewer records, taught this way."""
        last = self._last()
        if last is not None and not self._same_teaching(last):
            return frozenset()
        tried = {
            verdict.skill: verdict.n_train
            for run in self._store.journal.consolidations()
            for verdict in run.skills
            if verdict.n_train
        }
        return frozenset(
            skill.name
            for skill in self._store.journal.skills()
            if skill.status is SkillStatus.RESISTANT
            and now[skill.name] < RETRY_GROWTH * tried.get(skill.name, 0)
        )

    def _check_new(self, ids: Set[int]) -> None:
        """Refuse to train the last candidate once more: same base, settings and records."""
        last = self._last()
        if last is None or not self._same_teaching(last) or not ids <= set(last.record_ids):
            return
        if not outdated(self._store, last.record_ids, last.created_at):
            msg = (
                f"all {len(ids)} verified records were in the last candidate, {last.version}; "
                "ask or `secondnature learn` something new"
            )
            raise NothingToLearnError(msg)

    def _last(self) -> Manifest | None:
        """What the last candidate was taught; None when there is none."""
        versions = [run.candidate for run in self._store.journal.consolidations() if run.candidate]
        if not versions or versions[-1] not in self._registry.versions():
            return None
        return self._registry.get(versions[-1]).manifest

    def _same_teaching(self, last: Manifest) -> bool:
        settings = self._settings.model_dump(mode="json")
        same_base = last.base_fingerprint == self._lm.fingerprint
        return same_base and last.config.get("trainer") == settings


def outdated(store: Store, learned: Collection[int], since: datetime) -> frozenset[int]:
    """What a candidate learned that people have refuted, corrected or had forgotten since.

    What is only left out now, since newer records take its place or its skill resists, is not.

    Args:
        store: Memory.
        learned: The records that the candidate was trained on.
        since: When it was.

    Returns:
        Their ids.
    """
    known = store.get_many(sorted(learned))
    return frozenset(id_ for id_ in learned if _is_outdated(known.get(id_), since))


def disowned(store: Store, learned: Collection[int]) -> frozenset[int]:
    """What a candidate learned that people have refuted or had forgotten: it is to be unlearned.

    Args:
        store: Memory.
        learned: The records that the candidate was trained on.

    Returns:
        Their ids.
    """
    known = store.get_many(sorted(learned))
    return frozenset(id_ for id_ in learned if _is_disowned(known.get(id_)))


def _is_disowned(record: Record | None) -> bool:
    return record is None or record.status is Status.REFUTED


def _is_outdated(record: Record | None, since: datetime) -> bool:
    if record is None or _is_disowned(record):
        return True
    if record.status is not Status.GOLD or record.updated_at is None:
        return False
    return record.updated_at > since
