"""What is known of a held-out draft, by its record."""

from typing import TYPE_CHECKING

import pytest

from memory.records import JudgedDraft, SkillStatus, Split, Status
from router.case import Case
from router.certification import certification
from router.settings import RouterSettings
from tests.router.conftest import questions

if TYPE_CHECKING:
    from tests.router.conftest import World

V, U, R, G = Status.VERIFIED, Status.UNVERIFIED, Status.REFUTED, Status.GOLD


@pytest.mark.parametrize(
    ("status", "answer", "right", "borne_out"),
    [
        (V, "12", True, True),
        (G, "13", False, False),
        (U, "12", None, True),
        (U, "13", None, False),
        (U, None, None, False),
        (R, "12", False, False),
        (R, "13", None, False),
    ],
)
def test_who_knows_whether_a_draft_is_right(
    world: "World", status: Status, answer: str | None, right: bool | None, borne_out: bool
) -> None:
    record = world.record("A question?", 7, status=status, answer=answer)
    agrees = status.trusted and answer == "12"
    case = Case(record, JudgedDraft(7, world.draft("A question?"), agrees), ())
    assert (case.right, case.borne_out) == (right, borne_out)


@pytest.mark.parametrize("status", [U, R])
@pytest.mark.parametrize("required", [False, True])
def test_a_certificate_needs_more_than_what_could_be_verified(
    world: "World", status: Status, required: bool
) -> None:
    """A third of the questions has another answer stored, which nobody knows to be right."""
    cases = [
        Case(world.record(c.record.question, c.record.id, status=G), c.judged, c.neighbors)
        for c in world.cases(60, error=0.0)
    ]
    texts = questions(Split.CALIBRATION, 90)[60:]
    near = cases[0].neighbors
    open_ = [
        Case(
            world.record(text, 9000 + at, status=status, answer="13"),
            JudgedDraft(9000 + at, world.draft(text), right=False),
            near,
        )
        for at, text in enumerate(texts)
    ]
    settings = RouterSettings(require_gold=required)
    found = certification(
        world.subject, [*cases, *open_], {"sums": SkillStatus.DISTILLED}, settings
    )
    assert len(found.unverified) == 30
    assert not any(item.right for item in found.unverified)
    counts = status is R or not required
    assert (found.bounds.overall is None) is counts
    assert ("nobody knows the answer" in found.shortfall(settings)) is counts
    assert len(found.scored) == 60
