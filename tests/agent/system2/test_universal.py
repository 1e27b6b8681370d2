import pytest

from agent.system2.universal import UniversalConsistency
from tests.agent.system2.driving import cut, said, wrote


def test_texts_are_numbered_from_one() -> None:
    call = UniversalConsistency().call("Why?", ["Because {question}.\n", "So."])
    assert (call.stage, call.n, call.temperature) == ("choose", 1, 0.0)
    assert "Question:\nWhy?\n\nResponse 1:\nBecause {question}.\n\nResponse 2:\nSo.\n" in said(call)
    assert UniversalConsistency.family == "words"


@pytest.mark.parametrize(
    ("reply", "index"),
    [
        (" 2", 1),
        (" 1.", 0),
        (" #3, as", 2),
        ("Response 2", 1),
        (" 4", None),
        (" 0", None),
        (" none of them", None),
        ("", None),
    ],
)
def test_the_first_number_is_the_choice(reply: str, index: int | None) -> None:
    assert UniversalConsistency().chosen(wrote(reply), 3) == index


def test_a_number_that_may_be_cut_is_no_choice() -> None:
    assert UniversalConsistency().chosen(cut(" 1"), 12) is None
    assert UniversalConsistency().chosen(cut(" 1, because"), 12) == 0
