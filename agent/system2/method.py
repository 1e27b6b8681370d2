"""What a System 2 method is."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from memory.records import Vote
from models.errors import MethodError
from models.types import Generation, Message, Prompt

_HERE = Path(__file__).parent


class Method(Protocol):
    """One way of thinking a question through; a sample of it ends in a vote."""

    @property
    def name(self) -> str:
        """What users and records call it."""

    @property
    def stop(self) -> tuple[str, ...]:
        """Texts at which a sample ends."""

    def prompt(self, question: str) -> Prompt:
        """What the model is shown."""

    def read(self, generation: Generation) -> Vote:
        """A sample's vote; one for nothing when it holds no answer."""


@dataclass(frozen=True, slots=True)
class FewShot:
    """A method's fixed prompt: an instruction and worked examples.

    Attributes:
        system: The instruction.
        shots: Pairs of question and reply.
        lead: What every reply begins with.
    """

    system: str
    shots: tuple[tuple[str, str], ...]
    lead: str = ""

    def prompt(self, question: str) -> Prompt:
        """Put a question behind the examples; all before it is the same for every question.

        Args:
            question: A standalone question.

        Returns:
            The prompt.
        """
        fixed = [Message("system", self.system)]
        for asked, reply in self.shots:
            fixed += [Message("user", asked), Message("assistant", reply)]
        asking = [Message("user", question)]
        if self.lead:
            asking.append(Message("assistant", self.lead))
        return Prompt((*fixed, *asking), fixed=len(fixed))


def read_prompt(name: str) -> FewShot:
    """Read the prompt that lies beside a method's code.

    Args:
        name: The method's name.

    Returns:
        Its prompt.

    Raises:
        MethodError: The file is missing or not of the right form.
    """
    path = _HERE / f"{name}.toml"
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        shots = tuple((shot["question"], shot["reply"].strip("\n")) for shot in values["shots"])
        return FewShot(values["system"].strip(), shots, values.get("lead", ""))
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = (
            f"method {name!r} has no readable prompt in {path} ({error}); install the package anew"
        )
        raise MethodError(msg) from error
