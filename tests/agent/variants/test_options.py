import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.variants import Variant, variants_of
from agent.variants.options import shuffle_options
from memory.answers import same

FRUIT = "Which is a fruit? (A) a stone (B) an apple (C) a car. Answer with the letter."
SUM = "What is 2 + 2?\nA. 3\nB. 4\nC. 5\nD. None of the above\nAnswer:"
WORDS = st.text("abcdefghé ", min_size=2, max_size=12).map(str.strip).filter(lambda w: len(w) > 1)


def shuffled(question: str, seed: int = 0) -> Variant:
    (variant,) = shuffle_options(question, seed)
    return variant


def test_options_in_a_line_change_places_and_the_rest_stays() -> None:
    variant = shuffled(FRUIT)
    assert variant.question == (
        "Which is a fruit? (A) an apple (B) a car (C) a stone. Answer with the letter."
    )
    assert [variant.back(a) for a in ("A", "B", "C")] == ["B", "C", "A"]


def test_options_in_lines_change_places_and_none_of_the_above_stays_last() -> None:
    variant = shuffled(SUM, seed=1)
    assert variant.question == "What is 2 + 2?\nA. 5\nB. 3\nC. 4\nD. None of the above\nAnswer:"
    assert [variant.back(a) for a in "ABCD"] == ["C", "A", "B", "D"]


def test_what_joins_options_stays_where_it_is() -> None:
    variant = shuffled("Which one is it: (a) red, (b) blue, or (c) green?")
    assert variant.question == "Which one is it: (a) blue, (b) green, or (c) red?"
    assert variant.back("a") == "b"


@pytest.mark.parametrize(
    ("answer", "back"),
    [
        ("A", "B"),
        ("(a)", "(b)"),
        ("[[A]]", "[[B]]"),
        ("A) an apple", "B) an apple"),
        ("(A) an apple", "(B) an apple"),
        ("Option A", "Option B"),
        ("The answer is A.", "The answer is B."),
        ("an apple", "an apple"),
        ("An apple.", "An apple."),
        ("E", "E"),
        ("a pear", "a pear"),
        ("A, B", "B, C"),
        ("A and C", "A and B"),
        ("(a), (c)", "(a), (b)"),
        ("A, B, and C.", "A, B, and C."),
        ("BC", "AC"),
        ("A, E", "A, E"),
        ("AA", "AA"),
        ("CAB drivers", "CAB drivers"),
        ("", ""),
    ],
)
def test_an_answer_by_label_is_taken_back_and_one_by_text_stays(answer: str, back: str) -> None:
    assert shuffled(FRUIT).back(answer) == back


@pytest.mark.parametrize(
    "layout",
    [
        "\n[A] {}\n[B] {}\n[C] {}", "\nA - {}\nB - {}\nC - {}", "\nA: {}\nB: {}\nC: {}",
        "\n* A) {}\n* B) {}\n* C) {}", "\n**A.** {}\n**B.** {}\n**C.** {}",
        "\n1. Mind this.\nA. {}\nB. {}\nC. {}", " Say, (A) {}, (B) {} or (C) {}?",
        " Pick one option (A) {} (B) {} (C) {}", "\nA. {}\nor\nB. {}\nor\nC. {}",
        " A. {} B. {} C. {}. Thanks!",
    ],
)  # fmt: skip
def test_what_names_an_option_is_what_is_shuffled(layout: str) -> None:
    question = "Which is a fruit?" + layout.format("a stone", "an apple", "a car")
    assert same("an apple", "B", question)
    variant = shuffled(question)
    assert variant.question == "Which is a fruit?" + layout.format("an apple", "a car", "a stone")
    assert variant.back("A") == "B"
    assert same("an apple", "A", variant.question)


def test_numbered_options_need_a_choice_to_be_asked_for() -> None:
    options = "\n1. red\n2. blue\n3. green"
    assert shuffled(f"Which of these is a primary colour of light?{options}").back("1") == "2"
    assert shuffle_options(f"My list:{options}", 0) == []


@pytest.mark.parametrize(
    "question",
    [
        "What is 2 + 2?",
        "",
        "Compute:\na) 2 + 2\nb) 3 + 3",
        "Put these in order:\nA. boil\nB. pour\nC. drink",
        "Which? (A) 1 (B) 2 (C) both A and B",
        "Which? (A) 1 (B) 2 (C) either of (a) or (b)",
        "Which? (A) red (B) red",
        "Which? (A) red",
        "Which? (A) red (C) blue",
        "Which? (A) red (B) blue. And then? (A) red (B) blue",
        "Which letter? (A) B (B) A",
        "Which number?\n1. 2\n2. 1",
        "How many of these can you choose?\n1. red\n2. blue",
        "Is option B right? (A) red (B) blue",
        "Which? (A) red (B) blue. I think the answer is (B) but I'm not sure.",
        "How far apart are the points (A) and (B) here",
        "Which? (A) He ran. She sat. (B) They stood.",
        "Which?\nA. a text\nof two lines\nB. another",
        "Which?\nA. red\nB. The answer before this one\nC. blue",
        "Which?\nA. The next statement is false.\nB. Snow is black.\nC. Snow is red.",
        "Which?\nA. Statement B is true.\nB. Snow is black.",
        "Which?\nA. red\nB. blue\nC. The two previous answers",
        "Which?\nA. red\nB. blue\nC. the one above",
        "Which?\nA. red\nB. blue\nC. A only",
        "¿Cuál?\nA. rojo\nB. azul\nC. A y B",
        "哪个？\nA. 红\nB. 蓝\nC. A和B",
    ],
)
def test_where_places_may_matter_or_are_unclear_nothing_is_shuffled(question: str) -> None:
    assert shuffle_options(question, 0) == []


