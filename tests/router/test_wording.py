"""How usual a question's wording is: forms that a skill never had are told, its own are not."""

import math
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.wording import LEAST_QUESTIONS, MOST_QUESTIONS, Bigrams, Forms, Wording, wordings

NAMES = ["Ada", "Bo", "Cleo", "Dan", "Eve", "Flo", "Gus", "Hal", "Ida", "Jan", "Kit", "Lou"]


def coin(source: random.Random, people: int = 2, ask: str = "Is the coin still heads up?") -> str:
    moves = [
        f"{name} {source.choice(['flips', 'does not flip'])} the coin."
        for name in source.sample(NAMES, people)
    ]
    return " ".join(["A coin is heads up.", *moves, ask])


def letters(source: random.Random, which: str = "last letters") -> str:
    names = " ".join(source.sample(NAMES, 2))
    return f'Take the {which} of the words in "{names}" and concatenate them.'


def product(source: random.Random, digits: int = 3) -> str:
    low, high = 10 ** (digits - 1), 10**digits - 1
    return f"What is {source.randint(low, high)} * {source.randint(low, high)}?"


KINDS = {"coins": coin, "letters": letters, "products": product}


@pytest.fixture(scope="module")
def usual() -> dict[str, Wording]:
    source = random.Random(0)
    return wordings({name: [kind(source) for _ in range(120)] for name, kind in KINDS.items()})


@pytest.mark.parametrize("name", list(KINDS))
def test_new_questions_of_the_skill_are_like_it(usual: dict[str, Wording], name: str) -> None:
    source = random.Random(1)
    refused = [usual[name].why_unlike(KINDS[name](source)) for _ in range(200)]
    assert sum(why is not None for why in refused) <= 8


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("coins", "A coin is heads up. Ada flips the coin. Bo flips the coin. Is it tails up now?"),
        ("coins", "A coin is heads up. Ada flips the coin. Is the coin still heads up?"),
        ("coins", "Who flips the coin?"),
        ("coins", coin(random.Random(3), people=3)),
        ("coins", coin(random.Random(3), ask="Is the coin tails up now?")),
        ("coins", coin(random.Random(3)).replace("flips", "flips twice", 1)),
        ("letters", letters(random.Random(3), "first letters")),
        ("letters", letters(random.Random(3), "last 2 letters")),
        ("products", product(random.Random(3), digits=4)),
        ("products", product(random.Random(3)).replace("*", "+")),
        ("products", ""),
    ],
)
def test_another_form_is_told(usual: dict[str, Wording], name: str, question: str) -> None:
    why = usual[name].why_unlike(question)
    assert why is not None
    assert "it is worded unlike the questions that System 1 has learned from: it takes" in why


def test_what_was_learned_is_like_itself(usual: dict[str, Wording]) -> None:
    for wording in usual.values():
        refused = [wording.why_unlike(question) for question in wording.questions]
        assert sum(why is not None for why in refused) <= 2
        assert wording.why_unlike(wording.questions[0].upper()) is None


def several(source: random.Random, names: int = 2) -> str:
    """A skill in forms of unlike lengths; a name more in a short one takes no more than a long."""
    said = " ".join(source.sample(NAMES, names))
    short = f'Take the last letters of the words in "{said}" and concatenate them.'
    long = (
        f'Somebody has written down "{said}". Which letters stand last in those words, and what do '
        "they spell when they are put together in that order, without any spaces between them?"
    )
    return source.choice([short, long])


@pytest.fixture(scope="module")
def forms() -> Wording:
    source = random.Random(0)
    return wordings({"letters": [several(source) for _ in range(120)]})["letters"]


def test_a_form_that_never_came_is_told_where_forms_come_again(forms: Wording) -> None:
    source = random.Random(1)
    assert [forms.why_unlike(several(source)) for _ in range(100)] == [None] * 100
    told = [forms.why_unlike(several(source, names=3)) for _ in range(100)]
    assert all(told)
    assert any(why.endswith("learned from: none of them has its form") for why in told if why)


