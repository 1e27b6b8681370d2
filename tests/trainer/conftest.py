"""Records of a skill that a tiny model can learn, and a small run over them."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from memory.records import Record, Split, Status, split_of
from memory.store import Store
from models.scripted import HashEncoder, ScriptedLM
from tests.trainer.bench import Bench, MakeRecords, Remember
from trainer.dataset import Example
from trainer.distill import prepare
from trainer.job import Job, RunFolder
from trainer.settings import TrainerSettings

SETTINGS = TrainerSettings(
    r=8,
    lora_alpha=16,
    learning_rate=2e-2,
    num_train_epochs=2,
    min_steps=1,
    per_device_train_batch_size=4,
    save_steps=2,
    min_records=4,
)


@lru_cache(maxsize=16)
def questions(split: Split, n: int, word: str) -> tuple[str, ...]:
    """The first n questions of a split."""
    found: list[str] = []
    number = 0
    while len(found) < n:
        text = f"{word} {number}"
        number += 1
        if split_of(text) is split:
            found.append(text)
    return tuple(found)


def records(split: Split, n: int, word: str, answer: str) -> list[Record]:
    """Verified records whose answer is told by their first word."""
    return [Record(text, answer, Status.VERIFIED, skill=word) for text in questions(split, n, word)]


@pytest.fixture(scope="session")
def settings() -> TrainerSettings:
    return SETTINGS


@pytest.fixture
def make_run(tmp_path: Path, tiny_model: Path) -> Callable[..., RunFolder]:
    """Prepares training runs; the same settings give the same run."""

    def make(name: str = "run", n: int = 16, **changes: object) -> RunFolder:
        job = Job(str(tiny_model), "f", SETTINGS.model_copy(update=changes))
        texts = questions(Split.TRAIN, n, "heads")
        examples = [Example(i + 1, text, "yes" if i % 2 else "no") for i, text in enumerate(texts)]
        return prepare(tmp_path / name, job, examples)

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    encoder = HashEncoder(16)
    with Store(tmp_path / "memory.db", encoder.name, encoder.dimension) as opened:
        yield opened


@pytest.fixture
def remember(store: Store) -> Callable[[list[Record]], list[Record]]:
    """Stores records with their skills."""
    from memory.records import Skill

    def put(new: list[Record]) -> list[Record]:
        known = {skill.name for skill in store.journal.skills()}
        names = {record.skill for record in new if record.skill} - known
        store.journal.save_statuses([Skill(name, tagged=True) for name in sorted(names)])
        vectors = HashEncoder(16).encode([record.question for record in new])
        return store.remember_many(new, vectors)

    return put


@pytest.fixture
def bench(tmp_path: Path, store: Store, settings: TrainerSettings, tiny_model: Path) -> Bench:
    trainer = settings.model_copy(update={"num_train_epochs": 12})
    return Bench(tmp_path, store, ScriptedLM({}, otherwise="?"), tiny_model, trainer)


@pytest.fixture
def real(bench: Bench, tiny_model: Path) -> Bench:
    from models.transformers_lm import TransformersLM

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


@pytest.fixture(scope="session")
def make_records() -> Callable[[Split, int, str, str], list[Record]]:
    return records
