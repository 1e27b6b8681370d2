"""What people say about held-out records changes what the router may serve."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.build import Parts
from agent.certify import Certifier
from agent.config import System1Settings
from agent.consolidate import consolidate
from agent.settle import relabelling, settle
from memory.records import Consolidation, Record, Split, Status
from memory.settings import MemorySettings
from models.errors import NothingToLearnError
from models.types import Prompt
from router.bounds import Bounds
from router.policy import Policy
from tests.agent.world import (
    ROOT,
    Done,
    World,
    asked,
    is_student,
    question_of,
    teach,
    truth,
)
from trainer.dataset import Example, write_examples

if TYPE_CHECKING:
    from trainer.consolidate import Watch


@pytest.fixture
def taught(world: World) -> World:
    world.learn(range(160), "codes")
    world.distil()
    return world


def recertified(world: World, change: list[Record]) -> Bounds:
    with world.parts() as built:
        built.memory.remember(change)
        certifier = Certifier(built.memory, built.router, built.trust)
        return certifier.certify(built.system1.subject(built.registry.active()))


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


class Judging:
    """Stands for a run during which a person refutes a held-out answer."""

    def __init__(self, built: Parts, refuted: int, promoted: bool) -> None:
        self.store = built.store
        self.refuted = refuted
        self.promoted = promoted

    def run(self, watch: "Watch | None" = None) -> Consolidation:
        del watch
        self.store.mark(self.refuted, Status.REFUTED)
        return Consolidation("r1", "v1", self.promoted, "", 1.0, 9, ())


@pytest.mark.parametrize("promoted", [True, False])
def test_what_was_said_while_a_candidate_was_trained_counts(taught: World, promoted: bool) -> None:
    first = held_out(taught)[0]
    with taught.parts() as built:
        judging = Judging(built, first.id, promoted)
        built.consolidator = lambda: judging
        assert consolidate(built).promoted is promoted
        labels = built.router.load("v1").labels
        assert (labels.judged, labels.wrong) == (1, 1)


def test_what_is_forgotten_stands_in_no_certificate(
    taught: World, run: Callable[..., Done]
) -> None:
    taught.learn(range(160, 200), "codes")
    taught.distil("v2")
    with taught.parts() as built:
        folder = built.home.router
        learned, *_ = (r for r in built.store.records() if r.split is Split.TRAIN)
    doomed, judged = learned.question, held_out(taught)[0]
    assert all(doomed in path.read_text() for path in folder.glob("*.json"))
    done = run(taught.env, "memory", "forget", str(learned.id), str(judged.id), "--yes")
    assert (done.code, done.out) == (0, "2 records forgotten\n")
    assert [path.name for path in folder.glob("*.json")] == ["v2.json"]
    assert doomed not in (folder / "v2.json").read_text()
    assert run(taught.env, "adapters", "rollback").code == 0
    assert doomed not in (folder / "v1.json").read_text()
    with taught.parts() as built:
        assert built.agent().ask(question_of(500), policy=Policy.AUTO).decision.adapter == "v1"


def test_what_is_forgotten_stands_in_no_run_that_waits_to_go_on(
    taught: World, run: Callable[..., Done]
) -> None:
    with taught.parts() as built:
        doomed, kept, *_ = (r for r in built.store.records() if r.split is Split.TRAIN)
        runs = {record.id: built.home.runs / str(record.id) for record in (doomed, kept)}
        for record in (doomed, kept):
            runs[record.id].mkdir(parents=True)
            example = Example(record.id, record.question, str(record.answer))
            write_examples(runs[record.id] / "examples.jsonl", [example])
    assert run(taught.env, "memory", "forget", str(doomed.id), "--yes").code == 0
    assert not (runs[doomed.id] / "examples.jsonl").exists()
    assert (runs[kept.id] / "examples.jsonl").exists()


def test_a_certificate_is_of_the_base_that_the_drafts_are_of(
    taught: World, tiny_model: Path
) -> None:
    with taught.parts() as built:
        before = built.router.load("v1").subject
    with taught.parts(system1=System1Settings(model=str(tiny_model))) as built:
        assert "the calibrator is for base" in settle(built, ()).after
        assert built.router.load("v1").subject == before


def test_a_certificate_that_cannot_be_renewed_is_withdrawn(taught: World) -> None:
    with taught.parts(memory=MemorySettings(encoder="no-such-encoder")) as built:
        del built.encoder
        assert "could not be certified again (" in settle(built, ()).after
        assert not built.router.path("v1").exists()


def test_gold_answers_of_a_log_count_at_once(
    taught: World, tiny_model: Path, tmp_path: Path, run: Callable[..., Done]
) -> None:
    first, second, *_ = held_out(taught)
    file = tmp_path / "log.jsonl"
    env = taught.env | {
        "SECONDNATURE_SYSTEM2__MODEL": str(tiny_model),
        "SECONDNATURE_SYSTEM2__METHOD": "self_consistency",  # its prompt is short enough
        "SECONDNATURE_SYSTEM2__METHODS": "self_consistency",
    }
    told = [{"question": first.question, "answer": "another"}, {"question": second.question}]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in told[1:]))
    assert "router:" not in run(env, "learn", str(file)).err, "nobody said anything"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in told))
    done = run(env, "learn", str(file))
    assert done.code == 0, done.err
    assert "router: 1 wrong of" in done.err
    assert "(before: 0 wrong of" in done.err


def test_labels_change_only_once_nothing_stands_on_the_old_ones(taught: World) -> None:
    first = held_out(taught)[0]
    with taught.parts() as built:
        path = built.router.path("v1")
        with relabelling(built):
            assert not path.exists()
            built.store.mark(first.id, Status.REFUTED)
        assert not path.exists(), "a process that dies here leaves everything to System 2"
        settle(built, ["codes"])
        assert built.router.load("v1").labels.wrong == 1


def test_a_change_that_fails_leaves_a_certificate(taught: World, run: Callable[..., Done]) -> None:
    with taught.parts() as built:
        path = built.router.path("v1")
    before = path.read_bytes()
    done = run(taught.env, "memory", "mark", "99999", "--wrong")
    assert done.code == 1
    assert "no record has id 99999" in done.err
    assert path.read_bytes() == before


def test_two_who_judge_at_a_time_take_turns(taught: World) -> None:
    """The other's labels are read by whoever certifies last."""
    first, second, *_ = held_out(taught)
    with taught.parts() as built, taught.parts() as other:
        held, marked = threading.Event(), threading.Event()

        def judge() -> None:
            held.wait()
            with relabelling(other):
                other.store.mark(second.id, Status.REFUTED)
            marked.set()

        thread = threading.Thread(target=judge)
        thread.start()
        with relabelling(built):
            built.store.mark(first.id, Status.REFUTED)
            held.set()
            assert not marked.wait(0.3), "the other waits"
        thread.join()
        settle(built, ["codes"])
        assert built.router.load("v1").labels.wrong == 2


