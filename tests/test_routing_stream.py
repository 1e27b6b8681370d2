"""The stream that routing policies are held against: right answers, and nothing asked before."""

import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.routing.forms import GYM_FORMS, Forms, Pair, Skill, skills
from benchmarks.routing.stream import (
    SHARES,
    Change,
    StreamItem,
    learn_log,
    stream,
    validation,
)
from memory.answers import same
from memory.records import question_key
from models.errors import InputFileError

needs_gym = pytest.mark.skipif(
    find_spec("reasoning_gym") is None, reason="reasoning-gym is of the bench extra"
)
INTENTS = ("balance", "transfer", "freeze", "hello", "weather", "alarm", "recipe", "time")
DRIFT = "coin flips"
MADE = (Change.REPEATED, Change.PARAPHRASED, Change.NUMBER_CHANGED, Change.NEGATED)


def request(number: int, intent: str) -> str:
    return f"please do {intent} number {number}"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = [(request(n, intent), intent) for intent in INTENTS for n in range(60)]
    (folder / "clinc150").mkdir()
    (folder / "clinc150" / "data_full.json").write_text(json.dumps({"train": rows}), "utf-8")
    return folder


@pytest.fixture(scope="module")
def without_gym(data: Path) -> list[Skill]:
    return [skill for skill in skills(data) if skill.name not in GYM_FORMS]


@pytest.fixture(scope="module")
def asked(without_gym: list[Skill]) -> list[StreamItem]:
    return stream(without_gym, 400, per_skill=40, drift=DRIFT, seed=5)


def numbers(question: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", question)]


def solve_turned(question: str) -> str:
    turns = len(re.findall(r"flips|turns over", question)) + question.count("2 times")
    as_before = turns % 2 == 0
    opposite = re.search(r"(tails|pale side) up now", question)
    return "yes" if as_before != bool(opposite) else "no"


def solve_letters(question: str) -> str:
    words = question.split('"')[1].split()
    if "first letters" in question:
        return "".join(word[:1] for word in words)
    return "".join(word[-2 if "last 2" in question else -1 :] for word in words)


def solve_product(question: str) -> str:
    sign = -1 if "negative" in question else 1
    return str(sign * math.prod(numbers(question)))


def solve_sum(question: str) -> str:
    found = re.search(r"(\d+) ([+-]) (\d+)", question)
    assert found
    return str(int(found[1]) + int(found[2] + found[3]))


def solve_gcd(question: str) -> str:
    solve = math.lcm if "Least Common" in question else math.gcd
    return str(solve(*numbers(question)))


def solve_bits(question: str) -> str:
    number = max(numbers(question))
    return str(f"{number:b}".count("0" if "0 bits" in question else "1"))


def solve_sorting(question: str) -> str:
    _, way = sorted((question.rfind(way), way) for way in ("ascending", "descending"))
    words = re.findall(r"\w+(?:, \w+){2,}", question)[-1].split(", ")
    ordered = sorted(words, reverse=way[1] == "descending")
    return ", ".join(ordered[:2] if "first 2" in question else ordered)


def solve_backward(question: str) -> str:
    if "first 2" in question:
        return "".join(reversed(question.split()[-1][:2]))
    if "forward" in question:
        return question.split()[-1]
    found = re.search(r"(?:the word|letters of|What is|nus\):) (\w+)", question)
    assert found
    return found[1][::-1]


def solve_intent(question: str) -> str:
    label = question.split('"')[1].split()[2]
    if "not have" not in question:
        return label
    first, second = question.rpartition(": ")[2].rstrip("?").split(" or ")
    return second if first == label else first


SOLVERS: dict[str, Callable[[str], str]] = {
    "last letters": solve_letters,
    "coin flips": solve_turned,
    "pancakes": solve_turned,
    "3-digit products": solve_product,
    "sums with an opinion": solve_sum,
    "chain_sum": solve_sum,
    "gcd": solve_gcd,
    "count_bits": solve_bits,
    "word_sorting": solve_sorting,
    "spell_backward": solve_backward,
    "intents": solve_intent,
}


each_skill = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=needs_gym if name in GYM_FORMS else ()) for name in SOLVERS],
)


def drawn(data: Path, name: str) -> list[Forms]:
    (draw,) = [skill.draw for skill in skills(data) if skill.name == name]
    source = random.Random(9)
    return [draw(source) for _ in range(60)]


def changes(forms: Forms) -> list[Pair]:
    return [pair for pair in (forms.number_changed, forms.negated) if pair]


def right(pair: Pair) -> bool:
    """Whether an answer of the kinds that can be told by their words is the true one."""
    question, answer = pair
    words = {"coin": solve_turned, "pancake": solve_turned, "letter": solve_letters}
    solvers = [solve for word, solve in words.items() if word in question.split('"')[0]]
    return all(same(solve(question), answer) for solve in solvers)


