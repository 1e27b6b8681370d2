"""Program of thought: the model writes a short program, the sandbox runs it, its value is the vote.

PAL (arXiv 2211.10435) and Program of Thoughts (arXiv 2211.12588).
"""

from agent.sandbox import Sandbox
from agent.system2.method import read_prompt
from memory.records import Vote
from models.types import Finish, Generation, Prompt

NAME = "program_of_thought"
_FENCE = "\n```"


class ProgramOfThought:
    """Few-shot programs, run in the sandbox and nowhere else."""

    name = NAME
    stop = (_FENCE,)

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._few_shot = read_prompt(NAME)

    def prompt(self, question: str) -> Prompt:
        """The examples, the question, and the first line of the program to be written."""
        return self._few_shot.prompt(question)

    def read(self, generation: Generation) -> Vote:
        """Run the program.

        Args:
            generation: The rest of the program.

        Returns:
            A vote for its value; for nothing when it fails, with the reason.
        """
        program = self._few_shot.lead + generation.text
        if generation.finish is Finish.LENGTH:  # what is missing may be half a number
            failure = "cut at the token limit before the program's end"
            return Vote(self.name, None, program, generation.completion_tokens, failure)
        result = self._sandbox.run(program + _FENCE)
        return Vote(
            method=self.name,
            answer=result.answer,
            text=program,
            tokens=generation.completion_tokens,
            failure=result.failure,
        )
