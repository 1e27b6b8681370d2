"""Skills' rows follow their records, whatever another process writes meanwhile."""

from collections.abc import Iterator
from pathlib import Path

from memory.centroids import refresh_skills
from memory.records import Skill, SkillStatus
from memory.store import Store
from models.scripted import HashEncoder
from tests.memory.outcomes import outcome, remember

ENCODER = HashEncoder(16)


def test_a_skill_gets_its_row_and_its_centroid(store: Store) -> None:
    remember(store, [outcome("a?")])
    refresh_skills(store, ["sums", "found"], untagged={"found"})
    found, sums = store.journal.skills()
    assert (found.name, found.tagged, found.centroid_D) == ("found", False, None)
    assert (sums.name, sums.tagged, sums.size) == ("sums", True, 1)
    assert sums.centroid_D is not None


def test_a_status_set_while_a_centroid_is_taken_stays(store: Store, database: Path) -> None:
    remember(store, [outcome("a?")])
    refresh_skills(store, ["sums"])
    remember(store, [outcome("b?")])
    with Store(database, ENCODER.name, 16) as other:
        before = store.journal.skill("sums")

        def names() -> Iterator[str]:  # read once the skills are: a consolidation ends just then
            other.journal.save_statuses([Skill("sums", SkillStatus.DISTILLED)])
            yield "sums"

        refresh_skills(store, names())
        after = other.journal.skill("sums")
    assert before.status is SkillStatus.NEW
    assert after.status is SkillStatus.DISTILLED
    assert after.tagged
    assert after.cohesion != before.cohesion
