"""Samples that are programs: the model writes, the sandbox runs, the value is the vote."""

from collections.abc import Generator
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

from agent.sandbox import ProgramResult, Sandbox
from agent.system2 import pair
from agent.system2.method import Answers, Call, Steps
from agent.system2.prompts import read_prompts
from agent.system2.reading import Written, no_vote, one
from memory.answers.values import unmarked
from memory.records import Vote
from models.types import Finish

_FENCE = "\n```"
_LOOK_S = 0.01
"""How long a sample waits for its program before it can be stopped; most take milliseconds."""


class Programs:
    """What such methods share; they differ in the examples that stand beside them.

    Args:
        sandbox: Where programs run, and nowhere else.
        prompts: A folder with a user's prompts; None is ours.
    """

    name: str
    family: str

    def __init__(self, sandbox: Sandbox, prompts: Path | None = None) -> None:
        self._sandbox = sandbox
        self._program = read_prompts(self.name, prompts)["program"]

    def fits(self, question: str) -> bool:
        """No program tells which of two texts is better."""
        return pair.parse(question) is None

    def sample(self, question: str) -> Steps:
        """One stage: the program, which is then run; asked for anew where nothing was said.

        Args:
            question: A standalone question.

        Returns:
            The sample; its vote is for the program's value.
        """
        call = Call("program", self._program.prompt(question=question), stop=(_FENCE,))
        generation = yield from one(call)
        if generation.finish is Finish.STOP and not generation.text.strip():
            # The fence that ended it stood in a thought, or opened the program itself.
            generation = yield from one(replace(call, stop=()))
        program = _joined(self._program.lead, generation.text)
        if generation.finish is Finish.LENGTH:  # what is missing may be half a number
            failure = "cut at the token limit before the program's end"
            return no_vote(self.name, [Written("program", program)], failure)
        result = yield from self._run(program + _FENCE)
        answer = None if result.answer is None else unmarked(result.answer, question)
        return Vote(self.name, answer, program, 0, result.failure)

    def _run(self, program: str) -> Generator[tuple[Call, ...], Answers, ProgramResult]:
        """Run a program; until it has ended, the sample asks nothing and can be closed."""
        running = self._sandbox.start(program)
        try:
            while not running.done():
                yield ()  # first of all, others are started before one is waited for
                wait((running,), _LOOK_S)
        finally:
            running.cancel()
        return running.result()


def _joined(lead: str, text: str) -> str:
    """The program behind its lead, or by itself when it does not go on from there.

    Some models write a function of their own, or bare statements with `return`, which the sandbox
    makes a function of.
    """
    if not text.strip() or text.lstrip("\n")[0].isspace():
        return lead + text
    return text if text.lstrip().startswith("```") else f"```python\n{text}"