def test_what_cannot_be_shown_is_settled_all_the_same(taught: World) -> None:
    first = held_out(taught)[0]
    code = [sys.executable, "-m", "agent.cli", "memory", "mark", str(first.id), "--wrong"]
    with Path("/dev/full").open("wb") as full:
        env = {**os.environ, **taught.env}
        done = subprocess.run(code, stdout=full, cwd=ROOT, env=env, check=False, timeout=120)
    assert done.returncode
    with taught.parts() as built:
        assert built.router.load("v1").labels.wrong == 1


@pytest.mark.parametrize(("every", "certified"), [(2, False), (12, True)])
def test_what_system_2_could_not_verify_is_looked_at(
    tmp_path: Path, every: int, certified: bool
) -> None:
    """Its samples scatter on some questions, and none of them is what System 1 says there."""

    def scattered(prompt: Prompt) -> str | list[str]:
        question = asked(prompt)
        if is_student(prompt) or int(truth(question)) % every:
            return teach(prompt)
        return [f"Answer: {n}" for n in range(90_001, 90_009)]

    world = World(tmp_path, script=scattered)
    world.learn(range(400), "codes")
    world.distil()
    with world.parts() as built:
        found = built.router.load("v1")
        assert found.unverified
        assert not any(item.right for item in found.unverified)
        assert (found.bounds.overall is not None) is certified
        said = built.router.explain(built.system1.subject(built.registry.active()))
        told = "of which nobody knows the answer"
        assert ("more nobody knows, and System 1 is borne out on 0" in said) is certified
        assert (told in said) is not certified
