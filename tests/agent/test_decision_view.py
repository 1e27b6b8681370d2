"""`memory show`: a decision, and every decision on a record's question."""

import json
from collections.abc import Callable

import pytest

from agent.commands.ask import as_object
from agent.commands.output import json_text
from agent.decision_view import decision_object
from memory.records import Record, Status
from router.policy import Policy
from tests.agent.world import Done, World, code_of, question_of

Run = Callable[..., Done]

NEW = 1_001


@pytest.fixture
def served(world: World) -> World:
    """A question that System 1 answered, as decision 1."""
    world.learn(range(240))
    world.distil()
    with world.parts() as built:
        built.agent().ask(question_of(NEW), policy=Policy.AUTO)
    return world


def shown(run: Run, world: World, *args: str) -> str:
    done = run(world.env, "memory", "show", *args)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_a_fast_decision_can_be_looked_at(served: World, run: Run) -> None:
    lines = shown(run, served, "--decision", "1").splitlines()
    with served.parts() as built:
        decision = built.store.journal.decision(1)
    assert lines[0] == question_of(NEW)
    rows = dict(line.strip().split(maxsplit=1) for line in lines[1:])
    assert rows["answer"] == code_of(NEW)
    assert rows["route"] == f"system1: {decision.reason}"
    assert rows["confidence"] == f"{decision.confidence:.3f}, threshold {decision.threshold:.3f}"
    found = decision.certificate
    assert rows["certificate"].startswith(
        f"{found['n_errors']} wrong of {found['n_accepted']} accepted among {found['n_items']} "
        f"held-out drafts of v1, bound {found['bound']:.1%}"
    )
    assert "top_similarity 0." in rows["features"]
    assert rows["record"] == "(none)"


def test_programs_get_all_of_it(served: World, run: Run) -> None:
    found = json.loads(shown(run, served, "--decision", "1", "--json"))
    assert (found["id"], found["route"], found["record_id"]) == (1, "system1", None)
    assert found["certificate"]["adapter"] == found["adapter"] == "v1"
    assert found["features"]["complete"] == 1
    assert found["tokens"]["completion"] > 0


def test_ask_tells_a_decision_as_memory_shows_it(world: World) -> None:
    with world.parts() as built:
        answered = built.agent().ask(question_of(1), policy=Policy.AUTO)
    told, shown = as_object(answered), decision_object(answered.decision)
    assert list(told) == [
        *("answer", "route", "confidence", "threshold", "reason", "features", "certificate"),
        *("method", "agreement", "samples", "verified", "skill", "adapter", "decision_id"),
        *("record_id", "tokens", "latency_ms"),
    ]
    assert {name: value for name, value in shown.items() if name in told}.items() <= told.items()
    assert told["decision_id"] == shown["id"]
    assert (told["method"], told["samples"]) == (answered.record.method, 3)


UNLIKE = question_of(NEW + 1).replace("box", "old wooden box")


@pytest.mark.parametrize(
    ("question", "draft", "route", "said"),
    [
        (question_of(NEW + 1), code_of(NEW + 1), "system1", "confidence 0."),
        (UNLIKE, "7", "system2", "it is worded unlike the questions that System 1 has learned"),
        (question_of(NEW + 1), "", "system2", "System 1's draft holds no answer"),
    ],
    ids=["fast", "deferred", "deferred after a draft"],
)
def test_ask_shows_what_a_fast_and_a_deferred_answer_stood_on(
    served: World, question: str, draft: str, route: str, said: str
) -> None:
    with served.parts() as built:
        built.student._adapted = lambda _: lambda _: draft
        overall = built.router.load("v1").bounds.overall
        answered = built.agent().ask(question, policy=Policy.AUTO)
    told = json.loads(json_text(as_object(answered)))
    assert told["route"] == route
    assert told["reason"].startswith(said)
    found = told["certificate"]
    assert (found["n_items"], found["n_errors"]) == (overall.n_items, 0)
    assert found["n_items"] > 20
    assert found["bound"] == pytest.approx(1 - 0.2 ** (1 / overall.n_accepted))
    assert found["adapter"] == told["adapter"] == "v1"


def test_a_record_has_the_fast_decisions_on_its_question(served: World, run: Run) -> None:
    with served.parts() as built:
        (record,) = built.memory.remember([Record(question_of(NEW), "1", Status.GOLD)])
        slow = built.agent().ask(question_of(NEW), policy=Policy.SYSTEM2).decision
    lines = shown(run, served, str(record.id)).splitlines()
    at = next(at for at, line in enumerate(lines) if " decision 1, system1: " in line)
    assert "confidence 0." in lines[at + 1]
    assert "certificate: " in lines[at + 1]
    assert "held-out drafts of v1, bound " in lines[at + 1]
    assert f" decision {slow.id}, system2: System 2 was asked for" in lines[at + 2]
    assert len(lines) == at + 3
    found = json.loads(shown(run, served, str(record.id), "--json"))
    assert [each["id"] for each in found["decisions"]] == [1, slow.id]


def test_a_decision_without_a_certificate_says_so(world: World, run: Run) -> None:
    with world.parts() as built:
        built.agent().ask(question_of(1), policy=Policy.AUTO)
        built.memory.forget([1])
    out = shown(run, world, "--decision", "1")
    assert out.startswith("(forgotten)\n  answer       (none)\n")
    assert "  confidence   (none), threshold (none)\n  certificate  (none)\n" in out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((), 2, "give a record's ID, or --decision ID"),
        (("1", "--decision", "1"), 2, "give a record's ID, or --decision ID"),
        (("--decision", "0"), 2, "is not in the range"),
        (("--decision", "99"), 1, "no decision has id 99"),
    ],
)
def test_show_refuses(world: World, run: Run, args: tuple[str, ...], code: int, said: str) -> None:
    done = run(world.env, "memory", "show", *args)
    assert done.code == code
    assert said in done.err
