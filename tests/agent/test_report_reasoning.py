"""What the report says of System 2: how far each skill is verified and why, what methods gave."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from agent.report.build import build
from agent.report.objects import as_object
from agent.report.reasoning import skill_reasoning
from agent.report.text import reasoning_text, render_text
from agent.system2.families import FAMILIES
from agent.system2.method import Steps
from agent.system2.plan import Evidence, Planner
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.think import yields_of
from agent.trust import Trust
from agent.verify import AgreementVerifier
from memory.records import Record, Status, Vote
from memory.store import Store
from models.types import Prompt
from tests.agent.world import Done, World, asked, is_student, question_of, teach, truth

COT, POT, DIRECT = "chain_of_thought", "program_of_thought", "self_consistency"
METHODS = (POT, COT, DIRECT)
GOLDEN = """\
skill  trusted  kappa  checked  gold  auto leans to
codes  yes       1.00       12     0  program_of_thought
coins  no        0.00       24     0  chain_of_thought

codes: trusted; unlike methods agree in this skill (kappa 1.00 on 12 questions)
coins: not trusted; unlike methods agree no better than chance in this skill \
(kappa 0.00 on 24 questions)

skill  method              samples   right  tokens/sample  right/1,000 tokens
codes  chain_of_thought         36  100.0%           80.0               12.50
codes  program_of_thought       24  100.0%           20.0               50.00
coins  chain_of_thought         72  100.0%           80.0               12.50
coins  program_of_thought       24   50.0%          120.0                4.17

