"""What people say about held-out records changes what the router may serve."""

from dataclasses import replace

import pytest

from agent.certify import Certifier
from agent.settle import consolidate
from memory.records import Record, Status
from models.errors import NothingToLearnError
from router.bounds import Bounds
from tests.agent.world import World


@pytest.fixture
def taught(world: World) -> World:
    world.learn(range(160), "codes")
    world.distil()
    return world


def recertified(world: World, change: list[Record]) -> Bounds:
    with world.parts() as built:
        built.memory.remember(change)
        certifier = Certifier(built.memory, built.router, built.trust)
        return certifier.recertify(built.system1.subject(built.registry.active()))


def held_out(world: World) -> list[Record]:
    """Of the calibration half, as they are stored."""
    with world.parts() as built:
        records = built.store.records(with_votes=True)
        return [record for record in records if record.split.value == "calibration"]


def test_a_gold_answer_counts_as_one(taught: World) -> None:
    first, *rest = held_out(taught)
    found = recertified(taught, [replace(first, status=Status.GOLD)]).overall
    assert found is not None
    assert found.n_items == len(rest) + 1
    assert (found.labels.judged, found.labels.wrong) == (1, 0)
    assert found.labels.gold == pytest.approx(1 / found.n_items)
    assert "people found 0 of 1 verified answers wrong" in found.describe()


def test_a_corrected_answer_is_an_error_of_the_draft_and_of_the_label(taught: World) -> None:
    first, second, *_ = held_out(taught)
    corrected = replace(first, status=Status.GOLD, answer="another")
    found = recertified(taught, [corrected, replace(second, status=Status.GOLD)]).overall
    assert found is not None
    assert found.n_errors == 1
    assert (found.labels.judged, found.labels.wrong) == (2, 1)


def test_a_refuted_answer_that_the_draft_gives_is_an_error(taught: World) -> None:
    first = held_out(taught)[0]
    found = recertified(taught, [replace(first, status=Status.REFUTED)]).overall
    assert found is not None
    assert found.n_errors == 1
    assert (found.labels.judged, found.labels.wrong) == (1, 1)


def test_with_nothing_to_learn_the_active_adapter_is_certified_again(taught: World) -> None:
    trainer = taught.settings.trainer.model_copy(update={"min_records": 10_000})
    with taught.parts(trainer=trainer) as built:
        path = built.router.path("v1")
        before = path.read_bytes()
        path.write_text("{}")
        with pytest.raises(NothingToLearnError, match="10000 are needed"):
            consolidate(built)
        assert path.read_bytes() == before
