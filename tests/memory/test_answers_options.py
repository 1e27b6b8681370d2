"""Options and compared answers, which an answer names by their letter, number or text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.answers import extract, extract_marked, key, normalise, same, vote_keys

QUESTION = "Which city is the capital of France?\n{0[0]} Lyon\n{0[1]} Paris.\n{0[2]} New York"
STYLES = ["A. B. C.", "A) B) C)", "(A) (B) (C)", "a. b. c.", "- A. - B. - C.", "A: B: C:"]


def _question(style: str) -> str:
    labels = style.replace("- ", "-").split()
    return QUESTION.format([label.replace("-", "- ") for label in labels])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "answer", ["B", "B. Paris", "B) Paris", "(B) Paris", "B: Paris", "B - Paris", "**B.** paris."]
)
def test_an_option_is_its_letter(style: str, answer: str) -> None:
    question = _question(style)
    assert extract_marked(f"Answer: {answer}", question) == "B"
    assert extract(answer, question) == "B"
    assert key(answer, question) == key("B", question)
    assert same(answer, "B", question)
    assert vote_keys([answer, "B", "C"], question) == vote_keys(["B", "B", "C"], question)
    assert same("B!", answer, question)


@pytest.mark.parametrize("answer", ["A. Paris", "B. Rome", "C. New", "D. Paris", "A. Lincoln"])
def test_another_letter_or_text_is_not(answer: str) -> None:
    question = _question("A. B. C.")
    assert extract_marked(f"Answer: {answer}", question) == answer
    assert not same(answer, answer[0], question)


@pytest.mark.parametrize(
    "question",
    [
        "Who was taller?\nA. Lincoln\nA. Jackson",
        "Who was taller, A. Lincoln or A. Jackson?",
        "Who was it?\nA. Lincoln",
        "First:\nA. Lincoln\nB. Grant\nSecond:\nA. Jackson\nB. Lee",
        "",
    ],
)
def test_initials_are_no_letters_of_options(question: str) -> None:
    assert extract_marked("Answer: A. Lincoln", question) == "A. Lincoln"
    assert not same("A. Lincoln", "A. Jackson", question)


LAYOUTS = [
    "A. {}\nB. {}\nC. {}", "A: {}\nB: {}\nC: {}", "- A) {}\n- B) {}\n- C) {}",
    "**A.** {}\n**B.** {}\n**C.** {}", "[A] {}\n[B] {}\n[C] {}", "A - {}\nB - {}\nC - {}",
    "A) {} B) {} C) {}", "(A) {}, (B) {}, or (C) {}?", "A. {} B. {} C. {}. Reply with one letter.",
    "A) {}   B) {}\nC) {}", "(a) {} (b) {} (c) {}",
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_text_of_one_option_is_its_letter(layout: str) -> None:
    question = "What is the capital of France?\n" + layout.format("Lyon", "Paris", "New York")
    votes = ["B", "b", "Paris", "paris.", "B) Paris", "Answer B"]
    assert len(set(vote_keys(votes, question))) == 1
    assert len({key(vote, question) for vote in votes}) == 1
    assert same("New York", "C", question)
    assert not same("Paris", "A", question)
    assert not same("Nice", "B", question)
    assert extract("Paris", question) == "Paris", "shown in its own words"
    assert extract("B) Paris", question) == "B"


@pytest.mark.parametrize("style", ["{}. ", "{}) ", "({}) "])
def test_options_may_have_numbers(style: str) -> None:
    names = enumerate(["Lyon", "Paris", "Nice"], start=1)
    question = "Which is it?\n" + "\n".join(f"{style.format(n)}{name}" for n, name in names)
    votes = ["2", "(2)", "2. Paris", "2) Paris", "Paris", "option 2"]
    assert len(set(vote_keys(votes, question))) == 1
    assert not same("Paris", "1", question)
    assert not same("3. Paris", "3", question)


def test_numbers_behind_any_question_are_labels_of_what_it_offers() -> None:
    question = "What is the capital of France?\n1. Lyon\n2. Paris"
    assert key("Paris", question) == key("2. Paris", question) == key("2", question)


NAMES = "1. Anna\n2. Ben\n3. Cem"
STEPS = "1. add 4\n2. double it"


@pytest.mark.parametrize(
    ("first", "question"),
    [
        ("Ben", f"Names:\n{NAMES}\nHow many of the names have three letters?"),
        ("Ben", f"How many of them have three letters?\n{NAMES}"),
        ("Ben", f"{NAMES}\nWhich is the number of names with three letters?"),
        ("Ben", f"{NAMES}\nCount the names with three letters."),
        ("2. Ben", f"{NAMES}\nWhat is left if three names go?"),
        ("double it", f"Take 5.\n{STEPS}\nWhat is it now?"),
        ("double it", f"What do I get from 5?\n{STEPS}"),
    ],
)
def test_numbers_of_facts_and_steps_are_no_labels(first: str, question: str) -> None:
    assert not same("2", first, question)
    assert key("2", question) != key(first, question)


@pytest.mark.parametrize(
    "question",
    [
        "Which of these is it, (A) Lyon, (B) Paris or (C) Nice?",
        "The capital of France is, in short, (A) Lyon, (B) Paris or (C) Nice?",
        "Pick one option (A) Lyon (B) Paris (C) Nice. Then say it.",
        "(A) Lyon (B) Paris (C) Nice\nWhich is it?",
        "1. Which is it?\nA. Lyon\nB. Paris\nC. Nice",
        "Read these facts.\n1) It is big.\n2) It is old.\nWhich is it?\nA. Lyon\nB. Paris",
        "Which is it?\nA. Lyon, or\nB. Paris, or\nC. Nice",
    ],
)
def test_options_are_found_in_running_text_and_behind_numbers(question: str) -> None:
    assert key("Paris", question) == key("B", question) == key("(B) Paris", question)
    assert not same("2", "Paris", question)


def test_an_abbreviation_does_not_end_the_last_option() -> None:
    assert same("ca. 7 km", "B", "How far is it? (A) 9 km (B) ca. 7 km. Say it.")
    question = "Which city is it? (A) Mt. Vernon (B) St. Louis. Say the letter."
    assert same("St. Louis", "B", question)
    assert same("Mt. Vernon", "A", question)
    assert not same("St", "B", question)
    assert same("7 Hill St", "B", "Where is it? (A) 9 Bay Rd. (B) 7 Hill St. Answer with a letter.")
    assert same("5 ft", "B", "How tall is it? (A) 3 ft (B) 5 ft. Answer with the letter.")


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        ("O", "A", "Which blood type?\nA) O\nB) A\nC) B"),
        ("5", "2", "How many of these are prime?\n1. 4\n2. 5\n3. 9"),
        ("five", "2", "How many letters has it?\n1. four\n2. five"),
        ("PARIS", "A", "Which is spelt right?\nA) paris\nB) Paris"),
        ("5", "A", "How far?\nA) 5 km\nB) 5 miles"),
        ("Lincoln", "A", "Was it A. Lincoln or B. Franklin?"),
        ("Lincoln", "A", "Which one was it, A. Lincoln or B. Franklin?"),
        ("near", "B", "Which of the points (A) and (B) near"),
    ],
)
def test_a_text_that_may_be_another_answer_is_no_letter(
    first: str, second: str, question: str
) -> None:
    assert not same(first, second, question)
    assert key(first, question) != key(second, question)


def test_an_option_is_found_by_its_value() -> None:
    assert same("1,000", "B", "How many?\nA) 100\nB) 1000\nC) 10")
    assert same("5", "A", "How far?\nA) 5 km\nB) 7 km")
    assert same("True", "A", "Is it prime?\nA) Yes\nB) No")


PRIMES = "Which of these are prime?\nA) 4\nB) 5\nC) 7"


@pytest.mark.parametrize("answer", ["B, C", "B and C", "BC", "C, B", "b, c", "B) and C)", "B C"])
def test_several_letters_are_one_answer(answer: str) -> None:
    assert key(answer, PRIMES) == key("B, C", PRIMES)
    assert not same(answer, "A, B", PRIMES)
    assert not same(answer, "B", PRIMES)


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        ("B, C", "C, B", "In which order are they?\nA) four\nB) five\nC) six"),
        ("B, C", "C, B", "Which are they, in order?\nA) four\nB) five\nC) six"),
        ("B, C", "C, B", "Which words are right for the gaps?\nA) four\nB) five\nC) six"),
        ("ABC", "BAC", "Which angles are equal?\nA) one\nB) two\nC) three"),
        ("BC", "B, C", "In which years was it?"),
        ("AD", "A, D", "Which are right?\nA) 4\nB) 5\nC) 7"),
        ("B, B", "B", PRIMES),
    ],
)
def test_several_letters_in_order_or_of_no_options(first: str, second: str, question: str) -> None:
    assert not same(first, second, question)
    assert key(first, question) != key(second, question)


@pytest.mark.parametrize(
    ("votes", "question"),
    [
        (["1", "Response 1", "response (1)"], "Response 1: x\nResponse 2: y\nWhich is better?"),
        (
            ["A", "Assistant A", "Answer A", "[[A]]", "Output (a)", "the response A"],
            "[The Start of Assistant A's Answer]\nx\n[The Start of Assistant B's Answer]\ny",
        ),
        (["Output (b)", "(b)", "B"], "# Output (a):\nx\n\n# Output (b):\ny\n\nWhich is better?"),
    ],
)
def test_a_verdict_is_its_label(votes: list[str], question: str) -> None:
    assert len(set(vote_keys(votes, question))) == 1
    assert not same(votes[1], "C", question)


def test_a_verdict_of_no_compared_answers_is_text() -> None:
    assert not same("Response 1", "1", "Which is better?")
    assert not same("Response 1", "1", "Response 1: a")


QUESTIONS = [
    PRIMES, "Which is it?\n1. Paris\n2. 5 apples", "Is it?\nA) Yes\nB) No\nC) None of these",
    "Response 1: a\nResponse 2: b", "Which version is it?", "To two decimal places?", "In words.",
    "Write it in scientific notation.", "Is it so, and if not, what is it?", "In capital letters.",
]  # fmt: skip
ANSWERS = [
    "A", "b", "B)", "B, C", "CB", "1", "2", "Paris", "5", "5 apples", "yes", "No, it is 5", "5.0",
    "0.50", "0.5", "Response 1", "7", "A) 4", "2. 5 apples", "none of these", "5e0", "", "five",
]  # fmt: skip


@given(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS), st.sampled_from(QUESTIONS))
def test_equality_agrees_with_keys_for_any_question(first: str, second: str, asked: str) -> None:
    assert same(first, first, asked)
    assert same(first, second, asked) == same(second, first, asked)
    if key(first, asked) == key(second, asked):
        assert same(first, second, asked)
    normal = normalise(first, asked)
    assert normalise(normal, asked) == normal
    assert key(normal, asked) == key(first, asked)
