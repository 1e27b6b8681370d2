import pytest

from memory.judging import is_right
from memory.records import Draft, Status


@pytest.mark.parametrize(
    ("said", "answer", "complete", "right"),
    [
        ("1,000", "1000.0", True, True),
        ("1000", "1000", False, False),
        ("7", "8", True, False),
        (None, "8", True, False),
        ("8", None, True, False),
    ],
)
def test_when_a_draft_is_right(
    said: str | None, answer: str | None, complete: bool, right: bool
) -> None:
    draft = Draft("q", said, "", "v1", -0.1, -0.1, 1.0, 1, complete=complete)
    assert is_right(draft, answer, Status.GOLD) is right
    assert not is_right(draft, answer, Status.REFUTED)
