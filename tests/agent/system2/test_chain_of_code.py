from agent.sandbox import Sandbox, SandboxSettings
from agent.system2.chain_of_code import ChainOfCode
from agent.system2.program_of_thought import ProgramOfThought
from agent.system2.prompts import read_prompts
from memory.records import Vote
from tests.agent.system2.driving import drive

TRACE = '''    # The box is shut.
    is_open = False
    # Ann pulls the lid: it changes.
    is_open = not is_open
    # Is it open?
    return "yes" if is_open else "no"'''


def test_the_traced_value_is_the_vote() -> None:
    with Sandbox(SandboxSettings()) as sandbox:
        driven = drive(ChainOfCode(sandbox).sample("Is it open?"), TRACE)
    lead = "```python\ndef solution():\n"
    assert driven.vote == Vote("chain_of_code", "yes", lead + TRACE, 0)
    assert driven.names == ["program"]


def test_it_is_unlike_program_of_thought_and_shares_none_of_its_examples() -> None:
    assert ChainOfCode.family != ProgramOfThought.family
    ours, theirs = (
        {asked for asked, _ in read_prompts(name)["program"].shots}
        for name in ("chain_of_code", "program_of_thought")
    )
    assert ours.isdisjoint(theirs)


def test_every_example_runs_to_its_answer() -> None:
    answers = {
        "What is the last digit of 12 * 13 + 20?": "6",
        'Join the second letters of the words in "river stone plan".': "itl",
        "Which of 318, 3180 and 99 is the smallest?": "99",
    }
    with Sandbox(SandboxSettings()) as sandbox:
        for asked, reply in read_prompts("chain_of_code")["program"].shots:
            value = sandbox.run(reply).answer
            assert value == answers.get(asked, "yes"), asked
