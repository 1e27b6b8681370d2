import numpy as np
import pytest

from router import risk
from router.bounds import Bounds, Scored, bounds, shortfall
from router.policy import RouterSettings
from router.risk import Labels

SETTINGS = RouterSettings(max_error=0.1, delta=0.1)


def drafts(n: int, wrong: int = 0, skill: str = "sums", *, gold: bool = False) -> list[Scored]:
    """n drafts of one confidence, the first of them wrong."""
    return [Scored(0.9, i >= wrong, skill, gold) for i in range(n)]


def of(held: list[Scored], labels: Labels | None = None, **settings: object) -> Bounds:
    changed = SETTINGS.model_copy(update=settings)
    return bounds("v1", drafts(40), held, labels or Labels(), changed)


def test_small_skills_are_served_together_and_each_alone_only_with_enough() -> None:
    held = [*drafts(15, skill="a"), *drafts(15, skill="b")]
    found = bounds("v1", [*drafts(30, skill="a")], held, Labels(), SETTINGS)
    assert found.overall is not None
    assert found.overall.n_accepted == 30
    assert found.skills == {}
    assert found.missing == {"a": 7, "b": 7}, "22 right drafts give 10% with probability 90%"
    each = SETTINGS.model_copy(update={"per_skill": True})
    assert found.of("a", SETTINGS) is found.overall
    assert found.of("a", each) is None
    assert found.why_not("a", each).startswith("skill 'a' needs 7 more right held-out drafts")
    assert found.of(None, SETTINGS) is None


def test_a_skill_with_enough_has_a_certificate_of_its_own() -> None:
    gate = [*drafts(30, skill="a"), *drafts(30, skill="b")]
    found = bounds("v1", gate, [*drafts(22, skill="a"), *drafts(10, 5, "b")], Labels(), SETTINGS)
    assert set(found.skills) == {"a"}
    assert found.skills["a"].n_items == 22
    assert found.missing["b"] > 40


def test_a_skill_that_is_wrong_too_often_is_refused_under_the_common_bound() -> None:
    held = [*drafts(200, skill="good"), *drafts(10, 5, "bad")]
    found = of(held)
    assert found.overall is not None
    assert found.of("good", SETTINGS) is found.overall
    assert found.of("bad", SETTINGS) is None
    words = "5 of 10 held-out drafts of skill 'bad' are wrong, more than 10.0% with probability 90%"
    assert found.why_not("bad", SETTINGS) == words


def test_wrong_labels_are_taken_off_the_limit() -> None:
    held = drafts(60, 2)
    assert of(held).overall is not None
    tight = Labels(judged=90, wrong=5)
    assert of(held, tight).overall is None
    assert of(drafts(60), tight).overall is not None
    found = of(drafts(60), tight).overall
    assert found is not None
    assert found.bound == pytest.approx(1 - 0.1 ** (1 / 60) + 0.05)
    assert "people found 5 of 90 verified answers wrong" in found.describe()
    assert of(drafts(500), Labels(judged=10, wrong=2)).overall is None


def test_that_no_number_of_drafts_would_do_is_told_from_enough_of_them() -> None:
    held = [Scored(0.9, True, skill) for skill in ("hopeless", "doubted") for _ in range(60)]
    beside = [Scored(0.9, False, "doubted") for _ in range(20)]
    own = {"hopeless": Labels(judged=5, wrong=2)}
    found = bounds("v1", held, held, Labels(judged=40, wrong=2), SETTINGS, beside, own)
    each = SETTINGS.model_copy(update={"per_skill": True})
    assert found.missing == {"hopeless": None, "doubted": 0}
    assert found.why_not("hopeless", each).startswith(
        "skill 'hopeless' has no certificate of its own: people found 2 of 5 verified answers wrong"
    )
    assert "its own: nothing bears System 1 out on 20 of 20" in found.why_not("doubted", each)


def test_without_gold_the_certificate_says_what_it_assumes() -> None:
    found = of(drafts(30)).overall
    assert found is not None
    assert found.describe().endswith("if verified answers are right: people have judged none")


def test_labels_without_a_fault_say_how_many_may_be_wrong() -> None:
    words = {n: Labels(judged=n).describe(0.1) for n in (1, 10, 300)}
    for n, possible in ((1, "90.0%"), (10, "20.6%"), (300, "0.8%")):
        said = (
            f"people found 0 of {n} verified answers wrong, by which up to {possible} of all may be"
        )
        assert words[n] == said


def test_a_persons_labels_are_certain() -> None:
    assert Labels(judged=10, wrong=2, gold=0.0).error == pytest.approx(0.1)
    assert Labels(judged=10, wrong=2, gold=0.5).error == pytest.approx(0.05)
    assert Labels(judged=10, wrong=2, gold=1.0).error == 0.0
    assert Labels().error == 0.0


def test_gold_alone_counts_where_it_is_required() -> None:
    held = [*drafts(100), *drafts(21, gold=True)]
    assert of(held, require_gold=True).overall is None
    found = of([*held, *drafts(1, gold=True)], Labels(judged=4, wrong=3), require_gold=True).overall
    assert found is not None
    assert found.n_items == 22
    assert found.describe().endswith("by people's answers alone")
    strict = SETTINGS.model_copy(update={"require_gold": True})
    words = shortfall(drafts(40), held, Labels(), strict)
    assert words.startswith("21 held-out drafts with a person's answer count, 22 are needed")


