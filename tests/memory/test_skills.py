import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from memory.records import Skill
from memory.skills import SkillSettings, assign, centroid_of, discover
from models.scripted import HashEncoder
from models.types import Encoder, FloatArray

FIRST = ["Grace", "Alan", "Ada", "Barbara", "Donald", "Edsger", "Linus", "Margaret", "Wei", "Olga"]
LAST = ["Hopper", "Turing", "Lovelace", "Liskov", "Knuth", "Dijkstra", "Garcia", "Khan", "Silva"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def letters(r: random.Random) -> str:
    name = f"{r.choice(FIRST)} {r.choice(LAST)}"
    wordings = [
        f'Take the last letters of the words in "{name}" and concatenate them.',
        f'What do you get if you join the last letter of each word in "{name}"?',
        f'Concatenate the final letters of each name in "{name}".',
    ]
    return r.choice(wordings)


def coins(r: random.Random) -> str:
    flips = " ".join(
        f"{name} {r.choice(['flips', 'does not flip'])} the coin." for name in r.sample(FIRST, 3)
    )
    wordings = [
        f"A coin is heads up. {flips} Is the coin still heads up?",
        f"There is a coin showing heads. {flips} Does it show heads now?",
    ]
    return r.choice(wordings)


def products(r: random.Random) -> str:
    a, b = r.randint(100, 999), r.randint(100, 999)
    return r.choice([f"What is {a} times {b}?", f"Compute {a} * {b}.", f"Multiply {a} by {b}."])


def weekdays(r: random.Random) -> str:
    day, n = r.choice(DAYS), r.randint(2, 60)
    wordings = [
        f"Today is {day}. What day of the week will it be in {n} days?",
        f"If today is {day}, which weekday is it {n} days from now?",
    ]
    return r.choice(wordings)


def dates(r: random.Random) -> str:
    day, n = f"{r.choice(['January', 'March', 'July'])} {r.randint(1, 28)}, 2015", r.randint(2, 30)
    wordings = [
        f"What date is {n} days after {day}? Answer in MM/DD/YYYY.",
        f"Today is {day}. What is the date {n} days later in MM/DD/YYYY?",
    ]
    return r.choice(wordings)


KINDS = [letters, coins, products, weekdays, dates]


def asked(
    count: int, kinds: list[Callable[[random.Random], str]] = KINDS
) -> tuple[list[str], list[str]]:
    r = random.Random(3)
    questions: dict[str, str] = {}
    for kind in kinds:
        while sum(name == kind.__name__ for name in questions.values()) < count:
            questions[kind(r)] = kind.__name__
    return list(questions), list(questions.values())


@pytest.fixture
def wide() -> HashEncoder:
    return HashEncoder(512)


# Hashed words know no synonyms, so a wording is a skill of its own: kinds with one wording only.
PLAIN = [
    lambda r: f"Is the coin heads up after {r.choice(FIRST)} and {r.choice(FIRST)} flip that coin?",
    lambda r: (
        f"Please multiply the two numbers {r.randint(100, 999)} and {r.randint(100, 999)} now"
    ),
    lambda r: f"Which weekday comes {r.randint(2, 99)} days after this {r.choice(DAYS)} morning?",
]


def plain() -> tuple[list[str], list[int]]:
    r = random.Random(1)
    pairs = sorted({(kind(r), at) for at, kind in enumerate(PLAIN) for _ in range(20)})
    return [question for question, _ in pairs], [at for _, at in pairs]


def test_like_questions_become_one_skill_with_a_readable_name(wide: HashEncoder) -> None:
    questions, kinds = plain()
    grouping = discover(questions, wide.encode(questions), [])
    assert len(grouping.new) == 3
    assert len(set(zip(grouping.names, kinds, strict=True))) == 3
    assert sorted(skill.name for skill in grouping.new) == [
        "coin-heads-after-flip",
        "please-multiply-numbers-now",
        "weekday-comes-after-morning",
    ]
    for skill in grouping.new:
        assert skill.size == Counter(grouping.names)[skill.name]
        assert skill.centroid_D is not None
        assert np.linalg.norm(skill.centroid_D) == pytest.approx(1.0, abs=1e-5)


def test_the_order_does_not_matter_and_twice_changes_nothing(wide: HashEncoder) -> None:
    questions, _ = plain()
    grouping = discover(questions, wide.encode(questions), [])
    turned = questions[::-1]
    other = discover(turned, wide.encode(turned), [])
    assert other.names[::-1] == grouping.names
    again = discover(questions, wide.encode(questions), grouping.new)
    assert again.new == ()
    assert again.names == grouping.names
    assert assign(wide.encode(questions), grouping.new) == list(grouping.names)


def test_a_tagged_skill_gets_untagged_questions_like_its_own(wide: HashEncoder) -> None:
    questions, kinds = plain()
    embeddings = wide.encode(questions)
    own = np.array(kinds) == 1
    tagged = centroid_of(Skill("mine", tagged=True, size=int(own.sum())), embeddings[own])
    wanted = ["mine" if kind == 1 else None for kind in kinds]
    assert assign(embeddings, [tagged]) == wanted
    grouping = discover(questions, embeddings, [tagged])
    assert [name if name == "mine" else None for name in grouping.names] == wanted
    assert "mine" not in {skill.name for skill in grouping.new}
    assert assign(embeddings, [replace(tagged, size=2)]) == [None] * len(questions)


def test_a_tag_of_all_sorts_gets_no_untagged_question(wide: HashEncoder) -> None:
    questions, kinds = plain()
    embeddings = wide.encode(questions)
    loose = centroid_of(Skill("mine", tagged=True, size=len(questions)), embeddings)
    assert assign(embeddings, [replace(loose, tagged=False)]).count("mine") > 0
    assert assign(embeddings, [loose]) == [None] * len(questions)
    grouping = discover(questions, embeddings, [loose])
    assert "mine" not in grouping.names
    assert len(set(zip(grouping.names, kinds, strict=True))) == 3


def test_few_questions_make_no_skill_and_names_that_are_taken_get_a_number(
    wide: HashEncoder,
) -> None:
    questions = [f"Multiply the numbers {n} and {n + 1}" for n in (111, 222, 333)]
    embeddings = wide.encode(questions)
    assert discover(questions[:2], embeddings[:2], []).names == (None, None)
    (skill,) = discover(questions, embeddings, []).new
    assert skill.name == "multiply-numbers"
    (other,) = discover(questions, embeddings, [Skill("multiply-numbers", tagged=True)]).new
    assert other.name == "multiply-numbers-2"


def test_repeated_questions_count_once(wide: HashEncoder) -> None:
    questions = ["What is 2 + 2?"] * 10
    assert discover(questions, wide.encode(questions), []).new == ()


def test_nothing_comes_of_nothing(wide: HashEncoder) -> None:
    assert discover([], wide.encode([]), []).names == ()
    assert assign(wide.encode([]), []) == []
    assert centroid_of(Skill("s"), wide.encode([])).centroid_D is None
    opposite = np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)
    assert centroid_of(Skill("s"), opposite).centroid_D is None


