import pytest

from agent.variants.places import asks_place


@pytest.mark.parametrize(
    "question",
    [
        "What is the second option?",
        "Which option is in the middle?",
        "Which option is listed first?",
        "Which of the following comes third?",
        "Which is the last?",
        "What is the 2nd answer?",
        "Which do I name last, _?",
        "Which is the third from the top?",
        "Which stands at the end?",
        "Which comes first in this list?",
        "What is better: _? Reply with the first if unsure.",
        "If several fit, choose the earliest.",
    ],
)
def test_a_place_in_the_list_is_asked(question: str) -> None:
    assert asks_place(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which of these came first in history?",
        "Which came first, _?",
        "Which is the last stage of mitosis?",
        "What is the second most common element?",
        "Who is the eighth-century poet?",
        "Which was the first of them to be built?",
        "Who stood in the middle of the room?",
        "Which colour comes first in the rainbow?",
        "What is the first-line drug?",
        "At the end of the war, what was left?",
        "",
    ],
)
def test_a_place_in_the_world_is_none_in_the_list(question: str) -> None:
    assert not asks_place(question)
