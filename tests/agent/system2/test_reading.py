"""Which of several answers in a reply is the one to the question."""

import pytest

from agent.system2.reading import marked_vote
from tests.agent.system2.driving import cut, wrote


@pytest.mark.parametrize(
    "begun", ["Question: ", "Q: ", "user: ", "\n**Question 2:** ", "\n### Question:\n", "Human: "]
)
def test_a_question_that_the_model_makes_up_once_it_has_answered_is_not_ours(begun: str) -> None:
    reply = f"2 + 3 = 5.\nAnswer: 5\n{begun}What is 2 + 2?\nAnswer: 4"
    assert marked_vote("m", "2 + 3?", [], wrote(reply)).answer == "5"
    assert marked_vote("m", "2 + 3?", [], cut(f"{reply}\n{begun}What is")).answer == "5"


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: 4\nNo, that is wrong.\nAnswer: 5",
        "Question: What are 2 and 3 together?\n2 + 3 = 5.\nAnswer: 5",
        "User: 2 + 3?\nQ: 2 + 3?\nAnswer: 5",
        "<think>\nAnswer: 4\nQuestion: is it?\n</think>\nAnswer: 5",
        "Answer: 4\nThe question: is it so?\nAnswer: 5",
    ],
)
def test_else_the_last_answer_counts(reply: str) -> None:
    assert marked_vote("m", "2 + 3?", [], wrote(reply)).answer == "5"


def test_a_copied_answer_is_not_the_one_before_the_next_question() -> None:
    asked = "Answer: 7\nQuestion: What is 2 + 3?"
    assert marked_vote("m", asked, [], wrote(f"{asked}\nAnswer: 5")).answer == "5"
    copied = marked_vote("m", asked, [], wrote(f"So.\n{asked}"))
    assert copied.failure == "the only final answer is a copy from the question"
