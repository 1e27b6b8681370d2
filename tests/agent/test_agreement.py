import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

from agent.agreement import Estimate, agreement, dawid_skene

Items = list[dict[str, str]]
LETTERS = "ABCDEFGH"


def closed_world(
    n: int, accuracies: list[float], *, shares: tuple[float, ...] = (0.5, 0.5), seed: int = 0
) -> tuple[Items, list[str]]:
    """Methods that err independently, each wrong label as likely as the next."""
    rng = np.random.default_rng(seed)
    items: Items = []
    truth = rng.choice(len(shares), n, p=shares)
    for right in truth:
        slips = [(right + 1 + rng.integers(len(shares) - 1)) % len(shares) for _ in accuracies]
        given = [
            right if rng.random() < p else slip for p, slip in zip(accuracies, slips, strict=True)
        ]
        items.append({f"m{i}": LETTERS[label] for i, label in enumerate(given)})
    return items, [LETTERS[label] for label in truth]


def open_world(
    n: int, accuracies: list[float], *, wrong: int = 20, seed: int = 0, missing: float = 0.0
) -> tuple[Items, list[str]]:
    """Answers that are each question's own; `wrong` equally likely wrong ones."""
    rng = np.random.default_rng(seed)
    items: Items = []
    for i in range(n):
        given = [f"{i}" if rng.random() < p else f"{i}+{rng.integers(wrong)}" for p in accuracies]
        items.append({f"m{j}": a for j, a in enumerate(given) if rng.random() >= missing})
    return items, [f"{i}" for i in range(n)]


def true_accuracy(items: Items, truth: list[str], method: str) -> float:
    pairs = [(item[method], t) for item, t in zip(items, truth, strict=True) if method in item]
    return sum(a == t for a, t in pairs) / len(pairs)


def calibration(estimate: Estimate, truth: list[str]) -> tuple[float, float]:
    """Mean posterior of the likeliest answers, and the share of them that is right."""
    best = [max(known, key=lambda key: known[key]) for known in estimate.posterior]
    sure = [known[key] for known, key in zip(estimate.posterior, best, strict=True)]
    return float(np.mean(sure)), float(np.mean(np.array(best) == np.array(truth)))


def test_kappa_and_the_tail_are_those_of_the_references() -> None:
    rng = np.random.default_rng(3)
    first = rng.choice(["yes", "no", "unknown"], 60, p=[0.5, 0.3, 0.2])
    second = np.where(rng.random(60) < 0.5, first, rng.choice(["yes", "no", "unknown"], 60))
    found = agreement(list(first), list(second))
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    equal = int((first == second).sum())
    tail = binomtest(equal, 60, found.expected, alternative="greater").pvalue
    assert found.p_value == pytest.approx(tail)
    assert (found.n, found.observed) == (60, equal / 60)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["no"] * 40, ["no"] * 40),
        (["no"] * 40, ["no"] * 38 + ["yes"] * 2),
        (["yes"], ["yes"]),
        ([], []),
    ],
)
def test_a_method_that_always_says_the_same_shows_nothing(
    first: list[str], second: list[str]
) -> None:
    for found in (agreement(first, second), agreement(second, first)):
        assert (found.kappa, found.p_value) == (0, 1)


def test_agreement_beyond_chance_is_told_from_habit() -> None:
    items, _ = closed_world(200, [0.9, 0.8])
    good = agreement([i["m0"] for i in items], [i["m1"] for i in items])
    assert good.kappa == pytest.approx(0.8 * 0.6, abs=0.15)
    assert good.p_value < 0.001
    blind, _ = closed_world(200, [0.5, 0.5])
    habits = agreement([i["m0"] for i in blind], [i["m1"] for i in blind])
    assert abs(habits.kappa) < 0.2
    assert habits.p_value > 0.01
    assert agreement(["a", "b"], ["b", "a"]).kappa == -1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30))
