import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from memory.index import VectorIndex
from memory.recall import Memory
from memory.records import Record, Status
from memory.store import Store
from models.scripted import HashEncoder
from models.types import FloatArray


class CountingEncoder:
    """Counts what it embeds."""

    def __init__(self, dimension: int = 256) -> None:
        self._encoder = HashEncoder(dimension)
        self.seen: list[str] = []

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.seen += texts
        return self._encoder.encode(texts)


def open_memory(folder: Path, encoder: CountingEncoder) -> Memory:
    store = Store(folder / "memory.db", encoder.name, encoder.dimension)
    return Memory(store, VectorIndex(encoder.name, encoder.dimension, folder), encoder)


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def memory(tmp_path: Path, encoder: CountingEncoder) -> Iterator[Memory]:
    opened = open_memory(tmp_path, encoder)
    yield opened
    opened.close()


def sums(count: int, skill: str | None = None) -> list[Record]:
    return [
        Record(f"Multiply the numbers {n} and {n + 3}", "4", Status.VERIFIED, skill)
        for n in range(100, 100 + count)
    ]


def test_what_is_remembered_is_near(memory: Memory) -> None:
    stored = memory.remember([*sums(5), Record("Who wrote Emma?", "Austen", Status.GOLD)])
    first, second = memory.neighbors("Multiply the numbers 102 and 105", 2)
    assert first.record.question == stored[2].question
    assert first.similarity == pytest.approx(1.0, abs=1e-5)
    assert second.similarity < first.similarity
    (other,) = memory.neighbors("Multiply the numbers 102 and 105", 1, exclude_same=True)
    assert other.record == second.record
    assert memory.neighbors_many([], 3) == []


def test_forgotten_records_are_gone_at_once(memory: Memory, tmp_path: Path) -> None:
    stored = memory.remember(sums(3, "sums"))
    assert memory.forget([stored[0].id, 99]) == 1
    assert {near.record.id for near in memory.neighbors("Multiply", 9)} == {2, 3}
    assert len(VectorIndex("hash-256", 256, tmp_path)) == 2
    assert memory.store.journal.skill("sums").size == 2


def test_stored_questions_are_not_embedded_again(memory: Memory, encoder: CountingEncoder) -> None:
    memory.remember(sums(2))
    assert len(encoder.seen) == 2
    again = memory.encode([*(record.question for record in sums(3)), sums(3)[2].question])
    assert encoder.seen[2:] == [sums(3)[2].question]
    assert again.shape == (4, 256)
    assert memory.encode([]).shape == (0, 256)


def test_a_question_is_embedded_once_on_its_way(memory: Memory, encoder: CountingEncoder) -> None:
    asked = [record.question for record in sums(4)]
    memory.neighbors_many(asked, 3)
    memory.skills_of(asked)
    memory.sort_into_skills(asked)
    memory.remember(sums(4))
    memory.neighbors(asked[2], 1)
    assert encoder.seen == asked
    memory.encode(["Who wrote Emma?"])
    np.testing.assert_allclose(memory.encode(asked), encoder.encode(asked), atol=1e-6)


def test_a_change_of_encoder_embeds_everything_anew(memory: Memory, tmp_path: Path) -> None:
    memory.remember(sums(4, "sums"))
    other = CountingEncoder(128)
    opened = open_memory(tmp_path, other)
    assert len(other.seen) == 4
    assert len(opened.neighbors(sums(1)[0].question, 9)) == 4
    centroid = opened.store.journal.skill("sums").centroid_D
    assert centroid is not None
    assert centroid.shape == (128,)
    opened.close()
    assert len(memory.neighbors(sums(1)[0].question, 9)) == 4


def test_tags_are_kept_and_the_rest_grouped(memory: Memory) -> None:
    questions = [record.question for record in sums(6)]
    names = memory.sort_into_skills([*questions, "Who wrote Emma?"], ["mine", *[None] * 6])
    assert names == ["mine", *["multiply-numbers"] * 5, None]
    assert memory.store.journal.skill("mine").tagged
    assert not memory.store.journal.skill("multiply-numbers").tagged
    memory.remember(
        [
            Record(q, "4", Status.VERIFIED, name)
            for q, name in zip(questions, names[:6], strict=True)
        ]
    )
    assert memory.store.journal.skill("multiply-numbers").size == 5
    assert memory.sort_into_skills(questions) == names[:6]
    assert memory.skills_of([questions[0], "Multiply the numbers 7 and 9", "Emma?"]) == [
        "mine",
        "multiply-numbers",
        None,
    ]


def test_remembering_twice_moves_no_centroid(memory: Memory) -> None:
    memory.remember(sums(5, "sums"))
    before = memory.store.journal.skill("sums")
    memory.remember(sums(5, "sums"))
    after = memory.store.journal.skill("sums")
    assert before.centroid_D is not None
    assert after.centroid_D is not None
    np.testing.assert_array_equal(before.centroid_D, after.centroid_D)
    assert (before.size, before.cohesion) == (after.size, after.cohesion)


def test_records_without_a_skill_get_one_when_enough_are_alike(memory: Memory) -> None:
    memory.remember(sums(2))
    assert memory.sort_leftovers() == 0
    memory.remember(sums(5))
    assert memory.sort_leftovers() == 5
    assert memory.store.journal.skill("multiply-numbers").size == 5
    assert memory.sort_leftovers() == 0


def test_threads_share_one_memory(memory: Memory) -> None:
    failures: list[BaseException] = []

    def work(start: int) -> None:
        try:
            for n in range(start, start + 20):
                memory.remember([Record(f"what is {n}?", "1", Status.VERIFIED, "s")])
                assert memory.neighbors(f"what is {n}?", 1)[0].record.question == f"what is {n}?"
        except BaseException as failure:  # noqa: BLE001 - reported by the test
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(memory.store.records()) == 60
