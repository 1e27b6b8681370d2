"""Reports: a golden text over known decisions and records, and the same as JSON."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from agent.report.build import Cost, build
from agent.report.objects import as_object
from agent.report.since import parse_since
from agent.report.text import render_text
from memory.records import Decision, Record, Route, Skill, SkillStatus, Status, Vote
from memory.store import Store
from tests.agent.world import Done, World

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
GOLDEN = """\
All decisions: 7

route    answers  share  tokens  seconds
memory         1  14.3%       0      0.0
system1        4  57.1%      20      2.0
system2        2  28.6%      90     12.0

Deferred to System 2: 28.6%
Spent: 110 tokens, 14.0 s
Saved: 140 tokens, 14.0 s
Saved is an estimate: each answer of System 1 or memory at System 2's mean cost for its
skill (over all skills where it has none), less what it cost.

skill     status     records  verified  gold  unverified  refuted  yield  agreement  \
answers  deferred  tokens saved
coins     distilled        4         2     1           1        0  66.7%      83.3%  \
      4     25.0%            85
products  resistant        1         0     0           0        1   0.0%      50.0%  \
      1    100.0%             0
(none)    -                0         0     0           0        0      -          -  \
      2      0.0%            55

Reasoning behind these records: 140 tokens, 14.0 s
"""


def record(n: int, skill: str, status: Status, tokens: int, agreement: float = 0.0) -> Record:
    votes = (Vote("m", "yes", "yes", tokens - 10), Vote("m", "no", "no", 10)) if tokens else ()
    return Record(
        f"question {n} of {skill}?",
        "yes",
        status,
        skill,
        "m" if tokens else None,
        agreement,
        votes,
        tokens / 10,
    )


def decision(n: int, route: Route, skill: str | None, tokens: int, seconds: float) -> Decision:
    return Decision(
        f"asked {n}",
        route,
        "yes",
        None,
        None,
        "because",
        skill=skill,
        tokens=tokens,
        seconds=seconds,
        created_at=START + timedelta(hours=n),
    )


@pytest.fixture
def store(world: World) -> Iterator[Store]:
    """Seven decisions, five records; closed by its parts."""
    with world.parts() as built:
        built.store.journal.save_statuses(
            [Skill("coins", SkillStatus.DISTILLED), Skill("products", SkillStatus.RESISTANT)]
        )
        kept = [
            record(1, "coins", Status.VERIFIED, 30, 1.0),
            record(2, "coins", Status.VERIFIED, 30, 1.0),
            record(3, "coins", Status.UNVERIFIED, 30, 0.5),
            record(4, "coins", Status.GOLD, 0),
            record(5, "products", Status.REFUTED, 50, 0.5),
        ]
        built.store.remember_many(kept, np.eye(5, 64, dtype=np.float32))
        log = built.store.journal.log_decision
        for made in (
            decision(0, Route.SYSTEM2, "coins", 40, 5.0),
            decision(1, Route.SYSTEM1, "coins", 5, 0.5),
            decision(2, Route.MEMORY, "coins", 0, 0.0),
            decision(3, Route.SYSTEM1, "coins", 0, 0.0),
            decision(4, Route.SYSTEM2, "products", 50, 7.0),
            decision(5, Route.SYSTEM1, None, 5, 1.0),
            decision(6, Route.SYSTEM1, None, 10, 0.5),
        ):
            log(made)
        yield built.store


def test_the_text_is_golden(store: Store) -> None:
    assert render_text(build(store), ()) == GOLDEN


def test_saved_is_the_skills_mean_system2_cost_less_what_was_spent(store: Store) -> None:
    report = build(store)
    coins, products, none = report.skills
    # 90 tokens and 9 s over 3 reasoned questions of coins; 140 and 14 over 4 of all skills.
    assert coins.saved == Cost(3 * 30 - 5, 3 * 3 - 0.5)
    assert none.saved == Cost(2 * 35 - 15, 2 * 3.5 - 1.5)
    assert products.saved == Cost(0, 0)
    assert report.saved == Cost(85 + 55, 8.5 + 5.5)


def test_since_leaves_out_earlier_decisions_but_no_record(store: Store) -> None:
    report = build(store, START + timedelta(hours=4))
    assert report.decisions == 3
    assert report.deferral_rate == pytest.approx(1 / 3)
    assert next(s for s in report.skills if s.skill == "coins").records == 4
    assert render_text(report, ()).startswith("Decisions since 2025-03-01 16:00 UTC: 3\n")


def test_the_object_holds_the_same_numbers(store: Store) -> None:
    report = build(store)
    found = as_object(report, ())
    assert found["decisions"] == 7
    assert found["routes"]["system1"]["tokens"] == {"prompt": 0, "completion": 20}
    assert found["skills"]["coins"]["verified"] == 2
    assert found["skills"]["coins"]["gold"] == 1
    assert found["skills"]["(none)"]["status"] is None
    assert found["skills"]["coins"]["reasoning"] is None
    assert list(found) == [
        "since",
        "decisions",
        "deferral_rate",
        "routes",
        "spent",
        "saved",
        "reasoned",
        "skills",
        "audits",
        "newest",
    ]


def test_where_nothing_was_ever_reasoned_about_nothing_is_saved(world: World) -> None:
    with world.parts() as built:
        built.store.journal.log_decision(decision(1, Route.SYSTEM1, None, 5, 0.5))
        assert build(built.store).saved == Cost(0, 0)


def test_an_empty_home_has_a_report(world: World, run: Callable[..., Done]) -> None:
    done = run(world.env, "report")
    assert done.code == 0
    assert done.out == "All decisions: 0\n\nMemory holds no record yet.\n"
    found = json.loads(run(world.env, "report", "--format", "json").out)
    assert found["deferral_rate"] is None
    assert not world.home.root.exists()


def test_the_command_writes_a_file_whole(
    world: World, store: Store, run: Callable[..., Done]
) -> None:
    path = world.root / "report.json"
    done = run(world.env, "report", "--json", "--output", str(path), "--since", "2025-03-01")
    assert (done.code, done.out) == (0, "")
    assert json.loads(path.read_text())["decisions"] == 7
    assert [p.name for p in path.parent.glob(".report*")] == []


@pytest.mark.parametrize("where", ["missing/report.txt", "."])
def test_a_place_that_cannot_be_written_is_one_line(
    world: World, run: Callable[..., Done], where: str
) -> None:
    done = run(world.env, "report", "--output", str(world.root / where))
    assert done.code == 1
    assert re.fullmatch(r"Error: cannot write .*\n", done.err)


def test_a_bad_time_is_wrong_usage(world: World, run: Callable[..., Done]) -> None:
    done = run(world.env, "report", "--since", "yesterday")
    assert done.code == 2
    assert "'yesterday' is no time" in done.err
    assert "7d" in done.err


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30m", START - timedelta(minutes=30)),
        ("24h", START - timedelta(hours=24)),
        ("7d", START - timedelta(days=7)),
        (" 2w ", START - timedelta(weeks=2)),
        ("2025-02-01T08:00+00:00", datetime(2025, 2, 1, 8, tzinfo=UTC)),
        ("2025-02-01", datetime(2025, 2, 1).astimezone()),
    ],
)
def test_times_and_ages(text: str, moment: datetime) -> None:
    assert parse_since(text, START) == moment


@pytest.mark.parametrize("text", ["", "7", "7y", "-7d", "999999w", "2025-13-01", "²d"])
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; give a date"):
        parse_since(text, START)


def test_a_forgotten_skill_leaves_its_decisions(store: Store) -> None:
    store.forget(range(1, 5))
    coins = next(s for s in build(store).skills if s.skill == "coins")
    assert (coins.records, coins.decisions) == (0, 4)
    assert replace(coins, skill="x").skill == "x"
