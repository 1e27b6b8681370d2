"""What the routing benchmark remembers and asks; nothing is timed here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.routing_time import SKILLS, certified, fill, questions, route
from memory.index import VectorIndex
from memory.recall import Memory
from memory.records import SkillStatus
from memory.store import Store
from models.scripted import HashEncoder

ENCODER = HashEncoder(384)
COUNT = 1_500


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    path = tmp_path_factory.mktemp("routing") / "memory.db"
    with Store(path, ENCODER.name, ENCODER.dimension) as store:
        fill(store, ENCODER, COUNT)
        yield Memory(store, VectorIndex(ENCODER.name, ENCODER.dimension), ENCODER)


def test_every_skill_is_learned_and_has_its_share(memory: Memory) -> None:
    skills = memory.store.journal.skills()
    assert {skill.name for skill in skills} == set(SKILLS)
    assert {skill.status for skill in skills} == {SkillStatus.DISTILLED}
    assert sum(skill.size for skill in skills) == COUNT
    assert all(skill.centroid_D is not None for skill in skills)


def test_questions_differ_and_are_not_in_memory(memory: Memory) -> None:
    asked = questions(700, first=0)
    assert len(set(asked)) == 700
    assert asked[600:] == questions(100, first=600)
    assert memory.store.find_many(asked) == [None] * 700


def test_questions_go_all_the_way_to_a_draft(memory: Memory, tmp_path: Path) -> None:
    router, cases = certified(tmp_path, memory)
    assert {case.record.split.holdout for case in cases} == {True}
    verdicts = [route(memory, router, question) for question in questions(80, first=100)]
    tried = [verdict for verdict in verdicts if verdict.accept]
    assert len(tried) >= 60, {verdict.reason for verdict in verdicts}
