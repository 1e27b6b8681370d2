"""Program of thought: the model writes a short program, the sandbox runs it, its value is the vote.

PAL (arXiv 2211.10435) and Program of Thoughts (arXiv 2211.12588).
"""

from pathlib import Path

from agent.sandbox import Sandbox
from agent.system2 import pair
from agent.system2.method import Steps
from agent.system2.programs import program_sample
from agent.system2.prompts import read_prompts

NAME = "program_of_thought"


class ProgramOfThought:
    """Few-shot programs that go over data: words in a list, events in a table.

    Args:
        sandbox: Where they run.
        prompts: A folder with a user's prompts; None is ours.
    """

    name = NAME
    family = "program"

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