@pytest.mark.parametrize(
    "asked",
    [
        "What is the second option?",
        "Which of the following comes third?",
        "Pick the option whose letter comes last in the alphabet.",
        "Which option has a vowel as its label?",
        "Choose the letter that is a vowel.",
        "Which option is right after the red one?",
        "Which option follows B?",
        "Which is the top option?",
        "What is option two?",
        "Which choice has an odd number?",
        "Which is warm? If unsure, pick B.",
        "Is B right?",
        "What is B minus A?",
        "Compute A + B, what is it?",
        "Is A greater than all?",
        "A implies what?",
        "Does A imply B?",
        "What is the sum of options A and B?",
        "Add the numbers under A and C, what is it?",
        "I put down (B), is it correct?",
        "I answered B. Did I get it right?",
        "The answer key says (C). Is the key right?",
        'Reply "yes" if B is the answer?',
        "Is option a warm?",
        "Is (a) warm?",
        "Which of A or B is warm?",
    ],
)
def test_where_a_place_or_a_label_is_asked_nothing_is_shuffled(asked: str) -> None:
    assert shuffle_options(f"{asked}\nA. blue\nB. red\nC. green", 0) == []


@pytest.mark.parametrize(
    "asked",
    [
        "Which of these came first in history?",
        "Which is the last stage of sunset?",
        "Which is warm? Answer with the letter.",
        "Select the letter of the best option below.",
        "Which is warm? Choose A, B or C.",
        "Which is warm? Reply with (A), (B) or (C) only.",
        "Which one, among some options, is it? Was ist warm?",
        "A man asks: I wonder, which is a warm one?",
        "Which of A-C is warm?",
        "Which of (A), (B), and (C) is warm?",
        "Name the warm one. Reply with the letter.",
        "The warm one is",
    ],
)
def test_where_only_the_answer_is_asked_options_are_shuffled(asked: str) -> None:
    assert shuffled(f"{asked}\nA. blue\nB. red\nC. green").back("A") == "B"


@pytest.mark.parametrize(
    "question",
    [
        "I start at 5. Which number is it?\n1. 3 more\n2. 1 less",
        "Which number do I end with?\n1. 3 more\n2. 1 less",
        "Which number is it?\n1. Add 3.\n2. Go back 1.",
        "Which number is it?\n1. 3 more\n2. then 1 less",
        "What is it?\nA. 3 more\nB. Square it.",
        "Compute the result.\nA. Take 7.\nB. Take 3.",
        "A. wash\nB. dry",
        "Which line raises the error?\n1. x is 5\n2. y is 3",
        "Which one raises the error?\n1. x = 5\n2. y = x - 5",
        "Which one raises the error?\n1. x\n2. print(x)",
        "After following these instructions, which room is it?\n1. Go left\n2. Go up",
        "Solve these. What is what?\nA. 2+2\nB. 3+3",
        "Translate each.\nA. dog\nB. cat",
        "Which is it? Answer both.\nA. What is 2+2?\nB. What is 3+3?",
        "Complete this, what is said?\nA. Hello!\nB. How are you?",
        "A: Let us go out.\nB: I am tired.\nWill they go?",
        "A - 5 apples\nB - 7 apples\nWhat is the sum?",
        "Which of the points (A) and (B) near",
    ],
)
def test_steps_tasks_and_lines_are_no_options(question: str) -> None:
    assert shuffle_options(question, 0) == []


@pytest.mark.parametrize("last", ["Todas las anteriores", "以上都是", "Alle oben genannten"])
def test_all_of_the_above_stays_last_in_other_languages(last: str) -> None:
    assert shuffled(f"?\nA. 1\nB. 2\nC. {last}").question == f"?\nA. 2\nB. 1\nC. {last}"


def pick(question: str, right: str) -> str:
    """A solver: the label of the right text."""
    lines = re.findall(r"^\((\w)\) (.*)$", question, re.MULTILINE)
    return next(label for label, text in lines if text == right)


@given(st.lists(WORDS, min_size=2, max_size=8, unique_by=str.casefold), st.data())
def test_a_solver_of_the_variant_solves_the_question(texts: list[str], data: st.DataObject) -> None:
    lines = [f"({label}) {text}" for label, text in zip("ABCDEFGH", texts, strict=False)]
    question = "\n".join(["Which one?", *lines])
    right = data.draw(st.sampled_from(texts))
    seed = data.draw(st.integers(0, 20))
    for variant in shuffle_options(question, seed):
        assert variant.question != question
        assert variant.back(pick(variant.question, right)) == pick(question, right)
        assert pick(variant.question, right) != pick(question, right)
        assert sorted(variant.question) == sorted(question)


def test_the_seeds_bring_an_option_to_every_place() -> None:
    places = {variants_of(FRUIT, seed)[0].question.index("an apple") for seed in range(5)}
    assert len(places | {FRUIT.index("an apple")}) == 3
