"""What the desk leaves out: drafts that the certificate does not count."""

from itertools import count, islice

import pytest

from agent.catch_up import catch_up
from agent.review_desk import Desk
from memory.records import Record, Split, Status, split_of
from tests.agent.world import World, asked, question_of, teach, truth


def held(form: str) -> list[Record]:
    """Four records of the calibration half that System 1 contradicts."""
    questions = (form.format(n) for n in count(300))
    mine = (text for text in questions if split_of(text) is Split.CALIBRATION)
    return [Record(text, "1", Status.VERIFIED, "codes") for text in islice(mine, 4)]


@pytest.mark.parametrize(
    ("form", "counts"),
    [
        ("What is the secret code of box number 90{}?", True),
        ("Why do {} cats purr at dusk near rivers?", False),  # worded unlike what was learned
        ("¿{}?", False),  # near no verified question
    ],
)
def test_what_the_certificate_leaves_out_is_not_asked_about(
    world: World, form: str, counts: bool
) -> None:
    world.learn(range(160), "codes")
    world.distil()
    with world.parts() as built:
        before = len(built.router.load("v1").scored)
        built.student._adapted = lambda _: lambda _: "7"
        new = built.memory.remember(held(form))
        catch_up(built)
        assert len(built.router.load("v1").scored) == before + 4 * counts
        shown = {candidate.record.question for candidate in Desk(built).candidates()}
        assert {record.question in shown for record in new} == {counts}


@pytest.mark.parametrize("promising", [True, False])
def test_a_question_that_promises_no_right_draft_is_not_asked_about(
    world: World, promising: bool
) -> None:
    slip = next(q for n in count() if split_of(q := question_of(n)) is Split.CALIBRATION)
    world.script = lambda prompt: "Answer: 13" if asked(prompt) == slip else teach(prompt)
    router = world.settings.router.model_copy(update={"min_promise": 0.0 if promising else 0.999})
    world.settings = world.settings.model_copy(update={"router": router})
    world.learn(range(160), "codes")
    world.distil()
    with world.parts() as built:
        assert bool(built.router.load("v1").scored) is promising
        found = [c for c in Desk(built).candidates() if c.record.question == slip]
        assert [(c.record.answer, c.draft) for c in found] == [("13", truth(slip))] * promising
