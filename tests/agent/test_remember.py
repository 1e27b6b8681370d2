"""What is said of an outcome that joins what memory had of its question."""

from agent.commands.ask import as_object
from memory.records import Status
from models.types import Prompt
from router.policy import Policy
from tests.agent.world import World, asked, code_of, is_student, question_of, truth


def test_the_first_outcome_is_told_as_memory_keeps_it(world: World) -> None:
    with world.parts() as built:
        answered = built.agent().ask(question_of(1), policy=Policy.AUTO)
        assert answered.record.reason == built.store.find(question_of(1)).reason
        assert "memory keeps" not in answered.decision.reason


def test_an_outcome_that_memory_joins_with_earlier_votes_tells_them_apart(world: World) -> None:
    with world.parts() as built:
        agent = built.agent()
        agent.ask(question_of(1), policy=Policy.AUTO, skill="codes")
        again = agent.ask(question_of(1), policy=Policy.AUTO, skill="codes")
        shown = as_object(again)
        assert (shown["samples"], shown["agreement"], shown["verified"]) == (3, 1.0, True)
        own, kept = str(shown["reason"]).split("; memory keeps the same answer (verified): ")
        assert "3 of 3 samples agree" in own
        assert "6 of 6 samples agree" in kept
        assert kept == built.store.get(again.record.id).reason


def test_what_memory_says_in_the_same_words_is_said_once(world: World) -> None:
    with world.parts() as built:
        agent = built.agent()
        reasons = [agent.ask(question_of(1), policy=Policy.AUTO).record.reason for _ in range(2)]
    assert reasons[0] == reasons[1]


def test_an_unclear_outcome_is_verified_by_what_memory_keeps(world: World) -> None:
    with world.parts() as built:
        built.agent().ask(question_of(1), policy=Policy.AUTO)

    def unsure(prompt: Prompt) -> list[str]:
        return ["0"] if is_student(prompt) else [f"Answer: {truth(asked(prompt))}", "?", "?"]

    world.script = unsure
    with world.parts() as built:
        again = built.agent().ask(question_of(1), policy=Policy.AUTO)
        assert again.decision.answer == code_of(1)
        assert "only " in again.record.reason.split("; memory keeps the same answer")[0]
        kept = built.store.get(again.record.id)
        assert again.decision.verified is kept.status.trusted
        assert again.record.reason.endswith(f"({kept.status}): {kept.reason}")


def test_a_persons_word_stands_beside_the_votes(world: World) -> None:
    with world.parts() as built:
        agent = built.agent()
        first = agent.ask(question_of(1), policy=Policy.AUTO).decision
        built.store.mark(first.record_id, Status.GOLD)
        again = agent.ask(question_of(1), policy=Policy.AUTO).decision
        assert "3 of 3 samples agree" in again.reason
        assert again.reason.endswith("memory keeps the same answer (gold): a person gave it")