def test_what_was_asked_about_before_is_like_the_skill_in_another_of_its_forms() -> None:
    """Names that come together in the log alone take few bits where they come again."""
    source = random.Random(0)
    pairs = [f"{first} {last}" for first in NAMES for last in ("Moss", "Reed", "Voss", "Webb")]
    about = {pair: source.choice(["last", "first"]) for pair in pairs}
    asks = 'Take the {} letters of the words in "{}" and concatenate them.'.format
    usual = wordings({"letters": [asks(which, pair) for pair, which in about.items()]})["letters"]
    other = {"last": "first", "first": "last"}
    again = [asks(other[which], pair) for pair, which in about.items()]
    assert min(map(Bigrams(usual.questions).bits, again)) < usual.least_bits - 1
    assert [usual.why_unlike(question) for question in again] == [None] * len(again)


def test_names_that_nobody_knows_and_small_letters_are_no_other_form() -> None:
    source = random.Random(0)
    known = Forms([several(source) for _ in range(120)])
    question = 'Take the last letters of the words in "Xenia Quux" and concatenate them.'
    assert known.new == 0
    assert known.have(question)
    assert known.have(question.lower())
    assert known.have(question.upper())
    assert not known.have(question.replace("Take", "Do not take"))
    assert not known.have(question.replace("last", "first"))


def test_of_questions_that_all_have_a_form_of_their_own_none_is_told_by_it() -> None:
    source = random.Random(2)
    words = "it may rain in the north when cold air meets a warm sea".split()  # noqa: SIM905
    text = [" ".join(source.choices(words, k=12)) + "?" for _ in range(120)]
    usual = wordings({"free": text[:100]})["free"]
    assert Forms(text[:100]).new > 0.9
    assert sum(usual.why_unlike(question) is not None for question in text[100:]) <= 2


def test_new_forms_are_as_many_as_came_once() -> None:
    known = Forms(["is 1 red?", "is 2 red?", "is it 3?", "is it 4?", "why is it 5, not red?"])
    assert known.new == pytest.approx(1 / 5)
    assert known.have("Is 7 red?")
    assert not known.have("Is 77 red?")


def test_of_few_questions_nothing_is_known() -> None:
    source = random.Random(0)
    few = [coin(source) for _ in range(LEAST_QUESTIONS - 1)]
    assert wordings({"coins": few}) == {}
    assert wordings({"coins": [*few, coin(source)]}).keys() == {"coins"}


def test_the_newest_count() -> None:
    source = random.Random(0)
    old, new = [[kind(source) for _ in range(MOST_QUESTIONS)] for kind in (coin, letters)]
    usual = wordings({"mixed": [*old, *new]})["mixed"]
    assert usual.questions == tuple(new)
    assert usual.why_unlike(coin(source)) is not None


def test_one_and_the_same_question_over_and_over() -> None:
    usual = wordings({"echo": ["Ping?"] * 30})["echo"]
    assert usual.why_unlike("Ping?") is None
    assert usual.why_unlike("Ping pong?") is not None


def test_the_bits_are_those_of_the_formula() -> None:
    """By hand: two texts "a b", one "a c"; of 4 kinds of words (a, b, c, end) 9 were counted."""
    model = Bigrams(["a b", "a b", "a c"])

    def single(count: int) -> float:
        return (count + 4 / 5) / (9 + 4)

    a = (3 + 1 * single(3)) / (3 + 1)
    c = (1 + 2 * single(1)) / (3 + 2)
    b = (0 + 1 * single(2)) / (1 + 1)
    end = (2 + 1 * single(3)) / (2 + 1)
    assert model.bits("a c b") == pytest.approx(-math.log2(a * c * b * end))


@given(
    st.lists(st.text(alphabet="ab 1?", max_size=8), min_size=1, max_size=6), st.text(max_size=20)
)
def test_bits_are_finite_and_a_text_left_out_is_as_never_counted(
    texts: list[str], other: str
) -> None:
    model = Bigrams(texts)
    assert 0 <= model.bits(other) < math.inf
    own = f"own {other}"
    assert Bigrams([own, *texts]).bits(own) == pytest.approx(model.bits(own))


def test_threads_get_what_one_gets(usual: dict[str, Wording]) -> None:
    source = random.Random(5)
    questions = [*usual["coins"].questions, *(coin(source) for _ in range(100))] * 4
    fresh = Wording(usual["coins"].questions, 20.0, 21.0)
    alone = [fresh.why_unlike(question) for question in questions]
    again = Wording(usual["coins"].questions, 20.0, 21.0)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(again.why_unlike, questions)) == alone
