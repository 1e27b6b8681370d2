from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory.records import (
    BASE,
    Draft,
    Record,
    Skill,
    SkillStatus,
    Split,
    Status,
)
from memory.store import Store
from models.adapters import Adapter, AdapterRegistry
from models.errors import HomeError, NothingToLearnError
from models.manifest import Manifest
from models.scripted import ScriptedLM
from models.transformers_lm import TransformersLM
from models.types import LanguageModel
from trainer.consolidate import Candidate, Consolidator, Watch, judged
from trainer.dataset import read_examples
from trainer.job import RunFolder
from trainer.settings import GateSettings, TrainerSettings

Remember = Callable[[list[Record]], list[Record]]
MakeRecords = Callable[[Split, int, str, str], list[Record]]


class KilledError(Exception):
    """Stands for a kill: nothing after it is run."""


class DyingRegistry(AdapterRegistry):
    """Promotes, and is killed before anybody hears of it."""

    def promote(self, version: str, *, base_fingerprint: str) -> Adapter:
        super().promote(version, base_fingerprint=base_fingerprint)
        raise KilledError


@dataclass
class Bench:
    """One home, and what a consolidation needs of it."""

    root: Path
    store: Store
    lm: LanguageModel
    model: Path
    trainer: TrainerSettings
    certified: list[Candidate] = field(default_factory=list)

    @property
    def registry(self) -> AdapterRegistry:
        return AdapterRegistry(self.root / "adapters")

    def consolidator(
        self,
        gate: GateSettings | None = None,
        registry: AdapterRegistry | None = None,
        lm: LanguageModel | None = None,
        **trainer: object,
    ) -> Consolidator:
        """A new one, as a new process would make it."""
        return Consolidator(
            store=self.store,
            lm=lm or self.lm,
            model_path=self.model,
            registry=registry or self.registry,
            runs=self.root / "runs",
            trainer=self.trainer.model_copy(update=trainer),
            gate=gate or GateSettings(),
            certify=self.certified.append,
            max_tokens=6,
        )

    def runs(self) -> list[str]:
        return sorted(path.name for path in (self.root / "runs").glob("*"))


@pytest.fixture
def bench(tmp_path: Path, store: Store, settings: TrainerSettings, tiny_model: Path) -> Bench:
    trainer = settings.model_copy(update={"num_train_epochs": 12})
    return Bench(tmp_path, store, ScriptedLM({}, otherwise="?"), tiny_model, trainer)


@pytest.fixture
def real(bench: Bench, tiny_model: Path) -> Bench:
    bench.lm = TransformersLM(tiny_model, name="tiny", fingerprint="tiny-print")
    return bench


@pytest.fixture
def coins(remember: Remember, make_records: MakeRecords) -> list[Record]:
    made = [
        *make_records(Split.TRAIN, 12, "heads", "yes"),
        *make_records(Split.GATE, 6, "heads", "yes"),
        *make_records(Split.CALIBRATION, 2, "heads", "yes"),
    ]
    return remember(made)


def stop_at(word: str) -> Watch:
    """Is killed as a stage begins."""

    def stage(what: str) -> None:
        if word in what:
            raise KilledError

    return Watch(stage=stage)


def stop_in_training() -> Watch:
    def step(_: object) -> None:
        raise KilledError

    return Watch(step=step)


def test_a_run_that_is_killed_everywhere_ends_as_one_that_is_not(
    real: Bench, coins: list[Record]
) -> None:
    kills = [
        (stop_at("with the incumbent"), None),
        (stop_at("training on 12"), None),
        (stop_in_training(), None),
        (stop_at("with the candidate"), None),
        (stop_at("certifying"), None),
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
    assert set(real.certified[-1].drafts) == held_out
    assert {r.id for r in real.certified[-1].records} == held_out

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
    assert not real.certified
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


def started(bench: Bench) -> str:
    """A run that was killed before it trained."""
    with pytest.raises(KilledError):
        bench.consolidator().run(stop_at("training on"))
    (run,) = bench.runs()
    return run


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
    (done / "checkpoint.pt").write_text("big")
    with pytest.raises(KilledError):
        bench.consolidator().run(stop_at("training on"))
    assert bench.runs()[0] == done.name
    assert len(bench.runs()) == 2
    assert [path.name for path in done.iterdir()] == ["result.json"]


def finished_adapter(bench: Bench, ids: tuple[int, ...], version: str, base: str) -> None:
    """An adapter as an earlier run left it: enough for the registry."""
    folder = bench.registry.temporary()
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"")
    config = {"trainer": bench.trainer.model_dump(mode="json")}
    manifest = Manifest(version, "base", base, datetime.now(UTC), version, config, 0, ids)
    bench.registry.install(folder, manifest)


def log_run(bench: Bench, version: str) -> None:
    from memory.records import Consolidation

    bench.store.journal.log_consolidation(Consolidation(version, version, False, "", 1.0, 1, ()))


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


@pytest.mark.parametrize(
    ("said", "answer", "complete", "right"),
    [
        ("1,000", "1000.0", True, True),
        ("1000", "1000", False, False),
        ("7", "8", True, False),
        (None, "8", True, False),
        ("8", None, True, False),
    ],
)
def test_when_a_draft_is_right(
    said: str | None, answer: str | None, complete: bool, right: bool
) -> None:
    draft = Draft("q", said, "", "v1", -0.1, -0.1, 1.0, 1, complete=complete)
    assert judged(Record("q", answer, Status.GOLD, id=3), draft).right is right
