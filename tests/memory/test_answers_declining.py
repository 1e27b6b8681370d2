import pytest

from memory import answers

ASKED = "What is 17 times 3?"


@pytest.mark.parametrize(
    "answer",
    [
        "I don't know", "I don’t know.", "I do not know the answer", "I have no idea", "no idea",
        "Sorry, I can't help with that", "I'm sorry, but I cannot answer this question.",
        "I am not sure", "unknown", "Unknown.",
        "unclear from the text", "N/A", "not enough information", "It is unknown",
        "cannot be determined", "The answer can't be determined from the given facts.",
        "There is not enough information", "not enough information is given", "not mentioned",
        "Cannot determine", "unable to determine", "I cannot",
        "It is not possible to determine the exact number.", "Not possible to say",
        "We don't know", "We cannot determine the speed",
        "The question does not provide enough information to find it.",
        "impossible to say", "I'm unable to determine that",
        "<the final answer only>", "<your answer>", "[your final answer]", "[insert answer here]",
        "___", "...", "…",
    ],
)  # fmt: skip
def test_what_declines_answers_nothing(answer: str) -> None:
    assert answers.declines(answer)
    assert answers.declines(answer, ASKED)


@pytest.mark.parametrize(
    "answer",
    [
        "7", "yes", "no", "none", "0", "undefined", "infinity", "Unknown Soldier", "not guilty",
        "I can't get no satisfaction", "I know", "the answer", "<b>", "[1, 2]", "{x}", "No One",
        "not A", "I don't care", "unknowns", "impossible", "", ".",
        "It is not possible to divide by zero", "We know", "The text does not give his name",
    ],
)  # fmt: skip
def test_an_answer_answers(answer: str) -> None:
    assert not answers.declines(answer, ASKED)


def test_an_unknown_that_is_asked_for_is_no_offer() -> None:
    for question in ("What is the unknown number x in 2x = 6?", "x is unknown; 2x = 6. What is x?"):
        assert answers.declines("I don't know", question)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Does it follow? Answer yes, no or unknown.", "unknown"),
        ("Is Ann older? If it can't be determined, say so.", "cannot be determined"),
        ("Who is it? Say that there is not enough information if you can't tell.", "unknown"),
        (
            'What does "Je ne sais pas" mean in English, "I don\'t know" or "I know"?',
            "I don't know",
        ),
        ("Which letters does [my answer] hold?", "[my answer]"),
        ("What is the opposite of known?", "unknown"),
        ("Is it possible to know pi exactly?", "It is not possible to know it exactly"),
        ('Translate "No lo sé" into English.', "I don't know"),
    ],
)
def test_a_question_may_want_it(question: str, answer: str) -> None:
    assert not answers.declines(answer, question)
