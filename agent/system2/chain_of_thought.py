"""Chain of thought: reason in words, then a fixed marker with the final answer (2205.11916)."""

from agent.system2.method import read_prompt
from memory import answers
from memory.records import Vote
from models.types import Finish, Generation, Prompt

NAME = "chain_of_thought"


class ChainOfThought:
    """Reasoning in words; only an answer behind the marker counts."""

    name = NAME
    stop: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._few_shot = read_prompt(NAME)

    def prompt(self, question: str) -> Prompt:
        """The instruction with its trigger phrase, an example, and the question."""
        return self._few_shot.prompt(question)

    def read(self, generation: Generation) -> Vote:
        """Take the answer from behind the last marker of the model's own output.

        Args:
            generation: The reasoning.

        Returns:
            A vote; for nothing when the marker never came.
        """
        cut = generation.finish is Finish.LENGTH
        # The line that was cut may hold half an answer: 12 of 1234.
        whole = generation.text.rpartition("\n")[0] if cut else generation.text
        answer = answers.extract_marked(whole)
        failure = "" if answer is not None else "no final answer was given"
        if answer is None and cut:
            failure = "cut at the token limit before a final answer"
        return Vote(
            method=self.name,
            answer=answer,
            text=generation.text,
            tokens=generation.completion_tokens,
            failure=failure,
        )
