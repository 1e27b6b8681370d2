import pytest

from memory.questions import answer_of, clean_question, tag_of
from models.errors import QuestionError

UNSEEN = ["\u200b", "\ufeff \u2060", "\u00ad", "\ufe0f", "\u3164", "\u2800", "\u202e"]


@pytest.mark.parametrize("text", UNSEEN)
def test_what_nobody_can_see_is_no_question_no_tag_and_no_answer(text: str) -> None:
    with pytest.raises(QuestionError, match="the question has no character that can be seen"):
        clean_question(text)
    with pytest.raises(QuestionError, match="the skill has no character that can be seen"):
        tag_of(text)
    assert answer_of(text, "What is 2 + 2?") is None


@pytest.mark.parametrize("text", ["?", "\u200b?", "\u4f60", "\U0001f642", "e\u0301"])
def test_one_character_is_enough(text: str) -> None:
    assert clean_question(text) == text


@pytest.mark.parametrize("tag", ["(none)", " (None) "])
def test_no_tag_is_what_reports_call_questions_without_one(tag: str) -> None:
    with pytest.raises(QuestionError, match=r"the skill can't be '\([nN]one\)': reports call"):
        tag_of(tag)
    assert tag_of("none") == "none"
