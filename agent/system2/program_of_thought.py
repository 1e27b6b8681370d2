"""Program of thought: the model writes a short program, the sandbox runs it, its value is the vote.

PAL (arXiv 2211.10435) and Program of Thoughts (arXiv 2211.12588).
"""

from pathlib import Path

from agent.sandbox import Sandbox
from agent.system2 import pair
from agent.system2.method import Call, Steps
from agent.system2.prompts import read_prompts
from agent.system2.reading import Written, no_vote, one
from memory.records import Vote
from models.types import Finish

NAME = "program_of_thought"
_FENCE = "\n```"


class ProgramOfThought:
    """Few-shot programs, run in the sandbox and nowhere else.

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
        prompt = self._program.prompt(question=question)
        generation = yield from one(Call("program", prompt, stop=(_FENCE,)))
        program = _joined(self._program.lead, generation.text)
        written = [Written("program", program)]
        if generation.finish is Finish.LENGTH:  # what is missing may be half a number
            return no_vote(NAME, written, "cut at the token limit before the program's end")
        result = self._sandbox.run(program + _FENCE)
        return Vote(NAME, result.answer, program, 0, result.failure)


def _joined(lead: str, text: str) -> str:
    """The program behind its lead, or by itself when it does not go on from there.

    Some models write a function of their own, or bare statements with `return`, which the sandbox
    makes a function of.
    """
    if not text.strip() or text.lstrip("\n")[0].isspace():
        return lead + text
    return text if text.lstrip().startswith("```") else f"```python\n{text}"