def test_agreement_is_symmetric_and_bounded(pairs: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = agreement(first, second)
    assert found == agreement(second, first)
    assert -1 <= found.kappa <= 1
    assert 0 <= found.p_value <= 1


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.2, 0.8), (0.3, 0.3, 0.4), (0.25,) * 4])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_three_methods_with_closed_labels_are_told_apart(
    shares: tuple[float, ...], seed: int
) -> None:
    items, truth = closed_world(400, [0.9, 0.8, 0.7], shares=shares, seed=seed)
    estimate = dawid_skene(items)
    for method, accuracy in estimate.accuracy.items():
        assert accuracy == pytest.approx(true_accuracy(items, truth, method), abs=0.08)
    sure, right = calibration(estimate, truth)
    assert sure == pytest.approx(right, abs=0.06)


@pytest.mark.parametrize("accuracies", [[0.9, 0.7, 0.5], [0.5, 0.4, 0.3], [0.8, 0.8, 0.6, 0.3]])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_three_methods_with_open_answers_are_told_apart(
    accuracies: list[float], missing: float
) -> None:
    items, truth = open_world(400, accuracies, missing=missing, seed=1)
    estimate = dawid_skene(items)
    for method, accuracy in estimate.accuracy.items():
        assert accuracy == pytest.approx(true_accuracy(items, truth, method), abs=0.08)
    # Wrong answers coincide half as often as the model takes for granted: it is rather too modest.
    kept = [i for i, known in enumerate(estimate.posterior) if known]
    shown = Estimate({}, [estimate.posterior[i] for i in kept])
    sure, right = calibration(shown, [truth[i] for i in kept])
    assert right - 0.1 < sure < right + 0.04


def test_with_few_items_the_estimates_stay_modest() -> None:
    for seed in range(5):
        items, truth = closed_world(30, [0.9, 0.8, 0.75], seed=seed)
        sure, right = calibration(dawid_skene(items), truth)
        assert sure == pytest.approx(right, abs=0.2)
    alone = dawid_skene([{"m": "7"}])
    assert alone.accuracy["m"] == pytest.approx(2 / 3, abs=0.01)
    assert alone.posterior[0]["7"] == pytest.approx(2 / 3, abs=0.01)


@pytest.mark.parametrize("accuracies", [[0.9], [0.9, 0.8], [0.9, 0.8, 0.75]])
@pytest.mark.parametrize("constant", [1, 2])
def test_a_method_that_always_says_no_gets_no_credit(
    accuracies: list[float], constant: int
) -> None:
    items, truth = closed_world(300, accuracies, seed=1)
    with_it = [item | {f"no{i}": "A" for i in range(constant)} for item in items]
    estimate, without = dawid_skene(with_it), dawid_skene(items)
    for i in range(constant):
        assert estimate.accuracy[f"no{i}"] == pytest.approx(truth.count("A") / 300, abs=0.08)
    for known, before in zip(estimate.posterior, without.posterior, strict=True):
        assert known["A"] == pytest.approx(before["A"], abs=0.02)


def test_a_method_that_nearly_always_says_no_earns_little() -> None:
    items, _ = closed_world(300, [0.9, 0.8], seed=1)
    rng = np.random.default_rng(9)
    near = [item | {"near": "A" if rng.random() < 0.95 else "B"} for item in items]
    estimate = dawid_skene(near)
    assert estimate.accuracy["near"] < 0.62
    assert min(estimate.accuracy["m0"], estimate.accuracy["m1"]) > 0.7


def test_answers_that_never_vary_stay_at_what_gold_says() -> None:
    items = [{"a": "no", "b": "no", "c": "no"}] * 40
    assert dawid_skene(items).posterior[0]["no"] == pytest.approx(0.5, abs=0.01)
    with_gold = dawid_skene(items, {0: "no", 1: "no", 2: "no"})
    assert with_gold.posterior[9]["no"] == pytest.approx(4 / 5, abs=0.02)
    assert dawid_skene(items, {0: "yes", 1: "yes"}).posterior[9]["no"] < 0.5


def test_of_two_methods_neither_is_preferred() -> None:
    for items, _ in (closed_world(300, [0.9, 0.6], seed=1), open_world(300, [0.9, 0.5], seed=1)):
        estimate = dawid_skene(items)
        assert estimate.accuracy["m0"] == pytest.approx(estimate.accuracy["m1"], abs=0.05)
        assert max(estimate.accuracy.values()) < 0.8
        torn = [
            max(known.values())
            for item, known in zip(items, estimate.posterior, strict=True)
            if len(set(item.values())) == 2
        ]
        assert np.mean(torn) < 0.65


