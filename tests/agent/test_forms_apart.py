"""From answers that are contradicted to a form that System 1 is not asked."""

from dataclasses import replace
from itertools import islice

import pytest

from agent.certify import Certifier
from agent.learn import Learner
from agent.review_desk import Desk, Said
from agent.system2.settings import VerifySettings
from memory.questions import Question
from memory.records import Route, Status, Vote
from router.policy import Policy
from tests.agent.world import World, question_of


def boxes(n: int) -> str:
    """Every fourth question is of a form on which System 2 slips, and taught System 1 to."""
    return question_of(n).replace("box", "old box") if n % 4 == 0 else question_of(n)


@pytest.fixture
def taught(world: World) -> World:
    with world.parts() as built:
        asked = [Question(n + 1, boxes(n), skill="codes") for n in range(320)]
        Learner(built.memory, built.system2()).learn(asked)
    world.distil()
    return world


def test_review_finds_a_slip_and_the_router_leaves_its_questions_alone(taught: World) -> None:
    with taught.parts() as built:
        fast = built.agent().ask(boxes(1_000), policy=Policy.AUTO).decision
        assert fast.route is Route.SYSTEM1
        desk = Desk(built)
        for candidate in islice(desk.in_turn(desk.candidates()), 12):
            slip = " old " in candidate.record.question
            desk.answer(candidate, Said.CORRECTED if slip else Said.RIGHT, "0" if slip else None)
        desk.settle()
        trusted = [r for r in built.store.records() if r.status is Status.VERIFIED]
        assert len(trusted) > 200
        assert not any(" old " in record.question for record in trusted)
        again = built.agent().ask(boxes(1_004), policy=Policy.AUTO).decision
        assert again.route is Route.SYSTEM2
        why = "people found answers wrong on questions of skill 'codes' with 'old'; "
        assert again.reason.startswith(why)
        assert built.agent().ask(boxes(1_001), policy=Policy.AUTO).decision.route is Route.SYSTEM1


def test_the_router_leaves_a_form_alone_on_which_unlike_methods_part(taught: World) -> None:
    with taught.parts(verify=VerifySettings()) as built:
        checked = []
        for record in built.store.records():
            said = "0" if " old " in record.question else record.answer
            votes = (Vote("program_of_thought", said, "", 1),) * 2
            checked.append(replace(record, id=0, votes=votes))
        built.memory.remember(checked)
        certifier = Certifier(built.memory, built.router, built.trust)
        certifier.certify(built.system1.subject(built.registry.active()))
        decision = built.agent().ask(boxes(1_004), policy=Policy.AUTO).decision
        assert decision.route is Route.SYSTEM2
        why = "unlike methods part on questions of skill 'codes' with 'old'; "
        assert decision.reason.startswith(why)
        assert built.agent().ask(boxes(1_001), policy=Policy.AUTO).decision.route is Route.SYSTEM1
