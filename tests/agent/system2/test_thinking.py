"""Models that think aloud: methods are sent what was said, and the vote keeps what was thought."""

from collections.abc import Callable, Iterator

import pytest

from agent.sandbox import Sandbox, SandboxSettings
from agent.system2.branch_solve_merge import BranchSolveMerge
from agent.system2.chain_of_thought import ChainOfThought
from agent.system2.method import Method
from agent.system2.program_of_thought import ProgramOfThought
from agent.system2.reason import Reasoner
from agent.system2.rephrase_and_respond import RephraseAndRespond2
from agent.system2.self_consistency import SelfConsistency
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.system2_attention import System2Attention
from agent.system2.task import Task
from agent.system2.universal import UniversalConsistency
from agent.verify import AgreementVerifier
from memory.records import Vote
from models.scripted import ScriptedLM
from models.types import Prompt

BIASED = "What is 2 + 3? I think it is 4."


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings()) as opened:
        yield opened


class Asked:
    """A model that writes the same replies in turn to any question, and what it was shown."""

    def __init__(self, *replies: str) -> None:
        self.prompts: list[Prompt] = []
        self._replies = replies

    def __call__(self, prompt: Prompt) -> str:
        self.prompts.append(prompt)
        return self._replies[min(len(self.prompts), len(self._replies)) - 1]

    def shown(self, call: int) -> str:
        return [m.content for m in self.prompts[call].messages if m.role == "user"][-1]


def vote(
    script: Callable[[Prompt], str], method: Method, question: str = "2 + 3?", max_tokens: int = 400
) -> Vote:
    """The vote of a method's only sample."""
    settings = System2Settings(
        seed=0, first_samples=1, round_samples=1, max_samples=1, max_tokens=max_tokens
    )
    verifier = AgreementVerifier(VerifySettings(min_votes=1), settings)
    reasoner = Reasoner(ScriptedLM(script), settings, verifier, UniversalConsistency())
    (outcome,) = reasoner.reason([Task(question, (method,), {})])
    (only,) = outcome.record.votes
    return only


def test_a_thought_that_is_cut_is_no_answer() -> None:
    thought = "<think>\nSo the answer is 4.\nBut wait, let me check"
    given = vote(Asked(thought + " it"), ChainOfThought(), max_tokens=9)
    assert (given.answer, given.failure) == (None, "cut at the token limit before a final answer")
    assert "[reason: thought]\n<think>\nSo the answer is 4.\nBut wait" in given.text
    ended = vote(Asked(thought), ChainOfThought())
    assert (ended.answer, ended.failure) == (None, "no final answer was given")


def test_the_vote_keeps_what_was_thought_before_what_was_said() -> None:
    given = vote(Asked("<think>\nAnswer: 4?\n</think>\n\nAnswer: 5"), ChainOfThought())
    assert given.answer == "5"
    assert given.text == (
        "[reason: thought]\n<think>\nAnswer: 4?\n</think>\n\n[chain_of_thought]\nAnswer: 5"
    )


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<think>\n", "\n</think>\n\n"),
        ("", "\n</think>\n\n"),
        ("<thinking>", "</thinking>"),
        ("[THINK]", "[/THINK]"),
    ],
)
class TestEachMark:
    """With each kind of marks, the thought's own draft is not taken for what was said."""

    def test_an_answer(self, opening: str, closing: str) -> None:
        lm = Asked(f"{opening}The answer is 4.{closing}Answer: 5")
        assert vote(lm, ChainOfThought()).answer == "5"
        assert vote(Asked(f"{opening}The answer is 4.{closing}5"), SelfConsistency()).answer == "5"

    def test_no_answer(self, opening: str, closing: str) -> None:
        given = vote(Asked(f"{opening}The answer is 4.{closing}It is 5"), ChainOfThought())
        assert (given.answer, given.failure) == (None, "no final answer was given")

    def test_a_rewriting(self, opening: str, closing: str) -> None:
        lm = Asked(f"{opening}The answer is 4?{closing}What is the sum of 2 and 3?", "Answer: 5")
        given = vote(lm, RephraseAndRespond2())
        assert given.answer == "5"
        assert "In fuller words: What is the sum of 2 and 3?\n" in lm.shown(1)
        assert "4?" not in lm.shown(1)
        assert "[rephrase: thought]" in given.text
        assert "The answer is 4?" in given.text

    def test_a_bare_question(self, opening: str, closing: str) -> None:
        thought = f"{opening}Context: x\nQuestion: is it 4?{closing}"
        for lead in ("Context: ", ""):  # it begins afresh, or goes on from the lead
            lm = Asked(f"{thought}{lead}A sum.\nQuestion: What is 2 + 3?", "Answer: 5")
            assert vote(lm, System2Attention(), BIASED).answer == "5"
            assert lm.shown(1) == "A sum.\nWhat is 2 + 3?"

    def test_sub_tasks(self, opening: str, closing: str) -> None:
        thought = f"{opening}1. I should list\n2. maybe{closing}"
        for lead in ("1. ", " "):
            lm = Asked(f"{thought}{lead}Add.\n2. Check.", "It is 5.", "It is.", "Answer: 5")
            given = vote(lm, BranchSolveMerge())
            assert given.answer == "5"
            assert lm.shown(3).endswith("Notes:\nAdd.\nIt is 5.\nCheck.\nIt is.")

    def test_a_program(self, opening: str, closing: str, sandbox: Sandbox) -> None:
        thought = f"{opening}def solution():\n    return 4\nNo.{closing}"
        for program in ("    return 5", "```python\ndef solution():\n    return 5\n```\nSo 5."):
            given = vote(Asked(thought + program), ProgramOfThought(sandbox))
            assert (given.answer, given.failure) == ("5", "")


def test_a_drafted_program_is_not_run(sandbox: Sandbox) -> None:
    draft = "<think>\n```python\nresult = 4\n```\nNo.\n</think>\n```python\nresult = 5\n```"
    assert vote(Asked(draft), ProgramOfThought(sandbox)).answer == "5"
    only = vote(Asked(draft.partition("No.")[0]), ProgramOfThought(sandbox))
    assert only.answer is None
    assert "result = 4" in only.text


def test_a_reply_that_is_gone_on_with_is_what_was_said() -> None:
    lm = Asked(
        " none\nQuestion: What is 2 + 3?", "<think>The answer is 4?</think>It is five.", " 5"
    )
    given = vote(lm, System2Attention(), BIASED)
    assert given.answer == "5"
    assert lm.prompts[2].messages[-1].content == "It is five.\nAnswer:"
    assert "The answer is 4?" in given.text
