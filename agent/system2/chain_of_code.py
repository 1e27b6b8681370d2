"""Chain of code: the question is worked out a statement at a time, in code that is then run.

After Chain of Code (arXiv 2312.04474), without its emulator: a comment says in words what happens,
the statement below does just that. Where program of thought generalises (a table of events and a
loop over it), this traces, so the two misread a question in different places; how far, and with
which errors in common, `benchmarks/verification.py` measures.
"""

from pathlib import Path

from agent.sandbox import Sandbox
from agent.system2 import pair
from agent.system2.method import Steps
from agent.system2.programs import program_sample
from agent.system2.prompts import read_prompts

NAME = "chain_of_code"


class ChainOfCode:
    """Few-shot programs that do one thing a line, with a comment that says it in words.

    Args:
        sandbox: Where they run.
        prompts: A folder with a user's prompts; None is ours.
    """

    name = NAME
    family = "steps"

    def __init__(self, sandbox: Sandbox, prompts: Path | None = None) -> None:
        self._sandbox = sandbox
        self._program = read_prompts(NAME, prompts)["program"]

    def fits(self, question: str) -> bool:
        """No program tells which of two texts is better."""
        return pair.parse(question) is None

    def sample(self, question: str) -> Steps:
        """One stage: the program, which is then run.

        Args:
            question: A standalone question.

        Returns:
            The sample; its vote is for the program's value.
        """
        return program_sample(NAME, self._program, self._sandbox, question)
