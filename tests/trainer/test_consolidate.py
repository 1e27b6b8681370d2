import pytest

from memory.records import BASE, Record, Skill, SkillStatus, Split, Status
from models.errors import HomeError, NothingToLearnError
from models.scripted import ScriptedLM
from tests.trainer.bench import (
    Bench,
    DyingRegistry,
    KilledError,
    MakeRecords,
    Remember,
    finished_adapter,
    log_run,
    started,
    stop_at,
    stop_in_training,
)
from trainer.consolidate import Watch
from trainer.dataset import read_examples
from trainer.job import RunFolder
from trainer.settings import GateSettings


def test_a_run_that_is_killed_everywhere_ends_as_one_that_is_not(
    real: Bench, coins: list[Record]
) -> None:
    kills = [
        (stop_at("with the incumbent"), None),
        (stop_at("training on 12"), None),
        (stop_in_training(), None),
        (stop_at("with the candidate"), None),
        (stop_at("promoting"), None),
        (Watch(), DyingRegistry(real.root / "adapters")),
    ]
    for number, (watch, registry) in enumerate(kills):
        with pytest.raises(KilledError):
            real.consolidator(registry=registry).run(watch)
        assert len(real.runs()) == 1
        promoted = number == len(kills) - 1
        assert real.registry.active_version() == (real.runs()[0] if promoted else BASE)
        assert real.store.journal.consolidations() == []
    result = real.consolidator().run()

    assert result.promoted
    assert result.reason == "better on heads; worse on none"
    assert result.trained_tokens > 0
    (verdict,) = result.skills
    assert (verdict.status, verdict.n_train, verdict.n_holdout) == (SkillStatus.DISTILLED, 12, 6)
    assert (verdict.before, verdict.after, verdict.teacher) == (0.0, 1.0, None)
    version = result.candidate
    assert version is not None
    assert real.registry.versions() == [version] == real.runs()
    assert real.registry.active_version() == version
    assert real.store.journal.consolidations() == [result]
    assert real.store.journal.skill("heads").status is SkillStatus.DISTILLED
    train_ids = {r.id for r in coins if r.split is Split.TRAIN}
    assert real.store.journal.record_ids_of(version) == train_ids
    assert set(real.registry.get(version).manifest.record_ids) == train_ids
    held_out = {r.id for r in coins if r.split.holdout}
    assert {d.record_id for d in real.store.journal.drafts(version)} == held_out

    # What a resumption needed is gone, the questions with it.
    left = {path.name for path in (real.root / "runs" / version).iterdir()}
    assert left <= {"job.json", "metrics.jsonl", "train.log", "train.lock", "result.json"}
    with pytest.raises(NothingToLearnError, match=f"all 12 .* in the last candidate, {version}"):
        real.consolidator().run()

    # Killed at the very end: the run is finished once more, with the same outcome.
    (real.root / "runs" / version / "result.json").unlink()
    again = real.consolidator().run()
    assert (again.promoted, again.skills) == (True, result.skills)
    assert len(real.store.journal.consolidations()) == 1
    assert real.registry.active_version() == version


def test_a_candidate_that_is_not_better_is_kept_for_study(
    real: Bench, coins: list[Record], remember: Remember, make_records: MakeRecords
) -> None:
    strict = GateSettings(alpha=1e-9)
    result = real.consolidator(strict, num_train_epochs=1).run()
    assert not result.promoted
    assert "better on no skill" in result.reason
    assert real.registry.active_version() == BASE
    assert real.registry.versions() == [result.candidate]
    assert real.store.journal.skill("heads").status is not SkillStatus.DISTILLED

    real.store.journal.save_statuses([Skill("heads", SkillStatus.LEARNING, tagged=True)])
    remember(make_records(Split.TRAIN, 14, "heads", "yes"))
    second = real.consolidator().run()
    assert second.promoted
    assert real.registry.versions() == [result.candidate, second.candidate]
    assert [run.run_id for run in real.store.journal.consolidations()] == real.runs()
    assert sum(verdict.n_train for verdict in second.skills) == 14


def test_too_little_is_nothing_to_learn(bench: Bench, coins: list[Record]) -> None:
    with pytest.raises(NothingToLearnError, match=r"holds 12 verified records .*, 13 are needed"):
        bench.consolidator(min_records=13).run()
    assert bench.runs() == []


def test_records_that_are_too_long_are_said(
    bench: Bench,
    coins: list[Record],
    remember: Remember,
    make_records: MakeRecords,
    caplog: pytest.LogCaptureFixture,
) -> None:
    remember(make_records(Split.TRAIN, 3, "word " * 40, "yes"))
    with pytest.raises(KilledError):
        bench.consolidator(max_length_tokens=24).run(stop_at("incumbent"))
    assert "3 records are longer than trainer.max_length_tokens = 24" in caplog.text
    (run,) = bench.runs()
    assert len(read_examples(RunFolder(bench.root / "runs" / run).examples)) == 12
    with pytest.raises(
        NothingToLearnError, match=r"12 verified .*\(3 more are longer than trainer"
    ):
        bench.consolidator(max_length_tokens=24, min_records=14).run()


