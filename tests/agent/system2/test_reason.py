"""System 2 over a scripted teacher, with the real sandbox where programs run."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from agent.sandbox import Sandbox, SandboxSettings
from agent.system2.chain_of_thought import ChainOfThought
from agent.system2.method import Method, read_prompt
from agent.system2.program_of_thought import ProgramOfThought
from agent.system2.reason import Outcome, Reasoner
from agent.system2.settings import System2Settings, VerifySettings
from agent.verify import AgreementVerifier
from memory.records import Status, Vote
from models.errors import MethodError
from models.scripted import ScriptedLM
from models.types import Finish, Generation, Prompt
from tests.agent.world import asked


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings()) as opened:
        yield opened


@pytest.fixture
def program(sandbox: Sandbox) -> ProgramOfThought:
    return ProgramOfThought(sandbox)


def is_program(prompt: Prompt) -> bool:
    return prompt.messages[-1].role == "assistant"


def reasoner(
    script: Callable[[Prompt], str | Sequence[str]], *methods: Method, **changes: object
) -> Reasoner:
    settings = System2Settings(seed=0, **changes)  # type: ignore[arg-type]
    verifier = AgreementVerifier(VerifySettings(), settings)
    return Reasoner(ScriptedLM(script), methods or [ChainOfThought()], settings, verifier)


def one(made: Reasoner, question: str = "q", **options: object) -> Outcome:
    (outcome,) = made.reason([question], **options)  # type: ignore[arg-type]
    return outcome


def test_rounds_stop_when_the_vote_is_decided() -> None:
    record = one(reasoner(lambda _: "Answer: 7")).record
    assert (record.status, record.answer) == (Status.VERIFIED, "7")
    assert len(record.votes) == 3
    assert record.agreement == 1
    assert record.method == "chain_of_thought"
    assert record.seconds > 0
    assert record.id == 0


def test_a_contested_vote_is_sampled_up_to_the_limit_and_not_beyond() -> None:
    record = one(reasoner(lambda _: ["Answer: 7", "Answer: 7", "Answer: 8"])).record
    assert len(record.votes) <= 8
    hopeless = one(reasoner(lambda _: ["Answer: 1", "Answer: 2", "Answer: 3"])).record
    assert len(hopeless.votes) == 5, "three more could not make 70% of eight"
    assert hopeless.status is Status.UNVERIFIED
    limited = one(
        reasoner(
            lambda _: ["Answer: 7", "Answer: 7", "Answer: 7", "Answer: 8"],
            max_samples=4,
            first_samples=3,
            stop_probability=0.99,
        )
    ).record
    assert len(limited.votes) == 4


def test_questions_share_rounds_and_keep_their_order() -> None:
    def script(prompt: Prompt) -> str | list[str]:
        number = asked(prompt)
        return [f"Answer: {number}", "Answer: 0"] if number == "2" else f"Answer: {number}"

    told: list[tuple[int, int]] = []
    outcomes = reasoner(script).reason(["1", "2", "3"], on_decided=lambda *at: told.append(at))
    assert [outcome.record.question for outcome in outcomes] == ["1", "2", "3"]
    assert outcomes[0].record.answer == "1"
    assert len(outcomes[1].record.votes) > len(outcomes[0].record.votes)
    assert told[0] == (2, 3)
    assert told[-1] == (3, 3)
    assert outcomes[1].prompt_tokens > outcomes[0].prompt_tokens


def test_no_question_is_no_work() -> None:
    assert reasoner(lambda _: "Answer: 1").reason([]) == []


def test_failed_programs_are_votes_for_nothing(program: ProgramOfThought) -> None:
    def script(_: Prompt) -> list[str]:
        return ["    return 1 / 0", "    return 6 * 7", "    return 6 * 7"]

    record = one(reasoner(script, program)).record
    assert record.answer == "42"
    assert [vote.answer for vote in record.votes[:3]] == [None, "42", "42"]
    assert "ZeroDivisionError" in record.votes[0].failure
    assert record.votes[1].text.startswith("```python\ndef solution():")
    assert record.agreement == pytest.approx(
        sum(v.answer == "42" for v in record.votes) / len(record.votes)
    )


def test_the_next_method_is_asked_only_where_no_sample_gave_an_answer(
    program: ProgramOfThought,
) -> None:
    def script(prompt: Prompt) -> str:
        if is_program(prompt):
            return "    return 5" if asked(prompt) == "sum" else "    return nothing"
        return "Answer: Paris"

    outcomes = reasoner(script, program, ChainOfThought()).reason(["sum", "capital"])
    first, second = (outcome.record for outcome in outcomes)
    assert (first.method, first.answer) == ("program_of_thought", "5")
    assert {vote.method for vote in first.votes} == {"program_of_thought"}
    assert (second.method, second.answer) == ("chain_of_thought", "Paris")
    assert second.status is Status.VERIFIED
    assert {vote.method for vote in second.votes} == {"program_of_thought", "chain_of_thought"}
    assert second.agreement == 1, "the votes of the method that failed are not counted"
    assert second.tokens == sum(vote.tokens for vote in second.votes)


def test_when_every_method_fails_there_is_no_answer(program: ProgramOfThought) -> None:
    record = one(reasoner(lambda _: "no idea", program, ChainOfThought())).record
    assert record.answer is None
    assert record.status is Status.UNVERIFIED
    assert "no final answer was given" in record.reason


def test_a_cancel_keeps_what_was_paid_for_and_counts_no_half_answer() -> None:
    asked_times = 0

    def cancelled() -> bool:
        nonlocal asked_times
        asked_times += 1
        return asked_times > 11  # in the middle of the third sample

    record = one(reasoner(lambda _: "Two. Answer: 12 34"), cancelled=cancelled).record
    whole = [vote for vote in record.votes if vote.answer is not None]
    cut = [vote for vote in record.votes if vote.answer is None]
    assert len(whole) == 2
    assert [vote.failure for vote in cut] == ["cancelled"]
    assert cut[0].tokens > 0
    assert record.status is Status.UNVERIFIED


def test_a_cancel_before_the_first_sample_asks_no_model(program: ProgramOfThought) -> None:
    outcome = one(
        reasoner(lambda _: "Answer: 1", program, ChainOfThought()), cancelled=lambda: True
    )
    assert outcome.record.votes == ()
    assert outcome.record.answer is None
    assert outcome.prompt_tokens == 0


# Methods


def generation(text: str, finish: Finish = Finish.STOP) -> Generation:
    return Generation(text, (-0.1,) * 4, (1.0,) * 4, finish, 9)


def test_reasoning_that_is_cut_in_its_answer_votes_for_nothing() -> None:
    method = ChainOfThought()
    assert method.read(generation("So.\nAnswer: 1234")).answer == "1234"
    cut = method.read(generation("So.\nAnswer: 12", Finish.LENGTH))
    assert (cut.answer, cut.tokens) == (None, 4)
    assert "cut at the token limit" in cut.failure
    said = method.read(generation("Answer: 1234\nThat is because", Finish.LENGTH))
    assert said.answer == "1234"


def test_a_program_that_is_cut_is_not_run(program: ProgramOfThought) -> None:
    cut = program.read(generation("    return 12", Finish.LENGTH))
    assert cut == Vote(
        "program_of_thought",
        None,
        "```python\ndef solution():\n    return 12",
        4,
        "cut at the token limit before the program's end",
    )


def test_all_before_the_question_is_the_same_for_every_question() -> None:
    for name in ("program_of_thought", "chain_of_thought"):
        few_shot = read_prompt(name)
        first, second = few_shot.prompt("one?"), few_shot.prompt("two?")
        assert first.fixed == second.fixed == 1 + 2 * len(few_shot.shots)
        assert first.messages[: first.fixed] == second.messages[: second.fixed]
        assert first.messages[first.fixed].content == "one?"


def test_a_method_without_a_prompt_is_an_error() -> None:
    with pytest.raises(MethodError, match="no readable prompt"):
        read_prompt("telepathy")
