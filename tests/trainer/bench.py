"""A home on a bench: consolidations as new processes would run them, killed where a test says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory.records import BASE, Consolidation, Record, Split
from memory.store import Store
from models.adapters import Adapter, AdapterRegistry
from models.manifest import Manifest
from models.types import LanguageModel
from trainer.consolidate import Consolidator, Watch
from trainer.dataset import Example
from trainer.distill import prepare
from trainer.job import Job, RunFolder
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
            max_tokens=6,
        )

    def runs(self) -> list[str]:
        return sorted(path.name for path in (self.root / "runs").glob("*"))


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


def started(bench: Bench) -> str:
    """A run that was killed before it trained."""
    with pytest.raises(KilledError):
        bench.consolidator().run(stop_at("training on"))
    (run,) = bench.runs()
    return run


def finished_adapter(
    bench: Bench,
    ids: tuple[int, ...],
    version: str,
    base: str,
    metrics: Mapping[str, object] | None = None,
) -> None:
    """An adapter as an earlier run left it: enough for the registry."""
    folder = bench.registry.temporary()
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"")
    config = {"trainer": bench.trainer.model_dump(mode="json")}
    manifest = Manifest(
        version, "base", base, datetime.now(UTC), version, config, 0, ids, metrics or {}
    )
    bench.registry.install(folder, manifest)


def log_run(bench: Bench, version: str) -> None:
    bench.store.journal.log_consolidation(Consolidation(version, version, False, "", 1.0, 1, ()))


def judged_run(bench: Bench, coins: list[Record], incumbent: str = BASE) -> RunFolder:
    """A run that was killed once its candidate was installed, with the gate's word for it."""
    taught = [record for record in coins if record.split is Split.TRAIN]
    examples = [Example(r.id, r.question, str(r.answer)) for r in taught]
    job = Job(str(bench.model), bench.lm.fingerprint, bench.trainer)
    folder = prepare(bench.root / "runs" / "20200101-000000-aaaa", job, examples)
    metrics = {"passed_gate": True, "reason": "good", "incumbent": incumbent, "skills": []}
    ids = tuple(record.id for record in taught)
    finished_adapter(bench, ids, folder.root.name, bench.lm.fingerprint, metrics)
    return folder
