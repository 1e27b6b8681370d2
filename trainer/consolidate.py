"""One consolidation: collect, train, draft, judge, promote or reject. Safe to kill anywhere.

Everything a promotion needs is written before it and keyed by the candidate's version; the
promotion itself is one small file replaced at once. A run that was killed goes on where it was.
"""

import json
import logging
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memory.records import (
    BASE,
    TRUSTED,
    Consolidation,
    Record,
    Skill,
    SkillStatus,
    SkillVerdict,
    Split,
)
from memory.store import Store
from models import atomic
from models.adapters import Adapter, AdapterRegistry, Manifest
from models.types import LanguageModel
from trainer.curriculum import Curriculum, disowned
from trainer.dataset import Example, read_examples
from trainer.distill import OnStep, prepare, train
from trainer.gate import Comparison, compare, judge, skill_status, still_counts, verdict_of
from trainer.holdout import held_out
from trainer.job import Job, RunFolder
from trainer.settings import GateSettings, TrainerSettings
from trainer.student import MAX_TOKENS, draft_answers

_log = logging.getLogger(__name__)

OnStage = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how a consolidation goes on.

    Attributes:
        stage: Called with what begins now, in words.
        step: Called for each training step.
    """

    stage: OnStage = lambda _: None
    step: OnStep = lambda _: None


class Consolidator:
    """Runs consolidations over one home.

    What it promotes has no certificate yet: System 2 answers until the router has one for it.

    Args:
        store: Memory.
        lm: The base that students are trained on.
        model_path: Its folder, for the training process.
        registry: Where adapters live.
        runs: Where runs keep what they need to go on.
        trainer: How to train.
        gate: When a candidate is good enough.
        max_tokens: Most tokens of a draft.
    """

    def __init__(
        self,
        *,
        store: Store,
        lm: LanguageModel,
        model_path: Path,
        registry: AdapterRegistry,
        runs: Path,
        trainer: TrainerSettings,
        gate: GateSettings,
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        self._store = store
        self._lm = lm
        self._model_path = model_path
        self._registry = registry
        self._runs = runs
        self._trainer = trainer
        self._gate = gate
        self._max_tokens = max_tokens
        self._curriculum = Curriculum(store, lm, registry, trainer)

    def run(self, watch: Watch | None = None) -> Consolidation:
        """Train a candidate on what memory holds, and promote it if it passes.

        Args:
            watch: Who is told.

        Returns:
            What happened, as it was stored.

        Raises:
            NothingToLearnError: Too few verified records, or none that the last candidate lacked.
            TrainingError: The training process failed; the run can be resumed.
        """
        watch = watch or Watch()
        start = time.perf_counter()
        self._registry.clean()
        folder = self._unfinished() or self._begin()
        run_id = folder.root.name
        # What nobody verified, or a person refuted, counts for the router, not for the gate:
        # System 1 will be asked such questions too.
        records = held_out(self._store, self._lm)
        candidate = self._candidate(folder, records, watch)
        _drop_work(folder)
        outcome = _Outcome.read(candidate.manifest)
        self._draft(records, candidate, run_id)
        journal = self._store.journal
        learned = candidate.manifest.record_ids
        newest = max((record.id for record in records), default=None)
        journal.log_adapter(run_id, self._lm.fingerprint, run_id, learned, newest)
        journal.save_statuses(self._skills(outcome))
        if outcome.promoted:
            watch.stage("promoting the candidate")
            self._registry.promote(run_id, base_fingerprint=self._lm.fingerprint)
        result = journal.log_consolidation(
            Consolidation(
                run_id=run_id,
                candidate=run_id,
                promoted=outcome.promoted,
                reason=outcome.reason,
                seconds=time.perf_counter() - start,
                trained_tokens=max((step.trained_tokens for step in folder.steps()), default=0),
                skills=outcome.skills,
            )
        )
        _finish(folder, result)
        return result

    def _unfinished(self) -> RunFolder | None:
        """The newest run that was killed, if it stands; others like it are removed."""
        found = None
        for root in sorted(self._runs.glob("*"), reverse=True):
            folder = RunFolder(root)
            if _result_path(folder).exists():
                _drop_work(folder)
            elif found is None and self._stands(folder):
                _log.info("going on with run %s", root.name)
                found = folder
            else:
                shutil.rmtree(root, ignore_errors=True)
        return found

    def _stands(self, folder: RunFolder) -> bool:
        """Whether a run is what would be run now, and memory still holds all that it learns."""
        if folder.root.name in self._registry.versions():
            return self._verdict_stands(self._registry.get(folder.root.name).manifest)
        if folder.read_job() != self._job() or not folder.examples.exists():
            return False
        known = {Example(r.id, r.question, str(r.answer)) for r in self._curriculum.records()}
        return known.issuperset(read_examples(folder.examples))

    def _verdict_stands(self, manifest: Manifest) -> bool:
        """Whether an installed candidate may still be promoted by the gate's word on it.

        Not where people refuted or had forgotten what it learned, nor where it was held against an
        incumbent that answers no more. One that was promoted already only has to be written down.
        """
        if manifest.base_fingerprint != self._lm.fingerprint:
            return False
        if manifest.version == self._registry.active_version():
            return True
        same_incumbent = _Outcome.read(manifest).incumbent == _version_of(self._incumbent())
        return same_incumbent and not disowned(self._store, manifest.record_ids)

    def _job(self) -> Job:
        return Job(str(self._model_path.resolve()), self._lm.fingerprint, self._trainer)

    def _begin(self) -> RunFolder:
        examples = self._curriculum.examples()
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        return prepare(self._runs / run_id, self._job(), examples)

    def _incumbent(self) -> Adapter | None:
        """The active adapter, if it is this base's; else the base answers."""
        return self._registry.active_of(self._lm.fingerprint)

    def _draft(self, records: Sequence[Record], adapter: Adapter | None, version: str) -> None:
        """Have an adapter draft records; those that it drafted before are not paid for again.

        The base does so anew: those that memory keeps may be of another base.
        """
        journal = self._store.journal
        kept = frozenset[int]() if adapter is None else journal.drafted(version)
        missing = [record for record in records if record.id not in kept]
        drafts = draft_answers(
            self._lm, [record.question for record in missing], adapter, max_tokens=self._max_tokens
        )
        new = zip(missing, drafts, strict=True)
        journal.save_drafts(version, {r.id: replace(draft, adapter=version) for r, draft in new})

    def _compared(self, asked: Collection[int], before: str, after: str) -> list[Comparison]:
        """What both gave to records of the gate half, by what is known of these now.

        People may have judged some of those that were asked while the candidate was trained.
        """
        store, gate = self._store, [Split.GATE]
        old, new = (
            {item.record_id: item for item in store.journal.drafts(version, splits=gate)}
            for version in (before, after)
        )
        both = old.keys() & new.keys() & set(asked)
        records = store.records(splits=gate, with_votes=True)
        return compare([record for record in records if record.id in both], old, new)

    def _candidate(self, folder: RunFolder, records: Sequence[Record], watch: Watch) -> Adapter:
        """Train a candidate and judge it, once a run: it is installed with its verdict."""
        run_id = folder.root.name
        if run_id in self._registry.versions():
            return self._registry.get(run_id)
        examples = read_examples(folder.examples)
        watch.stage("drafting the held-out questions with the incumbent")
        incumbent = self._incumbent()
        trusted = [record for record in records if record.status.trusted]
        self._draft(trusted, incumbent, _version_of(incumbent))
        watch.stage(f"training on {len(examples)} records")
        train(folder, watch.step)
        watch.stage("drafting the held-out questions with the candidate")
        manifest = self._manifest(run_id, examples)
        manifest.write(folder.adapter)
        self._draft(records, Adapter(folder.adapter, manifest), run_id)
        asked = [record.id for record in trusted]
        comparisons = self._compared(asked, _version_of(incumbent), run_id)
        learned = set(incumbent.manifest.record_ids if incumbent else ())
        own = {example.record_id for example in examples}
        gone = disowned(self._store, learned | own)
        # What was disowned while this one trained is in it, too: the next run is to unlearn it.
        unlearned = 0 if gone & own else len(gone)
        off = self._store.audits.suspended(_version_of(incumbent))
        verdict = judge(comparisons, self._gate, unlearned=unlearned, suspended=off)
        verdicts = self._verdicts(examples, comparisons)
        outcome = _Outcome(verdict.promote, verdict.reason, verdicts, _version_of(incumbent))
        return self._registry.install(folder.adapter, replace(manifest, metrics=outcome.metrics()))

    def _manifest(self, run_id: str, examples: Iterable[Example]) -> Manifest:
        return Manifest(
            version=run_id,
            base_model=self._lm.name,
            base_fingerprint=self._lm.fingerprint,
            created_at=datetime.now(UTC),
            run_id=run_id,
            config={
                "trainer": self._trainer.model_dump(mode="json"),
                "gate": self._gate.model_dump(mode="json"),
            },
            seed=self._trainer.seed,
            record_ids=tuple(example.record_id for example in examples),
        )

    def _verdicts(
        self, examples: Sequence[Example], comparisons: Sequence[Comparison]
    ) -> tuple[SkillVerdict, ...]:
        skill_of = {r.id: r.skill for r in self._store.records(statuses=TRUSTED)}
        trained = Counter(skill_of.get(example.record_id) for example in examples)
        compared = {comparison.skill: comparison for comparison in comparisons}
        return tuple(
            verdict_of(
                skill.name,
                skill_status(
                    compared.get(skill.name),
                    trained[skill.name],
                    self._gate,
                    min_records=self._trainer.min_records,
                    known=skill.status,
                ),
                trained[skill.name],
                compared.get(skill.name),
            )
            for skill in self._store.journal.skills()
            if trained[skill.name] or skill.name in compared
        )

    def _skills(self, outcome: "_Outcome") -> list[Skill]:
        """Skills with their new statuses; a rejected candidate says nothing of what answers."""
        known = {skill.name: skill for skill in self._store.journal.skills()}
        return [
            replace(known[verdict.skill], status=verdict.status)
            for verdict in outcome.skills
            if verdict.skill in known
            if outcome.promoted or still_counts(verdict, known[verdict.skill].status, self._gate)
        ]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The gate's word on a candidate, as its manifest keeps it: a resumed run goes by it."""

    promoted: bool
    reason: str
    skills: tuple[SkillVerdict, ...]
    incumbent: str | None

    def metrics(self) -> dict[str, object]:
        return {
            "passed_gate": self.promoted,
            "reason": self.reason,
            "incumbent": self.incumbent,
            "skills": [asdict(verdict) for verdict in self.skills],
        }

    @classmethod
    def read(cls, manifest: Manifest) -> "_Outcome":
        metrics: dict[str, Any] = json.loads(json.dumps(manifest.metrics))
        skills = tuple(
            SkillVerdict(**{**verdict, "status": SkillStatus(verdict["status"])})
            for verdict in metrics["skills"]
        )
        return cls(metrics["passed_gate"], metrics["reason"], skills, metrics.get("incumbent"))


def _version_of(incumbent: Adapter | None) -> str:
    return incumbent.version if incumbent else BASE


def _result_path(folder: RunFolder) -> Path:
    return folder.root / "result.json"


def _finish(folder: RunFolder, result: Consolidation) -> None:
    """Mark a run as done."""
    values = asdict(result) | {"created_at": str(result.created_at)}
    atomic.write_text(_result_path(folder), json.dumps(values, indent=1) + "\n")


def _drop_work(folder: RunFolder) -> None:
    """Drop what only training needs; questions stay in memory alone, to be forgotten there."""
    folder.checkpoint.unlink(missing_ok=True)
    folder.examples.unlink(missing_ok=True)
    folder.partial_checkpoint.unlink(missing_ok=True)
    for adapter in (folder.adapter, folder.partial_adapter):
        shutil.rmtree(adapter, ignore_errors=True)