def test_records_that_the_student_cannot_read_stop_nothing(
    bench: Bench,
    coins: list[Record],
    remember: Remember,
    make_records: MakeRecords,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench.lm = ScriptedLM({}, context_tokens=24)
    held_out = remember(make_records(Split.GATE, 2, "word " * 40, "yes"))
    remember(make_records(Split.TRAIN, 3, "word " * 40, "yes"))
    run = started(bench)
    ids = ", ".join(str(record.id) for record in held_out)
    assert f"left out of the gate and of the certificate: {ids}" in caplog.text
    assert "3 records are longer than the 24 tokens that scripted reads" in caplog.text
    assert len(read_examples(RunFolder(bench.root / "runs" / run).examples)) == 12
    drafted = {draft.record_id for draft in bench.store.journal.drafts(BASE)}
    assert drafted == {record.id for record in coins if record.split.holdout}


def test_what_was_forgotten_leaves_the_weights_that_answer(
    real: Bench, coins: list[Record], remember: Remember, make_records: MakeRecords
) -> None:
    remember(make_records(Split.TRAIN, 3, "heads", "yes"))
    first = real.consolidator().run()
    gone = next(record for record in coins if record.split is Split.TRAIN)
    real.store.forget([gone.id])
    second = real.consolidator().run()
    assert (second.promoted, "unlearns 1 record that" in second.reason) == (True, True)
    assert real.registry.active_version() == second.candidate != first.candidate
    assert gone.id not in real.registry.get(str(second.candidate)).manifest.record_ids


def test_what_was_forgotten_in_training_is_no_reason_to_promote_what_learned_it(
    real: Bench, coins: list[Record], remember: Remember, make_records: MakeRecords
) -> None:
    remember(make_records(Split.TRAIN, 4, "heads", "yes"))
    first = real.consolidator().run()
    early, late, *_ = (record for record in coins if record.split is Split.TRAIN)
    real.store.forget([early.id])

    def forget_late(what: str) -> None:
        if what.startswith("training on"):
            real.store.forget([late.id])

    second = real.consolidator().run(Watch(stage=forget_late))
    assert (second.promoted, "better on no skill" in second.reason) == (False, True)
    assert real.registry.active_version() == first.candidate
    third = real.consolidator().run()
    assert (third.promoted, "unlearns 2 records" in third.reason) == (True, True)


def test_what_a_person_said_in_training_counts_at_the_gate(
    real: Bench, coins: list[Record]
) -> None:
    gate = [record.id for record in coins if record.split is Split.GATE]

    def correct(what: str) -> None:
        if what.startswith("training on"):
            real.store.mark(gate[0], Status.REFUTED)
            for id_ in gate[1:]:
                real.store.mark(id_, Status.GOLD, "no")

    result = real.consolidator().run(Watch(stage=correct))
    (verdict,) = result.skills
    assert (result.promoted, verdict.n_holdout, verdict.after) == (False, len(gate) - 1, 0.0)


def test_what_counts_as_new(bench: Bench, coins: list[Record]) -> None:
    ids = tuple(record.id for record in coins if record.split is Split.TRAIN)
    finished_adapter(bench, ids, "v1", bench.lm.fingerprint)
    log_run(bench, "v1")
    with pytest.raises(NothingToLearnError, match="in the last candidate, v1"):
        bench.consolidator().run()
    with pytest.raises(KilledError):  # other settings
        bench.consolidator(r=2).run(stop_at("incumbent"))
    with pytest.raises(KilledError):  # another base
        bench.consolidator(lm=ScriptedLM({}, name="other")).run(stop_at("incumbent"))
    with pytest.raises(NothingToLearnError, match="v1"):
        bench.consolidator().run()
    bench.store.mark(ids[0], Status.GOLD, "no")  # a person's word
    with pytest.raises(KilledError):
        bench.consolidator().run(stop_at("incumbent"))


def test_an_incumbent_of_another_base_gives_way_to_the_base(
    bench: Bench, coins: list[Record]
) -> None:
    finished_adapter(bench, (1,), "v1", "another-print")
    bench.registry.promote("v1", base_fingerprint="another-print")
    started(bench)
    held_out = {record.id for record in coins if record.split.holdout}
    assert {d.record_id for d in bench.store.journal.drafts(BASE)} == held_out
    assert bench.store.journal.drafts("v1") == []


def test_the_bases_drafts_are_made_anew(bench: Bench, coins: list[Record]) -> None:
    started(bench)
    assert {d.draft.answer for d in bench.store.journal.drafts(BASE)} == {"?"}
    bench.lm = ScriptedLM({}, otherwise="yes", name="another")
    with pytest.raises(KilledError):
        bench.consolidator().run(stop_at("training on"))
    assert {d.draft.answer for d in bench.store.journal.drafts(BASE)} == {"yes"}


def test_a_home_that_cannot_be_written_is_said(bench: Bench, coins: list[Record]) -> None:
    (bench.root / "runs").write_text("a file")
    with pytest.raises(HomeError, match=r"cannot be written in .*runs"):
        bench.consolidator().run()
