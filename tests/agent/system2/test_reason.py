"""System 2 over a scripted teacher, with the real sandbox where programs run."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from agent.sandbox import Sandbox, SandboxSettings
from agent.system2.branch_solve_merge import BranchSolveMerge
from agent.system2.chain_of_thought import ChainOfThought
from agent.system2.families import FAMILIES
from agent.system2.method import Call, Method, Steps
from agent.system2.plan import Evidence, Planner
from agent.system2.program_of_thought import ProgramOfThought
from agent.system2.reason import Event, Outcome, Reasoner, Step
from agent.system2.rephrase_and_respond import Rephrased
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.task import Check, Task
from agent.system2.universal import UniversalConsistency
from agent.trust import Trust
from agent.variants.variant import Variant
from agent.verify import AgreementVerifier
from memory.records import Status, Vote
from models.scripted import ScriptedLM
from models.types import Message, Prompt
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


Script = Callable[[Prompt], str | Sequence[str]]


def reasoner(script: Script, **changes: object) -> Reasoner:
    settings = System2Settings(seed=0, **changes)  # type: ignore[arg-type]
    verifier = AgreementVerifier(VerifySettings(), settings)
    return Reasoner(ScriptedLM(script), settings, verifier, UniversalConsistency())


def task(question: str, *methods: Method, checks: tuple[Check, ...] = ()) -> Task:
    asked = methods or (ChainOfThought(),)
    return Task(question, asked, {method.name: checks for method in asked})


def one(made: Reasoner, *methods: Method, **options: object) -> Outcome:
    (outcome,) = made.reason([task("q", *methods)], **options)  # type: ignore[arg-type]
    return outcome


class TwoStage:
    """Rewrites, then answers what it rewrote: a rewrite a sample."""

    name = "two_stage"
    family = "words"

    def fits(self, question: str) -> bool:
        return bool(question)

    def sample(self, question: str) -> Steps:
        ((rewritten,),) = yield (
            Call("rewrite", Prompt((Message("user", f"rewrite {question}"),))),
        )
        prompts = [Prompt((Message("user", f"{side} {rewritten.text}"),)) for side in "ab"]
        answers = yield tuple(Call("respond", prompt, n=2) for prompt in prompts)
        texts = [generation.text for each in answers for generation in each]
        return Vote(self.name, texts[0] if len(set(texts)) == 1 else None, " | ".join(texts), 0)


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
    assert len(hopeless.votes) == 3, "one of three will hardly become six of eight"
    assert hopeless.status is Status.UNVERIFIED
    careful = one(reasoner(lambda _: "Answer: 7", stop_probability=0.99)).record
    assert len(careful.votes) == 4, "three against none could still lose, if hardly ever"


def test_questions_share_rounds_and_keep_their_order() -> None:
    def script(prompt: Prompt) -> str | list[str]:
        number = asked(prompt)
        return [f"Answer: {number}", "Answer: 0"] if number == "2" else f"Answer: {number}"

    told: list[Event] = []
    outcomes = reasoner(script).reason([task(n) for n in "123"], on_event=told.append)
    assert [outcome.record.question for outcome in outcomes] == ["1", "2", "3"]
    assert outcomes[0].record.answer == "1"
    assert len(outcomes[1].record.votes) > len(outcomes[0].record.votes)
    decided = [(event.question, event.done) for event in told if event.step is Step.DECIDED]
    assert decided == [("1", 1), ("3", 2), ("2", 3)]
    assert outcomes[1].prompt_tokens > outcomes[0].prompt_tokens


def test_no_question_is_no_work() -> None:
    assert reasoner(lambda _: "Answer: 1").reason([]) == []


def test_failed_programs_are_votes_for_nothing(program: ProgramOfThought) -> None:
    def script(_: Prompt) -> list[str]:
        return ["    return 1 / 0", "    return 6 * 7", "    return 6 * 7"]

    record = one(reasoner(script), program).record
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

    tasks = [task(question, program, ChainOfThought()) for question in ("sum", "capital")]
    outcomes = reasoner(script).reason(tasks)
    first, second = (outcome.record for outcome in outcomes)
    assert (first.method, first.answer) == ("program_of_thought", "5")
    assert {vote.method for vote in first.votes} == {"program_of_thought"}
    assert (second.method, second.answer) == ("chain_of_thought", "Paris")
    assert second.status is Status.VERIFIED
    assert {vote.method for vote in second.votes} == {"program_of_thought", "chain_of_thought"}
    assert second.agreement == 1, "the votes of the method that failed are not counted"
    assert second.tokens == sum(vote.tokens for vote in second.votes)


def test_when_every_method_fails_there_is_no_answer(program: ProgramOfThought) -> None:
    record = one(reasoner(lambda _: "no idea"), program, ChainOfThought()).record
    assert record.answer is None
    assert record.status is Status.UNVERIFIED
    assert "none of" in record.reason


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
    made = reasoner(lambda _: "Answer: 1")
    outcome = one(made, program, ChainOfThought(), cancelled=lambda: True)
    assert outcome.record.votes == ()
    assert outcome.record.answer is None
    assert outcome.prompt_tokens == 0


def test_stages_of_a_sample_follow_each_other_and_its_tokens_add_up() -> None:
    def script(prompt: Prompt) -> str:
        text = asked(prompt)
        return "one two three" if text.startswith("rewrite") else "yes"

    told: list[Event] = []
    record = one(reasoner(script), TwoStage(), on_event=told.append).record
    assert (record.answer, record.status) == ("yes", Status.VERIFIED)
    assert record.votes[0].text == "yes | yes | yes | yes"
    assert {vote.tokens for vote in record.votes} == {4 + 4 * 2}, "each text and its end"
    stages = [(event.stage, event.samples) for event in told if event.step is Step.STAGE]
    assert stages[0] == ("rewrite", 3)
    assert {stage for stage, _ in stages} == {"rewrite", "respond"}
    assert sum(event.step is Step.VOTE for event in told) == len(record.votes)


def test_checks_are_made_only_of_a_clear_vote_and_have_no_say_in_it() -> None:
    def script(prompt: Prompt) -> str | list[str]:
        if asked(prompt) == "Is 3 or 2 larger?":
            return "Answer: 2"
        if prompt.messages[-1].content.startswith("rewrite"):
            return "what"
        if len(prompt.messages) == 1:
            return "no"
        return "Answer: 3" if "or" in asked(prompt) else ["Answer: 1", "Answer: 2", "Answer: 3"]

    variant = Variant("alternatives swapped", "Is 3 or 2 larger?")
    checks = (Check(method=TwoStage()), Check(variant=variant))
    tasks = [task(q, checks=checks) for q in ("Is 2 or 3 larger?", "unclear")]
    clear, unclear = (o.record for o in reasoner(script).reason(tasks))
    assert (clear.answer, clear.agreement) == ("3", 1.0)
    named = [(vote.method, vote.variant, vote.answer) for vote in clear.votes[3:]]
    assert sorted(named) == [
        ("chain_of_thought", "alternatives swapped", "2"),
        ("chain_of_thought", "alternatives swapped", "2"),
        ("two_stage", "", "no"),
        ("two_stage", "", "no"),
    ]
    assert {vote.method for vote in unclear.votes} == {"chain_of_thought"}


def test_a_question_in_other_words_is_a_check_by_the_same_method() -> None:
    def script(prompt: Prompt) -> str:
        if "rephrase and expand" in prompt.messages[-1].content:
            return "In other words?"
        return "Answer: no" if asked(prompt) == "In other words?" else "Answer: yes"

    settings = VerifySettings()
    planner = Planner([ChainOfThought()], None, settings, seed=0, rephrased=Rephrased)
    made = reasoner(script)
    (outcome,) = made.reason(planner.plan(["Is it so?"], [Evidence()]))
    *own, first, second = outcome.record.votes
    assert {(vote.answer, vote.variant) for vote in own} == {("yes", "")}
    for vote in (first, second):
        assert (vote.method, vote.variant) == ("chain_of_thought", "question rephrased")
        assert vote.answer == "no"
    trust = Trust(settings, AgreementVerifier(settings, System2Settings()), FAMILIES)
    (verdict,) = trust.weigh("skill", [outcome.record]).verdicts
    assert "but with question rephrased another answer wins" in verdict.reason


def test_the_budget_of_tokens_is_kept_hard() -> None:
    long = "word " * 50 + "\nAnswer: 7"
    for budget in (1, 30, 100, 160, 500):
        record = one(reasoner(lambda _: long, max_question_tokens=budget, max_tokens=60)).record
        assert record.tokens <= budget
        if budget < 3 * 53:
            assert record.status is Status.UNVERIFIED
    assert one(reasoner(lambda _: long, max_question_tokens=500)).record.answer == "7"
    spent = one(reasoner(lambda _: "x", max_question_tokens=9), TwoStage()).record
    assert spent.votes[0].failure == "the 9 tokens of system2.max_question_tokens are used up"
    nothing = one(reasoner(lambda _: long, max_question_tokens=1)).record
    assert "system2.max_question_tokens = 1," in nothing.reason


def test_the_budget_of_seconds_is_kept() -> None:
    record = one(reasoner(lambda _: "Answer: 7", max_seconds=1e-9)).record
    assert (record.answer, record.votes) == (None, ())
    assert record.reason.endswith("system2.max_seconds = 1e-09")


def test_a_prompt_that_is_too_long_is_told_before() -> None:
    made = Reasoner(
        ScriptedLM(lambda _: "Answer: 1", context_tokens=2000),
        System2Settings(),
        AgreementVerifier(VerifySettings(), System2Settings()),
        UniversalConsistency(),
    )
    assert made.room(task("short?")) is None
    assert "the model reads 2,000" in (made.room(task("long " * 3000)) or "")


class Quoting:
    """Its second stage quotes far more than a model reads."""

    name = "quoting"
    family = "words"

    def fits(self, question: str) -> bool:
        return bool(question)

    def sample(self, question: str) -> Steps:
        yield (Call("short", Prompt((Message("user", question),))),)
        yield (Call("long", Prompt((Message("user", "word " * 5000),))),)
        raise AssertionError("the second stage can't be asked")


def test_a_later_stage_that_is_too_long_ends_its_own_question_alone() -> None:
    settings = System2Settings(seed=0)
    verifier = AgreementVerifier(VerifySettings(), settings)
    lm = ScriptedLM(lambda _: "Answer: 7", context_tokens=2000)
    made = Reasoner(lm, settings, verifier, UniversalConsistency())
    long, fine = (o.record for o in made.reason([task("a", Quoting()), task("b")]))
    assert long.answer is None
    assert "the model reads 2,000" in long.votes[0].failure
    assert (fine.answer, fine.status) == ("7", Status.VERIFIED)


def test_a_question_that_needs_no_call_has_room_and_an_answer() -> None:
    same = "Which answer is better?\nAnswer A: foo\nAnswer B: foo"
    made = reasoner(lambda _: "Answer: 1")
    judged = task(same, BranchSolveMerge())
    assert made.room(judged) is None
    (outcome,) = made.reason([judged])
    assert len(outcome.record.votes) == 3


TEXTS = ["the sky is blue today", "a blue sky over all", "it rains cats and dogs"]


def test_among_free_texts_the_model_picks_and_only_a_person_can_verify() -> None:
    def script(prompt: Prompt) -> str | list[str]:
        if "Response 1:" in prompt.messages[-1].content or prompt.messages[-1].role == "assistant":
            return "2"
        return [f"Answer: {text}" for text in TEXTS]

    record = one(reasoner(script)).record
    assert (record.answer, record.status) == (TEXTS[1], Status.UNVERIFIED)
    assert [vote.method for vote in record.votes][-1] == "universal"


def test_short_answers_that_differ_are_not_picked_from() -> None:
    record = one(reasoner(lambda _: ["Answer: 1", "Answer: 2", "Answer: 3"])).record
    assert {vote.method for vote in record.votes} == {"chain_of_thought"}