Right: gave what is trusted, or a clear vote; auto leans to what is right most a token."""


def votes(method: str, answer: str, n: int, tokens: int, variant: str = "") -> tuple[Vote, ...]:
    return (Vote(method, answer, answer, tokens, variant=variant),) * n


def record(
    skill: str | None, n: int, answer: str, status: Status, *cast: tuple[Vote, ...]
) -> Record:
    every = tuple(vote for some in cast for vote in some)
    method = every[0].method if every else None
    return Record(f"question {n} of {skill}?", answer, status, skill, method, 1.0, every)


@pytest.fixture
def store(world: World) -> Iterator[Store]:
    """Codes, on which unlike methods agree; coins, on which they do not; and what has no votes."""
    kept = [
        record(
            "codes",
            n,
            str(100 + n),
            Status.VERIFIED,
            votes(COT, str(100 + n), 3, 80),
            votes(POT, str(100 + n), 2, 20),
            votes(COT, str(100 + n), 2, 999, "names replaced"),
        )
        for n in range(12)
    ]
    for n in range(24):
        said, checked = ("yes", "no")[n % 2], ("yes", "no")[n // 2 % 2]
        cast = votes(COT, said, 3, 80), votes(POT, checked, 1, 120)
        kept.append(record("coins", n, said, Status.UNVERIFIED, *cast))
    kept.append(record("facts", 0, "Oslo", Status.GOLD))
    kept.append(record(None, 0, "7", Status.UNVERIFIED, votes(COT, "7", 3, 80)))
    with world.parts() as built:
        built.store.remember_many(kept, np.eye(len(kept), 64, dtype=np.float32))
        yield built.store


@pytest.fixture
def trust() -> Trust:
    verify = VerifySettings()
    return Trust(verify, AgreementVerifier(verify, System2Settings()), FAMILIES)


def test_the_text_is_golden(store: Store, trust: Trust) -> None:
    reasoning = skill_reasoning(store, trust, METHODS)
    assert reasoning_text(reasoning) == GOLDEN
    assert render_text(build(store), reasoning).endswith(f"System 2 by skill:\n\n{GOLDEN}\n")


def test_skills_without_votes_and_questions_without_a_skill_are_left_out(
    store: Store, trust: Trust
) -> None:
    assert [each.skill for each in skill_reasoning(store, trust, METHODS)] == ["codes", "coins"]


def test_the_object_holds_the_same_and_the_estimates(store: Store, trust: Trust) -> None:
    found = as_object(build(store), skill_reasoning(store, trust, METHODS))["skills"]
    codes, coins = found["codes"]["reasoning"], found["coins"]["reasoning"]
    assert found["facts"]["reasoning"] is None
    assert (codes["trusted"], coins["trusted"]) == (True, False)
    assert (codes["checked"], codes["gold"], codes["leaning"]) == (12, 0, POT)
    assert codes["methods"][POT] == {
        "samples": 24,
        "right": 1.0,
        "tokens": 20.0,
        "right_per_token": 0.05,
    }
    assert coins["kappa"] == pytest.approx(0)
    assert "no better than chance" in coins["reason"]
    assert coins["methods"][COT]["right"] == 1.0
    assert set(codes["accuracy"]) == {COT, f"{POT} (check)"}


@dataclass(frozen=True)
class Named:
    """A method of which only the name matters."""

    name: str

    @property
    def family(self) -> str:
        return FAMILIES[self.name]

    def fits(self, question: str) -> bool:
        return bool(question)

    def sample(self, question: str) -> Steps:
        raise NotImplementedError(question)


@pytest.mark.parametrize(
    ("cot", "pot", "computed", "leaning"),
    [
        # right and wrong samples on trusted records, tokens each
        ((90, 10, 100), (80, 20, 40), True, POT),
        ((90, 10, 100), (80, 20, 40), False, POT),
        ((90, 10, 100), (20, 80, 40), True, COT),
        ((95, 5, 50), (95, 5, 500), True, COT),
        ((1, 0, 80), (1, 0, 80), True, POT),
        ((1, 0, 80), (1, 0, 80), False, COT),
        ((8, 0, 20), (0, 8, 20), True, COT),
    ],
)
def test_it_leans_where_the_planner_mostly_goes(
    world: World,
    trust: Trust,
    cot: tuple[int, int, int],
    pot: tuple[int, int, int],
    computed: bool,
    leaning: str,
) -> None:
    cast = [
        some
        for name, (right, wrong, tokens) in ((COT, cot), (POT, pot))
        for some in (votes(name, "1", right, tokens), votes(name, "2", wrong, tokens))
    ]
    asked_for = "How many are 2 and 3?" if computed else "Who wrote Hamlet?"
    kept = record("codes", 1, "1", Status.VERIFIED, *cast, votes(DIRECT, "1", 9, 1))
    kept = replace(kept, question=asked_for)
    with world.parts() as built:
        built.store.remember_many([kept], np.eye(1, 64, dtype=np.float32))
        (codes,) = skill_reasoning(built.store, trust, METHODS)
    planner = Planner([Named(name) for name in METHODS], None, VerifySettings(), seed=0)
    known = Evidence(codes.trust, yields_of([kept], [True]))
    tasks = planner.plan([asked_for] * 400, [known] * 400)
    ((first, _),) = Counter(task.methods[0].name for task in tasks).most_common(1)
    assert codes.leaning == first == leaning


def test_answers_given_at_once_are_nothing_to_lean_to(world: World, trust: Trust) -> None:
    with world.parts() as built:
        kept = record("codes", 1, "1", Status.UNVERIFIED, votes(DIRECT, "1", 3, 0))
        built.store.remember_many([kept], np.eye(1, 64, dtype=np.float32))
        (codes,) = skill_reasoning(built.store, trust, METHODS)
    assert codes.leaning is None
    assert math.isnan(codes.methods[0].right_per_token)
    assert not codes.trust.trusted


# The commands, over what was learned


def knows(prompt: Prompt) -> str:
    """A teacher that is right at once, too."""
    return truth(asked(prompt)) if is_student(prompt) else teach(prompt)


def learned(world: World) -> dict[str, str]:
    """Twelve codes, each thought about and answered at once; the environment to look at them."""
    from agent.learn import Learner
    from memory.questions import Question

    verify = VerifySettings()
    system2 = System2Settings(methods=(COT, DIRECT), seed=0)
    questions = [Question(n, question_of(n), skill="codes") for n in range(1, 13)]
    with world.parts(verify=verify, system2=system2) as built:
        Learner(built.memory, built.system2()).learn(questions)
    return world.env | {"SECONDNATURE_VERIFY__UNLIKE_METHODS": "true"}


def test_a_skill_that_unlike_methods_do_not_bear_out_is_said_plainly(
    world: World, run: Callable[..., Done]
) -> None:
    env = learned(world)
    plain = "codes: not trusted; unlike methods agree no better than chance in this skill"
    for args in (("report",), ("skills", "list"), ("skills", "show", "codes")):
        assert f"\n{plain} (kappa 0.00 on 12 questions)\n" in run(env, *args).out
    shown = json.loads(run(env, "skills", "show", "codes", "--json").out)
    assert shown["reasoning"]["trusted"] is False
    assert shown["verified"] == 0
    assert shown["reasoning"]["methods"][COT]["right"] == 1.0


def test_a_skill_that_they_bear_out_is_trusted(world: World, run: Callable[..., Done]) -> None:
    world.script = knows
    env = learned(world)
    plain = "\ncodes: trusted; unlike methods agree in this skill (kappa 1.00 on 12 questions)\n"
    for args in (("report",), ("skills", "list"), ("skills", "show", "codes")):
        assert plain in run(env, *args).out
    (listed,) = json.loads(run(env, "skills", "list", "--json").out)["skills"]
    assert listed["reasoning"]["methods"][COT]["right"] == 1
    assert listed["reasoning"]["leaning"] == COT
    found = json.loads(run(env, "report", "--json").out)["skills"]["codes"]["reasoning"]
    assert found == listed["reasoning"]
