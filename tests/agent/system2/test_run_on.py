"""Which of several answers in a reply is the one to the question."""

import time

import pytest

from agent.system2.chain_of_thought import ChainOfThought
from agent.system2.reading import marked_vote
from agent.system2.run_on import before_next_question
from tests.agent.system2.driving import cut, drive, wrote

ASKED = "What is 2 + 3?"


@pytest.mark.parametrize(
    "begun", ["Question: ", "Q: ", "user: ", "\n**Question 2:** ", "\n### Question:\n", "Human: "]
)
def test_a_question_that_the_model_makes_up_once_it_has_answered_is_not_ours(begun: str) -> None:
    reply = f"2 + 3 = 5.\nAnswer: 5\n{begun}What is 2 + 2?\nAnswer: 4"
    assert marked_vote("m", "2 + 3?", [], wrote(reply)).answer == "5"
    assert marked_vote("m", "2 + 3?", [], cut(f"{reply}\n{begun}What is")).answer == "5"


@pytest.mark.parametrize(
    "next_",
    [
        "\nTask: What is 3 + 4?",
        "\nTask:\nSort these words: plum, fig.",
        "\n---\nExample 2: 3 + 4",
        "Example 2:\n3 + 4",
        "Problem: What is 3 + 4?",
        "**Exercise 3:** What is 3 + 4?",
        "user\nWhat is 3 + 4?\nassistant",
        "\nWhat is 3 + 4?",
        "\n**What is 3 + 4?**",
        "\n2. What is 3 + 4?",
        "---\nWhat is 3 + 4?\n",
        "\nHow many legs do seven dogs have?",
        "\nWhich city is the capital of Australia?",
        "\nIs 40782 larger than 40728?",
        '\nHow many vowels are in the word "banana"?',
        "\nA factory packs 46 boxes with 1203 nails in each. How many nails is that?",
        "\nA box is closed. Omar opens the box. Is the box still closed?",
        "\nA coin is heads up. Carl flips it. Is it still heads up?",
        "\nTom has some apples. He gives one away. Are there any left?",
        "\nWhich is larger?\nWhat is 3 + 4?\n\nWhat is 12 + 4?",
    ],
)
def test_it_may_have_another_label_or_none(next_: str) -> None:
    reply = f"2 + 3 = 5.\nAnswer: 5\n{next_}\nIt is so.\nAnswer: 7"
    assert drive(ChainOfThought().sample(ASKED), reply).vote.answer == "5"


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: 4\nNo, that is wrong.\nAnswer: 5",
        "Question: What are 2 and 3 together?\n2 + 3 = 5.\nAnswer: 5",
        "User: 2 + 3?\nQ: 2 + 3?\nAnswer: 5",
        "<think>\nAnswer: 4\nQuestion: is it?\n</think>\nAnswer: 5",
        "Answer: 4\nThe question: is it so?\nAnswer: 5",
        "Let us see.\n\nWhat is 12 + 7?\nIt is 19.\nAnswer: 5",
    ],
)
def test_else_the_last_answer_counts(reply: str) -> None:
    assert marked_vote("m", "2 + 3?", [], wrote(reply)).answer == "5"


@pytest.mark.parametrize(
    "doubt",
    [
        "Wait, is that right?",
        "Is that right?",
        "Is 4 correct?",
        "But what is 12 - 7?",
        "Hmm, did I add 3 or 13?",
        "Could it be 6?",
        "Is this the 3rd step?",
        "Did you count the 3 twice?",
        "What about 12?",
        "Shouldn't 6 be the sum?",
        "Why 4?",
        "What is 2 + 3?",
        "What is 3 + 2?",
        "What is the total?",
        "How many are there in all?",
        "Let me see: what is 12 - 7?",
        "So what is 12 - 7?",
        "The carry is 12. So what is left?",
        "Is 2 + 3 really 4, or is it 6?",
        "Can we verify with 12?",
        "Can 3 be added to 12?",
        "Does 2 divide 12?",
        "12 - 7 = ?",
        "This is more than before. Which is larger?",
        "A sum has two parts. What is 3 + 2?",
        "Problem: the carry is 12, not 7.",
        "Task 2: add the two.",
    ],
)
def test_a_model_that_doubts_its_answer_may_change_it(doubt: str) -> None:
    reply = f"Answer: 4\n\n{doubt}\nNo, 2 + 3 = 5.\nAnswer: 5"
    assert drive(ChainOfThought().sample(ASKED), reply).vote.answer == "5"


def test_what_the_reply_has_worked_out_since_is_not_new() -> None:
    reply = "Answer: 4\n\nThe carry is 12.\n\nIs 12 even?\nYes.\nAnswer: 5"
    assert drive(ChainOfThought().sample(ASKED), reply).vote.answer == "5"


def test_a_copied_answer_is_not_the_one_before_the_next_question() -> None:
    asked = "Answer: 7\nQuestion: What is 2 + 3?"
    assert marked_vote("m", asked, [], wrote(f"{asked}\nAnswer: 5")).answer == "5"
    copied = marked_vote("m", asked, [], wrote(f"So.\n{asked}"))
    assert copied.failure == "the only final answer is a copy from the question"


@pytest.mark.parametrize(
    "unit",
    ["\n\nIs it?", "\n\nTask", "\n ", "\n\n ", "? ", "\n\nIs 2 > 3?\nAnswer: 5", "\n---", "*"],
)
def test_a_long_reply_takes_no_time(unit: str) -> None:
    begun = time.process_time()
    before_next_question("Answer: 5\n\nIs 3?" + unit * (100_000 // len(unit)), ASKED)
    assert time.process_time() - begun < 5
