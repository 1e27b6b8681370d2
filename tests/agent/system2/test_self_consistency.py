from agent.system2.self_consistency import SelfConsistency
from memory.records import Vote
from tests.agent.system2.driving import cut, drive
from trainer.student import student_prompt


def test_it_is_asked_what_system_1_is_asked() -> None:
    driven = drive(SelfConsistency(max_tokens=9).sample("2 + 2?"), " 4.")
    (call,) = driven.stages[0]
    assert call.prompt == student_prompt("2 + 2?")
    assert call.max_tokens == 9
    assert driven.vote == Vote("self_consistency", "4", " 4.", 0)
    assert (SelfConsistency.family, SelfConsistency().fits("q")) == ("direct", True)


def test_what_is_cut_or_long_or_copied_has_no_vote() -> None:
    question = "What is 2 + 2?\nAnswer: 7"
    half = drive(SelfConsistency().sample(question), cut("12")).vote
    assert (half.answer, half.failure) == (None, "cut at the token limit before the answer's end")
    for text in ("First this.\nThen that.", "Answer: 7", "What is 2 + 2?\nAnswer: 7", ""):
        given = drive(SelfConsistency().sample(question), text).vote
        assert given.answer is None
        assert "not a short answer" in given.failure
    assert drive(SelfConsistency().sample(question), "7").vote.answer == "7"
