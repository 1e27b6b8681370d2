import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from memory.audits import ALL_SKILLS
from memory.records import (
    Draft,
    JudgedDraft,
    Record,
    SkillStatus,
    SkillVerdict,
    Status,
    Vote,
)
from trainer.gate import (
    Comparison,
    compare,
    judge,
    sign_test,
    skill_status,
    still_counts,
    teacher_share,
    verdict_of,
)
from trainer.settings import GateSettings

GATE = GateSettings()
NEW, LEARNING = SkillStatus.NEW, SkillStatus.LEARNING
DISTILLED, RESISTANT = SkillStatus.DISTILLED, SkillStatus.RESISTANT


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_is_the_binomial_tail(wins: int, losses: int) -> None:
    expected = binom.sf(wins - 1, wins + losses, 0.5) if wins + losses else 1.0
    assert sign_test(wins, losses) == pytest.approx(expected, abs=1e-12)


def skill(gained: int, lost: int, name: str = "sums", n: int = 40) -> Comparison:
    before = 20
    return Comparison(name, n, before, before + gained - lost, gained, lost, None)


@pytest.mark.parametrize(
    ("comparisons", "promote", "reason"),
    [
        ([], False, "better on no skill"),
        ([skill(0, 0)], False, "better on no skill"),
        ([skill(4, 0)], False, "better on no skill"),  # p = 1/16
        ([skill(5, 0)], True, "better on sums; worse on none"),  # p = 1/32
        ([skill(5, 1)], False, "better on no skill"),  # noise
        ([skill(0, 5)], False, "worse on sums"),
        ([skill(0, 4), skill(9, 0, "coins")], True, "better on coins"),
        ([skill(0, 5), skill(9, 0, "coins")], False, "worse on sums beyond noise"),
    ],
)
def test_better_somewhere_and_worse_nowhere(
    comparisons: list[Comparison], promote: bool, reason: str
) -> None:
    verdict = judge(comparisons, GATE)
    assert verdict.promote is promote
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("comparisons", "promote", "reason"),
    [
        ([], False, "better on no skill"),  # nothing was compared
        ([skill(0, 0)], True, "unlearns 2 records that people refuted or had forgotten; worse on"),
        ([skill(4, 0)], True, "unlearns 2 records"),
        ([skill(0, 4)], True, "unlearns 2 records"),  # p = 1/16
        ([skill(0, 5)], False, "worse on sums"),
        ([skill(5, 0)], True, "better on sums; worse on none"),
    ],
)
def test_one_that_is_worse_nowhere_may_unlearn(
    comparisons: list[Comparison], promote: bool, reason: str
) -> None:
    verdict = judge(comparisons, GATE, unlearned=2)
    assert verdict.promote is promote
    assert reason in verdict.reason
    assert "unlearns 1 record that" in judge([skill(0, 0)], GATE, unlearned=1).reason


@pytest.mark.parametrize(
    ("after", "n", "n_train", "known", "expected"),
    [
        (9, 10, 50, NEW, DISTILLED),
        (9, 10, 0, NEW, DISTILLED),
        (7, 10, 50, NEW, LEARNING),
        (1, 10, 50, LEARNING, RESISTANT),
        (1, 10, 3, LEARNING, LEARNING),  # too few to prove anything
        (1, 10, 0, RESISTANT, RESISTANT),
        (1, 10, 0, DISTILLED, LEARNING),
        (1, 10, 0, NEW, NEW),
        (3, 3, 50, NEW, LEARNING),  # too few held out
        (3, 3, 0, RESISTANT, RESISTANT),
        (None, 0, 50, NEW, LEARNING),
        (None, 0, 0, NEW, NEW),
    ],
)
def test_what_becomes_of_a_skill(
    after: int | None, n: int, n_train: int, known: SkillStatus, expected: SkillStatus
) -> None:
    tried = None if after is None else Comparison("sums", n, 0, after, after, 0, None)
    assert skill_status(tried, n_train, GATE, min_records=16, known=known) is expected


@pytest.mark.parametrize("suspended", [["sums"], [ALL_SKILLS]])
def test_a_win_on_a_suspended_skill_promotes(suspended: list[str]) -> None:
    won = Comparison("sums", 40, 36, 40, 4, 0, None)
    assert not judge([won], GATE).promote
    assert not judge([won], GATE, suspended=["dates"]).promote
    assert not judge(
        [Comparison("sums", 40, 36, 36, 2, 2, None)], GATE, suspended=suspended
    ).promote
    verdict = judge([won], GATE, suspended=suspended)
    assert verdict.promote
    assert verdict.reason.startswith("right more often on sums, suspended so far; worse on none")
    lost = Comparison("dates", 40, 40, 30, 0, 10, None)
    assert not judge([won, lost], GATE, suspended=suspended).promote
    noise = [Comparison(name, 8, 8, 4, 0, 4, None) for name in ("dates", "words")]
    assert not judge([won, *noise], GATE, suspended=["sums"]).promote, "losses add up"
    assert (
        "less often on what the incumbent answers"
        in judge([won, *noise], GATE, suspended=["sums"]).reason
    )
    worst = [Comparison("dates", 8, 8, 7, 1, 2, None)]
    assert judge([won, *worst], GATE, suspended=["sums", "dates"]).promote, "none answers there now"


@pytest.mark.parametrize(
    ("before", "known", "status", "counts"),
    [
        (0.1, LEARNING, RESISTANT, True),
        (None, LEARNING, RESISTANT, True),
        (0.75, LEARNING, RESISTANT, False),  # the incumbent can answer it
        (0.75, NEW, LEARNING, True),
        (0.1, LEARNING, DISTILLED, False),
        (0.9, DISTILLED, LEARNING, False),
    ],
)
def test_what_a_rejected_candidate_says_of_a_skill(
    before: float | None, known: SkillStatus, status: SkillStatus, counts: bool
) -> None:
    verdict = SkillVerdict("sums", status, 40, 8, before, 0.2, None)
    assert still_counts(verdict, known, GATE) is counts


def test_drafts_are_compared_in_pairs() -> None:
    records = [
        Record(f"q{i}", "1", Status.VERIFIED, skill="b" if i < 4 else "a", id=i) for i in range(6)
    ]
    records.append(Record("none", "1", Status.VERIFIED, id=9))

    def drafts(right: set[int]) -> dict[int, JudgedDraft]:
        draft = Draft("q", "1", "1", "v", -0.1, -0.1, 1.0, 1)
        return {i: JudgedDraft(i, draft, i in right) for i in (*range(6), 9)}

    assert compare(records, drafts({0, 1}), drafts({1, 2, 3, 4})) == [
        Comparison("a", 2, 0, 1, 1, 0, None),
        Comparison("b", 4, 2, 3, 2, 1, None),
    ]


def test_the_teachers_share() -> None:
    votes = tuple(Vote("cot", answer, "", 1) for answer in ("7", "7.0", "8", None))
    assert teacher_share([Record("q", "7", Status.VERIFIED, votes=votes)]) == 0.5
    assert teacher_share([Record("q", "7", Status.GOLD)]) is None


def test_a_verdict_says_accuracies() -> None:
    verdict = verdict_of("sums", LEARNING, 30, Comparison("sums", 8, 2, 6, 4, 0, 0.75))
    assert (verdict.before, verdict.after, verdict.teacher) == (0.25, 0.75, 0.75)
    assert verdict_of("sums", NEW, 0, None).n_holdout == 0
