"""Which unfinished runs go on, and which give way to a new one."""

from collections.abc import Callable

import pytest

from memory.records import BASE, Record, Split, Status
from memory.store import Store
from models.scripted import ScriptedLM
from tests.trainer.bench import (
    Bench,
    KilledError,
    finished_adapter,
    judged_run,
    started,
    stop_at,
)
from trainer.dataset import read_examples
from trainer.job import RunFolder, drop_examples


def test_a_run_does_not_learn_what_was_forgotten_since(bench: Bench, coins: list[Record]) -> None:
    first = started(bench)
    assert started(bench) == first
    gone = next(record for record in coins if record.split is Split.TRAIN)
    bench.store.forget([gone.id])
    second = started(bench)
    assert second != first
    examples = read_examples(RunFolder(bench.root / "runs" / second).examples)
    assert gone.id not in {example.record_id for example in examples}


def test_a_run_does_not_learn_an_answer_that_was_corrected(
    bench: Bench, coins: list[Record]
) -> None:
    first = started(bench)
    wrong = next(record for record in coins if record.split is Split.TRAIN)
    bench.store.mark(wrong.id, Status.GOLD, "no")
    assert started(bench) != first


def test_what_was_forgotten_stays_in_no_run(bench: Bench, coins: list[Record]) -> None:
    run = started(bench)
    examples = RunFolder(bench.root / "runs" / run).examples
    held_out = [record.id for record in coins if record.split.holdout]
    drop_examples(bench.root / "runs", held_out)
    assert examples.exists()
    assert started(bench) == run
    drop_examples(bench.root / "runs", [read_examples(examples)[0].record_id])
    assert not examples.exists()
    assert started(bench) != run


def test_a_judged_candidate_is_promoted_without_its_examples(
    bench: Bench, coins: list[Record]
) -> None:
    folder = judged_run(bench, coins)
    with pytest.raises(KilledError):
        bench.consolidator().run(stop_at("promoting"))
    assert not folder.examples.exists()
    result = bench.consolidator().run()
    assert (result.promoted, result.candidate) == (True, folder.root.name)
    assert bench.registry.active_version() == folder.root.name


@pytest.mark.parametrize(
    "disown",
    [lambda store, one: store.forget([one]), lambda store, one: store.mark(one, Status.REFUTED)],
)
def test_a_judged_candidate_that_learned_what_is_disowned_is_not_promoted(
    bench: Bench, coins: list[Record], disown: Callable[[Store, int], object]
) -> None:
    folder = judged_run(bench, coins)
    disown(bench.store, read_examples(folder.examples)[0].record_id)
    assert started(bench) != folder.root.name
    assert bench.registry.active_version() == BASE


def test_a_judged_candidate_is_not_promoted_over_another_incumbent(
    bench: Bench, coins: list[Record]
) -> None:
    folder = judged_run(bench, coins)
    finished_adapter(bench, (1,), "v0", bench.lm.fingerprint)
    bench.registry.promote("v0", base_fingerprint=bench.lm.fingerprint)
    assert started(bench) != folder.root.name
    assert bench.registry.active_version() == "v0"


def test_a_candidate_that_answers_already_is_written_down_and_then_unlearned(
    bench: Bench, coins: list[Record]
) -> None:
    folder = judged_run(bench, coins)
    bench.store.forget([read_examples(folder.examples)[0].record_id])
    bench.registry.promote(folder.root.name, base_fingerprint=bench.lm.fingerprint)
    assert bench.consolidator().run().candidate == folder.root.name
    with pytest.raises(KilledError):
        bench.consolidator().run(stop_at("training on 11 records"))


def test_other_settings_or_another_base_start_afresh(bench: Bench, coins: list[Record]) -> None:
    first = started(bench)
    bench.trainer = bench.trainer.model_copy(update={"r": 2})
    second = started(bench)
    bench.lm = ScriptedLM({}, name="another")
    third = started(bench)
    assert len({first, second, third}) == 3


def test_leftovers_of_crashed_runs_are_removed(bench: Bench, coins: list[Record]) -> None:
    for name in ("20200101-000000-aaaa", "20200102-000000-bbbb"):
        (bench.root / "runs" / name).mkdir(parents=True)
    done = bench.root / "runs" / "20200103-000000-cccc"
    (done / "adapter").mkdir(parents=True)
    (done / "result.json").write_text("{}")
    (done / "adapter.partial").mkdir()
    for name in ("checkpoint.pt", "checkpoint.partial"):
        (done / name).write_text("big")
    with pytest.raises(KilledError):
        bench.consolidator().run(stop_at("training on"))
    assert bench.runs()[0] == done.name
    assert len(bench.runs()) == 2
    assert [path.name for path in done.iterdir()] == ["result.json"]