@pytest.mark.parametrize(
    ("gate", "held", "labels", "words"),
    [
        ([], drafts(30), Labels(), "no draft of the gate half"),
        (drafts(9), drafts(9), Labels(), "9 held-out drafts count, 22 are needed"),
        (drafts(9), drafts(99, 50), Labels(), "50 wrong of 99 held-out drafts: no threshold"),
        (drafts(9), drafts(99), Labels(judged=5, wrong=2), "people found 2 of 5 verified answers"),
    ],
)
def test_why_nothing_holds(
    gate: list[Scored], held: list[Scored], labels: Labels, words: str
) -> None:
    assert words in shortfall(gate, held, labels, SETTINGS)
    assert bounds("v1", gate, held, labels, SETTINGS).overall is None


def test_labels_that_are_wrong_like_the_draft_are_allowed_for() -> None:
    """8% true error, a third of it hidden by labels that are wrong alike; many worlds."""
    rng = np.random.default_rng(0)
    over = 0
    for _ in range(300):
        wrong = rng.random(150) < 0.11
        hidden = wrong & (rng.random(150) < 0.4)
        held = [Scored(0.9, not seen, "s") for seen in wrong & ~hidden]
        agrees = ~(wrong & ~hidden)
        judged = rng.choice(np.flatnonzero(agrees), 60, replace=False)
        labels = Labels(judged=60, wrong=int(hidden[judged].sum()))
        over += bounds("v1", drafts(40), held, labels, SETTINGS).overall is not None
    assert over / 300 <= SETTINGS.delta


def test_what_nobody_verified_must_not_contradict_the_bound() -> None:
    held, gate = drafts(60), drafts(40)
    beside = [*drafts(5), *drafts(4, 4)]
    found = bounds("v1", gate, held, Labels(), SETTINGS, beside)
    assert found.overall is not None
    assert (found.overall.n_unverified, found.overall.n_contradicted) == (9, 4)
    assert found.overall.describe().endswith(
        "; of 9 more nobody knows, and System 1 is borne out on 5"
    )
    assert found.skills["sums"].n_unverified == 9
    many = [*beside, *drafts(12, 12)]
    assert bounds("v1", gate, held, Labels(), SETTINGS, many).overall is None
    assert shortfall(gate, held, Labels(), SETTINGS, many).startswith(
        "nothing bears System 1 out on 16 of 21 held-out questions of which nobody knows the answer"
    )


def test_a_skill_is_tested_by_its_own_growth() -> None:
    held = [*drafts(60), *drafts(22, skill="new")]
    found = bounds("v1", held, held, Labels(), SETTINGS, growth_of={"new": 3.0})
    assert found.overall is not None
    assert set(found.skills) == {"sums"}
    assert found.missing["new"] == risk.least_items(0.1, risk.level(0.1, 3.0)) - 22
    assert set(bounds("v1", held, held, Labels(), SETTINGS).skills) == {"sums", "new"}


def test_a_higher_threshold_may_leave_out_what_is_contradicted() -> None:
    sure = [Scored(0.99, right=True, skill="s") for _ in range(60)]
    rest = [Scored(0.7, right=True, skill="s") for _ in range(40)]
    against = [Scored(0.7, right=False, skill="s") for _ in range(30)]
    found = bounds("v1", [*sure, *rest], [*sure, *rest], Labels(), SETTINGS, against).overall
    assert found is not None
    assert (found.threshold, found.n_accepted, found.n_unverified) == (0.99, 60, 0)
    assert "nobody knows" not in found.describe()


def test_where_gold_is_required_only_what_a_person_refuted_stands_beside() -> None:
    gate, held = drafts(40), drafts(60, gold=True)
    strict = SETTINGS.model_copy(update={"require_gold": True})
    assert bounds("v1", gate, held, Labels(), strict, drafts(20, 20)).overall is not None
    assert bounds("v1", gate, held, Labels(), strict, drafts(20, 20, gold=True)).overall is None


def test_each_skills_own_bound_has_its_own_labels_error() -> None:
    held = [*drafts(150, 3, "a"), *drafts(60, 0, "b")]
    gate = [*drafts(40, skill="a"), *drafts(40, skill="b")]
    pooled = Labels(judged=50, wrong=3, gold=50 / 210)
    own = {"a": Labels(judged=10, wrong=3, gold=10 / 150), "b": Labels(judged=40, gold=40 / 60)}
    assert set(bounds("v1", gate, held, pooled, SETTINGS).skills) == {"a", "b"}
    assert set(bounds("v1", gate, held, pooled, SETTINGS, (), own).skills) == {"b"}


def test_a_limit_that_is_used_up_but_for_a_rounding_certifies_nothing() -> None:
    """0.1 less an error of 0.1 is 1.4e-17 here, which no number of drafts could show."""
    labels = Labels(judged=14, wrong=4, gold=14 / 24)
    tight = RouterSettings(max_error=labels.error + 1e-17, delta=0.1)
    for settings in (tight, RouterSettings(max_error=1e-9, delta=0.1)):
        assert bounds("v1", drafts(40), drafts(35, 4), labels, settings).overall is None
        assert "no threshold gives" in shortfall(drafts(40), drafts(35, 4), labels, settings)


def test_the_labels_error_is_named_where_it_takes_the_rest_of_the_limit() -> None:
    labels = Labels(judged=14, wrong=1)
    words = shortfall(drafts(40), drafts(60, 4), labels, SETTINGS)
    assert "people found 1 of 14 verified answers wrong, counted as 4.2% of all, by which" in words
    assert "up to 25.1% of all may be" in words