def wrong(items: list[StreamItem]) -> list[StreamItem]:
    return [item for item in items if not same(SOLVERS[item.skill](item.question), item.answer)]


class TestAnswers:
    def test_every_skill_has_a_solver_here(self, data: Path) -> None:
        assert {skill.name for skill in skills(data)} == SOLVERS.keys()

    def test_all_are_right(self, asked: list[StreamItem]) -> None:
        assert wrong(asked) == []

    @each_skill
    def test_so_are_those_to_every_form(self, data: Path, name: str) -> None:
        for forms in drawn(data, name):
            reworded = [(question, forms.asked[1]) for question in forms.reworded]
            for question, answer in [forms.asked, *reworded, *changes(forms)]:
                assert same(SOLVERS[name](question), answer), question

    @each_skill
    def test_a_changed_question_mostly_has_another_answer(self, data: Path, name: str) -> None:
        told = [
            same(forms.asked[1], answer)
            for forms in drawn(data, name)
            for _, answer in changes(forms)
        ]
        assert sum(told) < 0.3 * len(told)

    def test_an_intent_is_one_of_those_named(self, asked: list[StreamItem]) -> None:
        for item in asked:
            if item.skill == "intents":
                assert item.answer in item.question.rpartition('"')[2]
                named = [intent for intent in INTENTS if intent in item.question.rpartition('"')[2]]
                assert len(named) == (2 if "not have" in item.question else 6)


class TestStream:
    def test_it_has_the_shares_asked_for(self, asked: list[StreamItem]) -> None:
        counts = Counter(item.change for item in asked)
        assert counts == {change: round(400 * share) for change, share in SHARES.items()}
        assert len({item.skill for item in asked}) == 6

    def test_only_repeated_questions_were_asked_before(
        self, without_gym: list[Skill], asked: list[StreamItem]
    ) -> None:
        seen = {question_key(question) for question, _ in learn_log(without_gym, 40, 5)}
        bases = set(seen)
        for item in asked:
            key = question_key(item.question)
            assert (key in seen) == (item.change is Change.REPEATED)
            assert (item.of in bases) == (item.change in MADE)
            assert bool(item.of) == (item.change in MADE)
            seen.add(key)
            if not item.of:
                bases.add(key)

    def test_repeated_ones_are_of_the_log_and_of_the_stream(
        self, without_gym: list[Skill], asked: list[StreamItem]
    ) -> None:
        log = {question_key(question) for question, _ in learn_log(without_gym, 40, 5)}
        repeated = [item for item in asked if item.change is Change.REPEATED]
        assert 0 < sum(item.of in log for item in repeated) < len(repeated)
        assert all(item.of == item.unit == question_key(item.question) for item in repeated)

    def test_after_the_drift_one_skill_comes_in_another_form_only(
        self, asked: list[StreamItem]
    ) -> None:
        assert [item.phase for item in asked] == sorted(item.phase for item in asked)
        for item in asked:
            people = len(re.findall(r"(?:flips?|turns?(?: over)?) the coin", item.question))
            if item.skill == DRIFT and item.change is not Change.PARAPHRASED:
                assert people == (3 if item.phase else 2)
            assert (item.change is Change.DRIFTED) <= (item.phase == 1 and item.skill == DRIFT)
            assert not (item.change is Change.NEW and item.phase and item.skill == DRIFT)

    def test_another_stream_follows_the_same_log(self, without_gym: list[Skill]) -> None:
        def made(stream_seed: int | None) -> list[StreamItem]:
            return stream(
                without_gym, 400, per_skill=40, drift=DRIFT, seed=5, stream_seed=stream_seed
            )

        log = {question for question, _ in learn_log(without_gym, 40, 5)}
        other = made(6)
        assert made(None) == made(5) != other
        assert any(item.change is Change.REPEATED and item.question in log for item in other)
        assert not any(item.change is Change.NEW and item.question in log for item in other)

    def test_the_same_seed_gives_the_same(
        self, without_gym: list[Skill], asked: list[StreamItem]
    ) -> None:
        def again(seed: int) -> list[StreamItem]:
            return stream(without_gym, 400, per_skill=40, drift=DRIFT, seed=seed)

        assert again(5) == asked
        assert again(6) != asked
        assert learn_log(without_gym, 40, 5) == learn_log(without_gym, 40, 5)
        assert learn_log(without_gym, 40, 5) != learn_log(without_gym, 40, 6)

    def test_the_log_has_as_many_of_each_skill(self, without_gym: list[Skill]) -> None:
        log = learn_log(without_gym, 40, 5)
        assert len(set(log)) == len(log) == 40 * len(without_gym)
        assert [pair for pair in log if not right(pair)] == []

    def test_the_log_is_asked_in_the_forms_of_the_stream(self, without_gym: list[Skill]) -> None:
        coins = [skill for skill in without_gym if skill.name == DRIFT]
        log = [question for question, _ in learn_log(coins, 100, 5)]
        plain = [q for q in log if q.endswith("Is the coin still heads up?")]
        negated = [q for q in log if "tails up now" in q]
        changed = [q for q in plain if "2 times" in q]
        weight = {c: SHARES[c] for c in (Change.NEW, *MADE[1:])}
        share = {c: 100 * weight[c] / sum(weight.values()) for c in weight}
        assert len(negated) == int(share[Change.NEGATED])
        assert 0 < len(changed) <= int(share[Change.NUMBER_CHANGED])
        assert len(log) - len(plain) - len(negated) == int(share[Change.PARAPHRASED])

    def test_a_log_may_be_asked_plainly(self, without_gym: list[Skill]) -> None:
        coins = [skill for skill in without_gym if skill.name == DRIFT]
        log = learn_log(coins, 50, 5, {Change.NEW: 1.0})
        assert all(q.endswith("Is the coin still heads up?") for q, _ in log)
        assert not any("2 times" in q for q, _ in log)

    def test_no_question_of_the_log_is_another_form_of_one_there(
        self, without_gym: list[Skill]
    ) -> None:
        letters = [skill for skill in without_gym if skill.name == "last letters"]
        names = [question.split('"')[1] for question, _ in learn_log(letters, 200, 5)]
        assert len(set(names)) == len(names)

    @pytest.mark.parametrize("drift", ["last letters", "pancakes", "3-digit products"])
    def test_other_skills_can_drift(self, without_gym: list[Skill], drift: str) -> None:
        items = stream(without_gym, 200, per_skill=20, drift=drift, seed=2)
        assert wrong(items) == []
        assert {i.skill for i in items if i.change is Change.DRIFTED} == {drift}


