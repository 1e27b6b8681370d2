import time

import pytest

from agent.system2.pair import Pair, parse
from agent.system2.verdict import asks_for_better, tie_word

PAIR = "Question: Name a fruit.\n\nAnswer A: Apple\n\nAnswer B: Car\n\n"
NUMBERED = "Question: How many fruits?\n\nResponse 1: One\n\nResponse 2: Two\n\n"


def asked(request: str, about: str = PAIR) -> Pair:
    found = parse(f"{about}{request}")
    assert found is not None
    return found


@pytest.mark.parametrize("about", [PAIR, NUMBERED])
@pytest.mark.parametrize(
    "request_",
    [
        "Which answer is better?",
        "Which of the two is better, and why?",
        "Which response is more helpful?",
        "Explain in 1-2 sentences, then tell me which answer is better.",
        "Think step by step and pick the winner.",
        "Which follows the instruction more closely, and is the better one?",
        "In your opinion, which of them is better?",
        "Reply with nothing but its label. Who answers better?",
        "Verdict:",
    ],
)
def test_the_better_one_is_asked_for_by_its_label(request_: str, about: str) -> None:
    assert asks_for_better(asked(request_, about))


@pytest.mark.parametrize(
    "request_",
    [
        "Which one is worse?",
        "Pick the worst one; compare them.",
        "Which is less convincing or worse?",
        "Which answer has more mistakes, A or B?",
        "Which of them is longer, A or B?",
        "Which one would you not prefer?",
        "Choose the answer that is not the best one.",
        "Which of them isn't the better answer?",
        "Is A better than B?",
        "Is the better one A?",
        "Is answer B better than answer A?",
        "Does answer A compare well with B?",
        "Tell me whether answer A is better than answer B.",
        "Say yes or no: is the better one A?",
        "Compare them: how many more words does answer B have than answer A?",
        "Compare the two.",
        "Give each a score from 1 to 10 and say which is better.",
        "Which answer is better? Reply 1 for A or 2 for B.",
        'Which answer is better? Reply "first" or "second".',
        "Which answer is better? Output [[A>B]], [[A=B]] or [[B>A]].",
        'Name the better answer as JSON, like {"winner": "A"}.',
    ],
)
def test_what_else_is_asked_the_scores_do_not_answer(request_: str) -> None:
    assert not asks_for_better(asked(request_))


def test_the_other_kind_of_label_is_another_name() -> None:
    assert not asks_for_better(asked("Which is better? Say A for the 1st, else B.", NUMBERED))
    for request, about in (
        ("Say 1 or 2.", NUMBERED),
        ("Is answer 1 or answer 2 better?", NUMBERED),
        ("Decide whether answer A or answer B is better.", PAIR),
    ):
        assert asks_for_better(asked(f"Which is better? {request}", about))


def test_what_the_instruction_says_is_no_request() -> None:
    rated = "Question: How many are worse? Rate them.\nAnswer A: 3\nAnswer B: 4\nA or B?"
    assert asks_for_better(asked(rated, ""))
    assert not asks_for_better(asked("Question: The best?\nAnswer A: x\nAnswer B: y", ""))
    assert not asks_for_better(asked(f"Score the better one.\n{PAIR}Which is better?", ""))


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ("Which is better?", "C"),
        ("Which is better, A, B or C?", "C"),
        ("Which is better? Say A, B, or tie.", "tie"),
        ("Which is better? Say A, B or a 'draw'.", "draw"),
        ("Which is better? A, B, or 0 for a tie.", "0"),
        ('Which is better? "[[B]]" if B is better and "[[T]]" for a tie.', "T"),
        ("Which is better? If they are equally good, answer tie.", "tie"),
        ("Which is better? Say A if they are tied.", "C"),
        ("Which is better? You must pick A or B.", None),
        ("Which is better? Ties are not allowed.", None),
        ("Which is better? Do NOT say both or neither.", None),
        ("Which is better? No ties!", None),
    ],
)
def test_a_tie_is_called_what_the_question_calls_it(request_: str, word: str | None) -> None:
    assert tie_word(asked(request_)) == word


@pytest.mark.parametrize("unit", ["1 ", "A ", "if ", "first ", "tie ", "not ", "C for ", " "])
def test_a_long_request_takes_no_time(unit: str) -> None:
    found = asked(f"{(unit * 50_000)[:50_000]}\nWhich is better?", f"Compare.\n{PAIR}")
    start = time.process_time()
    asks_for_better(found)
    tie_word(found)
    assert time.process_time() - start < 15