def test_ten_thousand_questions_are_grouped_in_samples(wide: HashEncoder) -> None:
    r = random.Random(0)
    questions = [PLAIN[n % 3](r) + f" ({n})" for n in range(10_000)]
    grouping = discover(questions, wide.encode(questions), [], SkillSettings(sample=200))
    assert len(grouping.new) == 3
    by_kind = [Counter(grouping.names[at::3]).most_common(1)[0][1] for at in range(3)]
    assert min(by_kind) > 3_000


@pytest.fixture(scope="module")
def minilm() -> Encoder:
    from models.catalog import resolve
    from models.encoder import SentenceEncoder
    from models.errors import ModelError

    try:
        return SentenceEncoder(resolve("all-minilm-l6-v2"), "all-minilm-l6-v2")
    except ModelError:
        pytest.skip("all-minilm-l6-v2 is not pulled")


@pytest.mark.slow
@pytest.mark.parametrize("count", [12, 40])
def test_kinds_in_several_wordings_become_one_skill_each(minilm: Encoder, count: int) -> None:
    questions, kinds = asked(count)
    grouping = discover(questions, minilm.encode(questions), [])
    assert len(grouping.new) == len(KINDS)
    assert grouping.names.count(None) <= 0.05 * len(questions)
    found = {(name, kind) for name, kind in zip(grouping.names, kinds, strict=True) if name}
    assert len(found) == len(KINDS)


@pytest.mark.slow
def test_a_kind_that_comes_later_gets_its_own_skill(minilm: Encoder) -> None:
    first, _ = asked(30, [dates, letters])
    early = discover(first, minilm.encode(first), []).new
    later, _ = asked(30, [weekdays, products])
    embeddings = minilm.encode(later)
    assert set(assign(embeddings, early)) == {None}
    assert len(discover(later, embeddings, early).new) == 2


def worded(kinds: int, wordings: int, each: int) -> tuple[list[str], FloatArray]:
    """Questions whose wordings are nearer to themselves than to each other; kinds are at odds."""
    draw = np.random.default_rng(0)
    names, rows = [], []
    for kind, wording, n in np.ndindex(kinds, wordings, each):
        row = 0.9 * draw.standard_normal(256) / 16
        row[kind] += 1.0
        row[50 + kind * wordings + wording] += 0.5
        names.append(f"{['first', 'second', 'third'][kind]} kind number {n} as {'abc'[wording]}")
        rows.append(row / np.linalg.norm(row))
    return names, np.array(rows, dtype=np.float32)


def test_wordings_of_one_kind_are_joined() -> None:
    questions, embeddings = worded(kinds=3, wordings=2, each=20)
    grouping = discover(questions, embeddings, [])
    assert len(grouping.new) == 3
    assert (
        len({(name, q.split()[0]) for name, q in zip(grouping.names, questions, strict=True)}) == 3
    )


def test_a_new_wording_joins_the_skill_that_is_known_unless_it_is_a_tag() -> None:
    questions, embeddings = worded(kinds=2, wordings=2, each=20)
    old = [at for at, question in enumerate(questions) if question.endswith("a")]
    known = discover([questions[at] for at in old], embeddings[old], []).new
    new = [at for at, question in enumerate(questions) if question.endswith("b")]
    grouping = discover([questions[at] for at in new], embeddings[new], known)
    assert grouping.new == ()
    assert set(grouping.names) == {skill.name for skill in known}
    tagged = [replace(skill, tagged=True) for skill in known]
    asked = [questions[at] for at in new]
    apart = [at for at, name in enumerate(assign(embeddings[new], tagged)) if name is None]
    assert apart, "some are as far from it as a wording of their own"
    names = discover(asked, embeddings[new], tagged).names
    assert {names[at] for at in apart}.isdisjoint(skill.name for skill in known)
