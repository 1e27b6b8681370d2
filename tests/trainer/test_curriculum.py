"""When there is something to learn, or to unlearn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory.records import Consolidation, Record, SkillStatus, SkillVerdict, Split, Status
from memory.store import Store
from models.adapters import AdapterRegistry
from models.errors import NothingToLearnError
from models.manifest import Manifest
from models.scripted import ScriptedLM
from trainer.curriculum import Curriculum, disowned, outdated
from trainer.settings import TrainerSettings

Taught = Callable[[], tuple[Curriculum, list[int]]]


@pytest.fixture
def taught(
    tmp_path: Path,
    store: Store,
    settings: TrainerSettings,
    remember: Callable[[list[Record]], list[Record]],
    make_records: Callable[[Split, int, str, str], list[Record]],
) -> Taught:
    """A home whose last candidate learned twelve coins and six dice; and those records' ids."""

    def make() -> tuple[Curriculum, list[int]]:
        lm, registry = ScriptedLM({}), AdapterRegistry(tmp_path / "adapters")
        coins = make_records(Split.TRAIN, 12, "heads", "yes")
        dice = make_records(Split.TRAIN, 6, "dice", "6")
        ids = [record.id for record in remember([*coins, *dice])]
        folder = registry.temporary()
        (folder / "adapter_config.json").write_text("{}")
        (folder / "adapter_model.safetensors").write_bytes(b"")
        config = {"trainer": settings.model_dump(mode="json")}
        now = datetime.now(UTC)
        manifest = Manifest("v1", "b", lm.fingerprint, now, "v1", config, 0, tuple(ids))
        registry.install(folder, manifest)
        verdicts = (SkillVerdict("dice", SkillStatus.LEARNING, 6, 6, 0.0, 0.0, 1.0),)
        store.journal.log_consolidation(Consolidation("v1", "v1", True, "", 1.0, 1, verdicts))
        return Curriculum(store, lm, registry, settings), ids

    return make


def refuses(curriculum: Curriculum) -> None:
    with pytest.raises(NothingToLearnError, match="were in the last candidate, v1"):
        curriculum.examples()


def test_what_was_refuted_can_be_unlearned(store: Store, taught: Taught) -> None:
    curriculum, ids = taught()
    refuses(curriculum)
    store.mark(ids[0], Status.REFUTED)
    assert [example.record_id for example in curriculum.examples()] == ids[1:]


def test_what_was_forgotten_can_be_unlearned(store: Store, taught: Taught) -> None:
    curriculum, ids = taught()
    store.forget(ids[:2])
    assert [example.record_id for example in curriculum.examples()] == ids[2:]


def test_what_was_corrected_can_be_learned_anew(store: Store, taught: Taught) -> None:
    curriculum, ids = taught()
    store.mark(ids[0], Status.GOLD, "no")
    assert curriculum.examples()[0].answer == "no"


def test_what_is_only_left_out_is_no_reason_to_train(store: Store, taught: Taught) -> None:
    curriculum, ids = taught()
    resistant = replace(store.journal.skill("dice"), status=SkillStatus.RESISTANT)
    store.journal.save_statuses([resistant])
    refuses(curriculum)  # the gate gave the dice up
    store.restate({ids[0]: (Status.UNVERIFIED, "its skill lost its trust")})
    refuses(curriculum)  # the evidence turned, and may turn again


def test_only_a_persons_word_outdates_what_was_learned(store: Store, taught: Taught) -> None:
    _, ids = taught()
    since = datetime.now(UTC)
    assert outdated(store, ids, since) == frozenset()
    store.mark(ids[0], Status.GOLD)
    store.mark(ids[1], Status.REFUTED)
    store.forget([ids[2]])
    assert outdated(store, ids, since) == {ids[0], ids[1], ids[2]}
    assert outdated(store, ids[3:], since) == frozenset()
    assert outdated(store, ids, datetime.now(UTC)) == {ids[1], ids[2]}, "gold was learned as such"


def test_what_was_refuted_or_forgotten_is_disowned(store: Store, taught: Taught) -> None:
    _, ids = taught()
    assert disowned(store, ids) == frozenset()
    store.mark(ids[0], Status.GOLD)
    store.mark(ids[1], Status.REFUTED)
    store.forget([ids[2]])
    assert disowned(store, ids) == {ids[1], ids[2]}
