from pathlib import Path

import pytest

from models.scripted import ScriptedLM
from models.types import Finish, Generation
from trainer.student import draft_answers, draft_of, student_prompt


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("56", "56"),
        (" 56", "56"),
        ("56\n", "56"),
        ("first\nsecond", None),
        ("", None),
        ("So?", None),
        ("<think>\n56?\n</think>\n\n57", "57"),
        ("<think>It is 56.", None),
    ],
)
def test_how_a_draft_is_read(text: str, answer: str | None) -> None:
    draft = draft_of("So?", Generation(text, (-0.5, -0.1), (2.0, 3.0), Finish.STOP, 9), "v1")
    assert draft.answer == answer
    assert (draft.mean_logprob, draft.min_logprob, draft.first_margin) == (-0.3, -0.5, 2.0)
    assert (draft.tokens, draft.prompt_tokens, draft.complete) == (2, 9, True)


def test_a_draft_that_was_cut_is_incomplete() -> None:
    draft = draft_of("q", Generation("56", (-0.5,), (2.0,), Finish.LENGTH, 9), "v1")
    assert not draft.complete


def test_nothing_generated_is_no_answer() -> None:
    draft = draft_of("q", Generation("", (), (), Finish.CANCELLED, 9), "v1")
    assert (draft.answer, draft.mean_logprob) == (None, float("-inf"))


def test_drafts_come_in_the_order_of_the_questions() -> None:
    lm = ScriptedLM({"coin": "yes", "sum": "5"})
    drafts = draft_answers(lm, ["a sum", "a coin", "a sum"], None)
    assert [draft.answer for draft in drafts] == ["5", "yes", "5"]
    assert {draft.adapter for draft in drafts} == {"base"}
    assert student_prompt("a sum").messages[-1].content == "a sum"


def test_no_weights_are_needed_to_read_drafts() -> None:
    assert "import torch" not in Path("trainer/student.py").read_text("utf-8")
