"""The chat: one standalone question after another. Knows nothing of terminals but its stream."""

from collections.abc import Callable, Iterable
from typing import Protocol

from agent.interrupt import cancelling
from agent.loop import Answered
from agent.system2.reason import OnEvent
from agent.tables import printable
from agent.thinking import Thinking
from memory.questions import tag_of
from models.errors import QuestionError, SecondNatureError
from models.types import Cancelled
from router.policy import ROUTES, Policy

HELP = """Ask anything; each line is a question of its own. Commands:
  /route auto|system1|system2   who answers from now on
  /skill [TAG]                  the skill of what you ask from now on; without TAG, none
  /thinking on|off              a line for each stage and vote of System 2, from now on
  /help                         this
  /quit                         end (so does Ctrl-D); Ctrl-C cancels a question"""

_ENDS = ("/quit", "/exit", "quit", "exit")
"""What ends a chat: nobody who is used to another one is to ask a model how."""

Say = Callable[[str], None]


class Asked(Protocol):
    """Answers one question, as `Agent.ask` does."""

    def __call__(
        self,
        question: str,
        *,
        policy: Policy,
        skill: str | None,
        cancelled: Cancelled,
        on_event: OnEvent,
    ) -> Answered:
        """Answer it."""


class Repl:
    """A chat of standalone questions.

    Args:
        ask: Who answers.
        answer: Told each answer.
        note: Told everything else: who answered and why, errors, help.
        thinking: Shows System 2 at work.
    """

    def __init__(self, ask: Asked, *, answer: Say, note: Say, thinking: Thinking) -> None:
        self._ask = ask
        self._answer = answer
        self._note = note
        self._thinking = thinking
        self._policy = Policy.AUTO
        self._skill: str | None = None

    def run(self, lines: Iterable[str]) -> None:
        """Answer until the lines end, or one of them is `/quit`, or means it.

        Args:
            lines: What the user types.
        """
        for line in lines:
            text = line.strip()
            if text in _ENDS:
                return
            if text.startswith("/"):
                self._obey(*text.split(maxsplit=1))
            elif text:
                self._reply(text)

    def _obey(self, name: str, value: str = "") -> None:
        if name == "/help":
            self._note(HELP)
        elif name == "/skill":
            self._name_skill(value)
        elif name == "/route" and value in ROUTES:
            self._policy = Policy(value)
            self._note(f"route: {self._policy.value}")
        elif name == "/route":
            self._note(f"error: /route takes one of {', '.join(ROUTES)}, not {value!r}")
        elif name == "/thinking" and value in ("on", "off"):
            self._thinking.every_step = value == "on"
            self._note(f"thinking: {value}")
        elif name == "/thinking":
            self._note(f"error: /thinking takes on or off, not {value!r}")
        else:
            self._note(f"error: no command is named {printable(name)}; /help lists them")

    def _name_skill(self, value: str) -> None:
        try:
            self._skill = tag_of(value)
        except QuestionError as error:
            self._note(f"error: {error}")
        else:
            self._note(f"skill: {self._skill or 'none'}")

    def _reply(self, question: str) -> None:
        with cancelling() as cancelled:
            try:
                with self._thinking:
                    answered = self._ask(
                        question,
                        policy=self._policy,
                        skill=self._skill,
                        cancelled=cancelled,
                        on_event=self._thinking,
                    )
            except KeyboardInterrupt:
                self._note("cancelled")
                return
            except SecondNatureError as error:
                kind = "not a question" if isinstance(error, QuestionError) else "error"
                self._note(f"{kind}: {error}")
                return
        if cancelled.asked:
            self._note("cancelled; what was reasoned by then is kept")
            return
        decision = answered.decision
        self._answer(printable(decision.answer if decision.answer is not None else "(no answer)"))
        self._note(f"  {decision.route.value}: {decision.reason}")