def test_open_answers_on_which_all_agree_may_still_be_wrong() -> None:
    items = [{f"m{j}": f"{i}" for j in range(12)} for i in range(50)]
    assert all(0.9 < known[f"{i}"] < 1 for i, known in enumerate(dawid_skene(items).posterior))


def test_a_slip_that_methods_share_can_only_be_told_by_gold() -> None:
    rng = np.random.default_rng(5)
    items: Items = []
    for i in range(200):
        slips = rng.random() < 0.4
        common = f"{i}+slip" if slips else f"{i}"
        honest = f"{i}" if rng.random() < 0.7 else f"{i}+{rng.integers(20)}"
        items.append({"a": common, "b": common, "honest": honest})
    fooled = dawid_skene(items)
    assert fooled.accuracy["a"] > 0.9
    told = dawid_skene(items, {i: f"{i}" for i in range(100)})
    assert told.accuracy["a"] < fooled.accuracy["a"] - 0.1


def test_gold_is_certain_and_judges_the_methods() -> None:
    items, truth = closed_world(200, [0.9, 0.6], seed=2)
    estimate = dawid_skene(items, {i: truth[i] for i in range(100)})
    assert estimate.posterior[0] == {key: float(key == truth[0]) for key in ("A", "B")}
    assert estimate.accuracy["m0"] > estimate.accuracy["m1"] + 0.15
    nobody = dawid_skene([{"a": "1", "b": "2"}], {0: "3"})
    assert nobody.posterior == [{"1": 0, "2": 0, "3": 1}]
    assert nobody.accuracy["a"] == pytest.approx(1 / 2)


def test_nothing_to_go_by() -> None:
    assert dawid_skene([]) == Estimate({}, [])
    assert dawid_skene([{}, {}]) == Estimate({}, [{}, {}])
    assert dawid_skene([{}], {0: "7"}).posterior == [{"7": 1.0}]


@pytest.mark.parametrize("closed", [True, False])
def test_thousands_of_items_are_fast(closed: bool) -> None:
    accuracies = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    items, _ = (
        closed_world(5000, accuracies, shares=(0.125,) * 8)
        if closed
        else open_world(5000, accuracies)
    )
    start = time.perf_counter()
    dawid_skene(items)
    assert time.perf_counter() - start < 60, "0.1 s on an idle core: nothing quadratic"


@st.composite
def answer_sheets(draw: st.DrawFn) -> Items:
    labels = draw(st.sampled_from([["A"], ["A", "B"], list(LETTERS), [str(n) for n in range(40)]]))
    sheet = st.dictionaries(st.sampled_from(["m", "n", "o", "p"]), st.sampled_from(labels))
    return draw(st.lists(sheet, max_size=25))


@given(answer_sheets())
def test_posteriors_are_probabilities_whatever_the_answers(items: Items) -> None:
    estimate = dawid_skene(items)
    assert set(estimate.accuracy) == {method for item in items for method in item}
    assert all(0 < accuracy < 1 for accuracy in estimate.accuracy.values())
    for item, known in zip(items, estimate.posterior, strict=True):
        assert set(item.values()) <= set(known)
        assert all(0 < p < 1 for p in known.values())
        assert sum(known.values()) < 1
    assert dawid_skene(items) == estimate


@given(answer_sheets(), st.data())
def test_the_order_and_the_names_do_not_matter(items: Items, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(items))))
    renamed = {"m": "p", "n": "o", "o": "m", "p": "n"}
    moved = dawid_skene([{renamed[m]: f"x{a}" for m, a in items[i].items()} for i in order])
    plain = dawid_skene(items)
    for method, accuracy in plain.accuracy.items():
        assert moved.accuracy[renamed[method]] == pytest.approx(accuracy, abs=1e-3)
    for place, i in enumerate(order):
        for key, p in plain.posterior[i].items():
            assert moved.posterior[place][f"x{key}"] == pytest.approx(p, abs=1e-3)