class TestValidation:
    def test_it_is_made_from_the_log_and_the_stream_is_not_in_it(
        self, without_gym: list[Skill], asked: list[StreamItem]
    ) -> None:
        log = {question_key(question) for question, _ in learn_log(without_gym, 40, 5)}
        streamed = [item.question for item in asked]
        items = validation(without_gym, 200, per_skill=40, seed=5, asked=streamed)
        assert wrong(items) == []
        counts = Counter(item.change for item in items)
        assert counts.pop(Change.NEW) == 80
        assert counts == {change: round(200 * SHARES[change]) for change in MADE}
        keys = set(map(question_key, streamed))
        for item in items:
            key = question_key(item.question)
            assert (key in log) == (item.change is Change.REPEATED)
            assert item.change is Change.REPEATED or key not in keys
            assert item.of in log if item.change in MADE else not item.of

    def test_the_seed_decides(self, without_gym: list[Skill]) -> None:
        def again(seed: int) -> list[StreamItem]:
            return validation(without_gym, 50, per_skill=40, seed=seed, asked=())

        assert again(5) == again(5) != again(6)


class TestRefusals:
    @pytest.mark.parametrize("drift", ["intents", "nothing"])
    def test_a_skill_without_another_form(self, without_gym: list[Skill], drift: str) -> None:
        with pytest.raises(ValueError, match=f"'{drift}' can't drift; skills with another form: "):
            stream(without_gym, 10, per_skill=5, drift=drift, seed=0)

    def test_too_few_questions(self, without_gym: list[Skill]) -> None:
        with pytest.raises(ValueError, match="intents: too few different questions"):
            learn_log([skill for skill in without_gym if skill.name == "intents"], 1000, 0)

    def test_nothing_to_repeat(self, without_gym: list[Skill]) -> None:
        only = {Change.REPEATED: 1.0}
        with pytest.raises(ValueError, match="too few different questions to make one that is rep"):
            stream(without_gym, 10, per_skill=0, drift=DRIFT, seed=0, shares=only)

    def test_shares_of_more_than_all(self, without_gym: list[Skill]) -> None:
        with pytest.raises(ValueError, match="add up to 1"):
            stream(without_gym, 10, per_skill=5, drift=DRIFT, seed=0, shares={Change.NEGATED: 2})

    @pytest.mark.parametrize("text", [None, "{", '{"test": []}', '{"train": [1]}'])
    def test_data_that_is_not_there(self, tmp_path: Path, text: str | None) -> None:
        if text is not None:
            (tmp_path / "clinc150").mkdir()
            (tmp_path / "clinc150" / "data_full.json").write_text(text, "utf-8")
        with pytest.raises(InputFileError, match="--data names the folder"):
            skills(tmp_path)
