import json
from pathlib import Path

import pytest

from memory.questions import BadLine, Question, answer_of, clean_question, read_questions, tag_of
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


# Chats: a question stands alone, and so must its gold answer


def read(folder: Path, *turns: tuple[str, object], answer: str | None = "1") -> Question | BadLine:
    """A chat of these turns as its file gives it."""
    messages = [{"role": role, "content": content} for role, content in turns]
    file = folder / "log.jsonl"
    file.write_text(json.dumps({"messages": messages, "answer": answer}))
    (found,) = read_questions(file)
    return found


ASKED = ("user", "Is water wet?")
INTRODUCTIONS = (
    "You are a helpful assistant.",
    "You are a helpful, harmless and honest AI assistant!",
    [{"type": "text", "text": "you are an AI language model"}],
)
INSTRUCTIONS = (
    "Answer in French.",
    "You are a helpful assistant. Answer in French.",
    "You are a French assistant.",
    "You are not a helpful assistant.",
    "You are a helpful assistant.\nToday is 3 March.",
    "\U0001f1eb\U0001f1f7",
    [{"type": "text", "text": "Be brief."}],
)


@pytest.mark.parametrize("said", INTRODUCTIONS)
def test_gold_counts_under_a_system_turn_that_only_introduces(tmp_path: Path, said: object) -> None:
    found = read(tmp_path, ("system", said), ASKED, answer="yes")
    assert found == Question(1, "Is water wet?", "yes", instructed=True)


@pytest.mark.parametrize("said", INSTRUCTIONS)
@pytest.mark.parametrize("role", ["system", "developer"])
def test_gold_under_an_instruction_is_no_gold_of_the_bare_question(
    tmp_path: Path, role: str, said: object
) -> None:
    for turns in ([(role, said), ASKED], [ASKED, (role, said)]):
        found = read(tmp_path, *turns, answer="oui")
        assert isinstance(found, BadLine)
        assert found.reason.startswith("its answer may hold only under its system turn, ")
        bare = read(tmp_path, *turns, answer=None)
        assert bare == Question(1, "Is water wet?", instructed=True), "asked by itself"


@pytest.mark.parametrize("said", [None, "", " "])
def test_a_system_turn_that_says_nothing_is_none(tmp_path: Path, said: object) -> None:
    assert read(tmp_path, ("system", said), ASKED) == Question(1, "Is water wet?", "1")


@pytest.mark.parametrize("role", ["assistant", "tool", "model"])
@pytest.mark.parametrize("answer", ["B", None])
def test_a_question_after_another_turn_may_lean_on_it(
    tmp_path: Path, role: str, answer: str | None
) -> None:
    earlier = (role, "Pick A or B: which is prime, A) 4 B) 7?")
    found = read(tmp_path, earlier, ("user", "So which one?"), answer=answer)
    assert isinstance(found, BadLine)
    assert f"the chat has a turn by {role!r} before the question" in found.reason


def test_what_comes_after_the_question_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, ASKED, ("assistant", None), ("tool", "wet"), ("assistant", "Yes."))
    assert found == Question(1, "Is water wet?", "1")
