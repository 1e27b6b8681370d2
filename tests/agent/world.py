"""A small world: codes that a scripted teacher reasons out, and that a scripted adapter knows."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safetensors.numpy import save

from agent.build import Parts
from agent.config import Settings, System1Settings
from agent.home import Home
from agent.learn import Learner
from agent.switch import certified_again
from agent.system2.settings import System2Settings, VerifySettings
from memory.questions import Question
from memory.records import Consolidation, SkillStatus, SkillVerdict, Split
from memory.settings import MemorySettings
from models import catalog
from models.adapters import Manifest
from models.scripted import HashEncoder, ScriptedLM
from models.types import OnDone, Prompt, Request
from router.settings import RouterSettings
from trainer.student import INSTRUCTION, draft_answers

ROOT = Path(__file__).parents[2]
ENCODER = HashEncoder(64)
_STEP, _PRIME = 7_919, 99_991


def code_of(i: int) -> str:
    return str(7 * i + 1)


def question_of(i: int) -> str:
    """Of every number five figures that look like any: one question is as near as the next."""
    return f"What is the secret code of box number {i * _STEP % _PRIME:05}?"


def asked(prompt: Prompt) -> str:
    """The question of a prompt."""
    return [m.content for m in prompt.messages if m.role == "user"][-1]


def truth(question: str) -> str:
    found = re.search(r"\d+", question)
    return code_of(int(found[0]) * pow(_STEP, -1, _PRIME) % _PRIME) if found else "unknown"


def is_student(prompt: Prompt) -> bool:
    return prompt.messages[0].content == INSTRUCTION


def teach(prompt: Prompt) -> str:
    """The base: reasons well, and knows nothing at once."""
    if is_student(prompt):
        return "0"
    return f"Let me see.\nAnswer: {truth(asked(prompt))}"


class FolderLM(ScriptedLM):
    """A scripted model that stands for the weights in a folder."""

    def __init__(self, folder: Path, script: Callable[[Prompt], str | Sequence[str]]) -> None:
        super().__init__(script, adapted=lambda _: lambda prompt: truth(asked(prompt)))
        self._folder = folder
        self.calls = 0

    @property
    def fingerprint(self) -> str:
        return catalog.fingerprint(self._folder)

    def run(
        self,
        requests: Sequence[Request],
        on_done: OnDone,
        **options: Any,  # noqa: ANN401 - passed on
    ) -> None:
        self.calls += 1
        super().run(requests, on_done, **options)


@dataclass
class World:
    """A home whose models follow a script."""

    root: Path
    script: Callable[[Prompt], str | Sequence[str]] = teach
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        base = self.root / "base"
        base.mkdir()
        (base / "config.json").write_text("{}")
        self.settings = Settings(
            system1=System1Settings(model=str(base)),
            system2=System2Settings(methods=("chain_of_thought",), seed=0),
            verify=VerifySettings(unlike_methods=False),
            memory=MemorySettings(encoder=ENCODER.name),
            router=RouterSettings(max_error=0.3, delta=0.2),
        )

    @property
    def home(self) -> Home:
        return Home(self.root / "home")

    @property
    def env(self) -> dict[str, str]:
        """What the command line needs to see the same home."""
        return {
            "SECONDNATURE_HOME": str(self.home.root),
            "SECONDNATURE_CACHE": str(self.root / "cache"),
            "SECONDNATURE_SYSTEM1__MODEL": self.settings.system1.model,
            "SECONDNATURE_MEMORY__ENCODER": ENCODER.name,
            "SECONDNATURE_VERIFY__UNLIKE_METHODS": "false",
            "SECONDNATURE_ROUTER__MAX_ERROR": "0.3",
            "SECONDNATURE_ROUTER__DELTA": "0.2",
        }

    @contextmanager
    def parts(self, **sections: object) -> Iterator[Parts]:
        built = Parts(self.settings.model_copy(update=sections), self.home)
        built.encoder = ENCODER
        built.student = FolderLM(Path(self.settings.system1.model), self.script)
        try:
            yield built
        finally:
            built.close()

    def learn(self, numbers: Sequence[int], skill: str | None = None) -> None:
        questions = [Question(i + 1, question_of(n), skill=skill) for i, n in enumerate(numbers)]
        with self.parts() as built:
            Learner(built.memory, built.system2()).learn(questions)

    def distil(self, version: str = "v1", status: SkillStatus = SkillStatus.DISTILLED) -> None:
        """What a consolidation does, but for the training."""
        with self.parts() as built:
            journal, lm = built.store.journal, built.student
            records = built.store.records()
            held = [record for record in records if record.split.holdout]
            taught = [record for record in records if record.status.trusted]
            folder = built.registry.temporary()
            (folder / "adapter_config.json").write_text("{}")
            (folder / "adapter_model.safetensors").write_bytes(save({}))
            trained = tuple(record.id for record in taught if record.split is Split.TRAIN)
            manifest = Manifest(
                version=version,
                base_model="base",
                base_fingerprint=lm.fingerprint,
                created_at=datetime(2025, 3, 1, 12, int(version[1:]), tzinfo=UTC),
                run_id=version,
                record_ids=trained,
                metrics={"passed_gate": True, "reason": "better on codes; worse on none"},
            )
            adapter = built.registry.install(folder, manifest)
            drafts = draft_answers(lm, [record.question for record in held], adapter)
            journal.save_drafts(version, {r.id: d for r, d in zip(held, drafts, strict=True)})
            newest = max(record.id for record in held)
            journal.log_adapter(version, lm.fingerprint, version, trained, newest)
            skills = [replace(skill, status=status) for skill in journal.skills()]
            journal.save_statuses(skills)
            built.registry.promote(version, base_fingerprint=lm.fingerprint)
            verdicts = tuple(
                SkillVerdict(skill.name, status, len(trained), len(held), 0.0, 1.0, 1.0)
                for skill in skills
            )
            why = "better on codes; worse on none"
            journal.log_consolidation(Consolidation(version, version, True, why, 1.0, 99, verdicts))
            certified_again(built, version)


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


def spawn(env: dict[str, str], *args: str | bytes, stdin: bytes | None = b"") -> Done:
    """The command line in a process of its own, as a user starts it; None closes its input."""
    closing = ["sh", "-c", 'exec "$0" "$@" <&-'] if stdin is None else []
    done = subprocess.run(
        [*closing, sys.executable, "-m", "agent.cli", *args],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **env, "NO_COLOR": "1"},
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
