"""What the report says of audits."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from agent.report.audits import skill_audits
from agent.report.bounds import skill_bounds
from agent.report.build import build
from agent.report.objects import as_object
from agent.report.text import render_text
from memory.audits import ALL_SKILLS
from memory.records import Decision, Route
from memory.store import Store
from router.settings import RouterSettings
from tests.agent.world import Done, World

SETTINGS = RouterSettings(max_error=0.1, delta=0.1)
GOLDEN = """\
Audits of System 1's answers:

skill  audits  wrong  undecided  share wrong      suspended
codes       4      1          1  0.3% to 94.9%    no
sums        9      9          0  59.5% to 100.0%  yes

sums: audits: 2 wrong of 2
"""


@pytest.fixture
def store(world: World) -> Iterator[Store]:
    """Thirteen audits of v1's answers, one that waits, and one of another adapter's."""
    outcomes = [("sums", False)] * 9 + [("codes", right) for right in (True, None, False, True)]
    with world.parts() as built:
        for skill, right in outcomes:
            built.store.audits.settle(queued(built.store, skill), right, None)
        queued(built.store, "codes")
        built.store.audits.settle(queued(built.store, "codes", "v2"), False, None)
        built.store.audits.suspend("v1", "sums", "audits: 2 wrong of 2")
        yield built.store


def queued(store: Store, skill: str, adapter: str = "v1") -> int:
    made = Decision("q?", Route.SYSTEM1, "1", 0.9, 0.8, "sure", skill=skill, adapter=adapter)
    store.audits.queue([store.journal.log_decision(made)])
    return store.audits.due(100)[-1].id


def test_each_skill_has_its_bounds_and_its_suspension(store: Store) -> None:
    codes, sums = skill_audits(store, "v1", SETTINGS)
    assert (codes.skill, codes.audits, codes.wrong, codes.undecided) == ("codes", 4, 1, 1)
    assert 0 < codes.low < 1 / 3 < codes.high < 1
    assert codes.suspended is None
    assert (sums.audits, sums.wrong, sums.high) == (9, 9, 1.0)
    assert sums.suspended == "audits: 2 wrong of 2"


def test_another_adapters_audits_are_its_own(store: Store) -> None:
    (codes,) = skill_audits(store, "v2", SETTINGS)
    assert (codes.audits, codes.suspended) == (1, None)
    assert skill_audits(store, "v3", SETTINGS) == ()


def test_all_skills_together_have_a_row_only_when_suspended_together(store: Store) -> None:
    store.audits.suspend("v1", ALL_SKILLS, "audits: 10 wrong of 13")
    together, *_ = skill_audits(store, "v1", SETTINGS)
    assert (together.skill, together.audits, together.wrong) == ("(all)", 13, 10)


def test_the_text_is_golden(store: Store) -> None:
    text = render_text(build(store), (), skill_audits(store, "v1", SETTINGS))
    assert text.endswith(GOLDEN)
    assert "Audits" not in render_text(build(store), (), skill_audits(store, "v3", SETTINGS))


@pytest.mark.parametrize("skill", ["codes", ALL_SKILLS])
def test_a_suspended_skill_is_served_by_no_bound(world: World, skill: str) -> None:
    world.learn(range(160), "codes")
    world.distil()
    with world.parts() as built:
        (before,) = skill_bounds(built)
        assert (before.suspended, before.threshold is None) == (False, False)
        built.store.audits.suspend("v1", skill, "audits: 2 wrong of 2")
        (after,) = skill_bounds(built)
        assert after == replace(before, suspended=True, threshold=None)
        line = render_text(build(built.store), (), (), (after,)).splitlines()[-1]
        assert line.split()[:2] == ["codes", "suspended"]


def test_decisions_are_shown_with_all_that_they_stand_on(store: Store) -> None:
    seen = {"top_similarity": 0.75}
    made = Decision("1 + 1?", Route.SYSTEM1, "2", 0.9, 0.8, "sure", features=seen, adapter="v1")
    newest = [store.journal.log_decision(made)]
    text = render_text(build(store), (), newest=newest)
    for words in ("1 + 1?", "system1: sure", "0.900, threshold 0.800", "top_similarity 0.75"):
        assert words in text.partition("Newest decisions:")[2]
    (found,) = as_object(build(store), (), newest=newest)["newest"]
    assert (found["features"], found["threshold"]) == (seen, 0.8)


def test_the_command_shows_the_newest_decisions(
    store: Store, world: World, run: Callable[..., Done]
) -> None:
    shown = json.loads(run(world.env, "report", "--decisions", "2", "--json").out)["newest"]
    assert [item["id"] for item in shown] == sorted((i["id"] for i in shown), reverse=True)
    assert len(shown) == 2
    assert json.loads(run(world.env, "report", "--json").out)["newest"] == []
    assert run(world.env, "report", "--decisions", "-1").code == 2


def test_the_object_holds_the_same(store: Store) -> None:
    found = as_object(build(store), (), skill_audits(store, "v1", SETTINGS))["audits"]
    assert list(found) == ["codes", "sums"]
    assert list(found["sums"]) == ["audits", "wrong", "undecided", "low", "high", "suspended"]
    assert found["codes"]["suspended"] is None
    assert as_object(build(store), ())["audits"] == {}
