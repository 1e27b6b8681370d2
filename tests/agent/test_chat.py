import io
import os
import signal
from pathlib import Path

import pytest

from agent.build import Parts
from agent.loop import Answered
from agent.repl import Asked, Repl
from agent.system2.reason import OnEvent
from agent.thinking import Thinking
from models.errors import ModelError
from models.types import Cancelled
from router.policy import Policy
from tests.agent.world import World, code_of, question_of, spawn


@pytest.fixture
def said() -> list[str]:
    return []


def chat(built: Parts, said: list[str], *lines: str) -> None:
    note = said.append
    thinking = Thinking(Notes(said))
    repl = Repl(
        built.loop.ask, answer=lambda text: note(f"-> {text}"), note=note, thinking=thinking
    )
    repl.run(lines)


class Notes(io.StringIO):
    """A stream, no terminal, whose lines are kept with what is said."""

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said

    def write(self, text: str) -> int:
        self._said.append(text.removesuffix("\n"))
        return len(text)


def quiet(ask: Asked, said: list[str]) -> Repl:
    """A chat that keeps what it says, and shows no thinking."""
    return Repl(ask, answer=said.append, note=said.append, thinking=Thinking(io.StringIO()))


def test_each_line_is_a_question_of_its_own(world: World, said: list[str]) -> None:
    with world.parts() as built:
        chat(built, said, question_of(1) + "\n", "\n", f"  {question_of(2)}")
    assert said[0] == f"-> {code_of(1)}"
    assert said[1].startswith("  system2: ")
    assert "samples agree" in said[1]
    assert said[2] == f"-> {code_of(2)}"
    assert len(said) == 4


@pytest.mark.parametrize("word", ["/quit", "/exit", "quit", "exit", " exit\n"])
def test_quit_ends_it(world: World, said: list[str], word: str) -> None:
    with world.parts() as built:
        chat(built, said, word, question_of(1))
        assert "loop" in vars(built)
        assert built.store.counts().total == 0
    assert said == []


def test_route_and_skill_hold_from_then_on(world: World, said: list[str]) -> None:
    with world.parts() as built:
        chat(
            built,
            said,
            "/skill codes",
            "/route system1",
            question_of(1),
            "/route system2",
            question_of(2),
            "/skill",
        )
        decisions = built.store.journal.decisions()
    assert [decision.route.value for decision in decisions] == ["system1", "system2"]
    assert [decision.skill for decision in decisions] == ["codes", "codes"]
    assert said[:2] == ["skill: codes", "route: system1"]
    assert said[-1] == "skill: none"


def test_errors_are_one_line_and_the_chat_goes_on(world: World, said: list[str]) -> None:
    with world.parts() as built:
        chat(built, said, "a\x00b", "/route fast", "/dance", "/help", question_of(1))
    assert said[0].startswith("not a question: the question holds the control character")
    assert said[1] == "error: /route takes one of auto, system1, system2, not 'fast'"
    assert said[2] == "error: no command is named /dance; /help lists them"
    assert "/quit" in said[3]
    assert said[4] == f"-> {code_of(1)}"


def test_a_skill_is_named_as_in_a_file_of_questions(world: World, said: list[str]) -> None:
    with world.parts() as built:
        chat(built, said, "/skill codes", "/skill \udcff", "/skill " + "x" * 101, "/\udcff")
    assert said == [
        "skill: codes",
        "error: the skill holds half a character (a lone surrogate) at 1",
        "error: the skill must be one line of at most 100 characters",
        "error: no command is named /\ufffd; /help lists them",
    ]


def test_thinking_is_shown_step_by_step_where_that_is_wanted(world: World, said: list[str]) -> None:
    with world.parts() as built:
        chat(built, said, "/thinking on", question_of(1), "/thinking off", question_of(2))
    assert said[:2] == ["thinking: on", "  chain_of_thought: begins reason, 3 samples"]
    assert said[2] == f"  chain_of_thought: vote 1: '{code_of(1)}'"
    shown = said.index(f"-> {code_of(1)}")
    assert said[shown - 1].startswith(f"  chain_of_thought: done: '{code_of(1)}', ")
    assert said[shown + 2 :][:2] == ["thinking: off", f"-> {code_of(2)}"]


def test_any_space_parts_a_command_from_its_value(world: World, said: list[str]) -> None:
    with world.parts() as built:
        chat(built, said, "/route\tsystem1", "/skill  two codes ", "/thinking\u00a0on")
    assert said == ["route: system1", "skill: two codes", "thinking: on"]


def test_thinking_is_on_or_off(world: World, said: list[str]) -> None:
    with world.parts() as built:
        chat(built, said, "/thinking", "/thinking loud")
    assert said == [
        "error: /thinking takes on or off, not ''",
        "error: /thinking takes on or off, not 'loud'",
    ]


def test_a_question_without_an_answer_says_so(world: World, said: list[str]) -> None:
    world.script = lambda _: "I wonder."
    with world.parts() as built:
        chat(built, said, question_of(1))
    assert said[0] == "-> (no answer)"


def test_ctrl_c_gives_the_question_up_and_no_more(world: World, said: list[str]) -> None:
    before = signal.getsignal(signal.SIGINT)

    def interrupted(prompt: object) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "Answer: 1"

    with world.parts() as built:
        ask = built.loop.ask
        world.script = interrupted
        built.student._script = interrupted
        quiet(ask, said).run([question_of(1)])
        assert said == ["cancelled; what was reasoned by then is kept"]
        assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_does_not_wait(said: list[str]) -> None:
    def ask(
        question: str,
        *,
        policy: Policy,
        skill: str | None,
        cancelled: Cancelled,
        on_event: OnEvent,
    ) -> Answered:
        del question, policy, skill, on_event
        os.kill(os.getpid(), signal.SIGINT)
        assert cancelled()
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError

    quiet(ask, said).run(["one"])
    assert said == ["cancelled"]


def test_a_model_that_fails_does_not_end_the_chat(said: list[str]) -> None:
    def ask(
        question: str,
        *,
        policy: Policy,
        skill: str | None,
        cancelled: Cancelled,
        on_event: OnEvent,
    ) -> Answered:
        del policy, skill, cancelled, on_event
        raise ModelError(f"no model for {question}")

    quiet(ask, said).run(["one", "two"])
    assert said == ["error: no model for one", "error: no model for two"]


# The command, as a user starts it


def test_the_command_answers_from_a_pipe(
    world: World, tiny_model: Path, tiny_encoder: Path
) -> None:
    env = world.env | {
        "SECONDNATURE_SYSTEM1__MODEL": str(tiny_model),
        "SECONDNATURE_MEMORY__ENCODER": str(tiny_encoder),
        "SECONDNATURE_SYSTEM1__MAX_TOKENS": "4",
    }
    lines = b"\xef\xbb\xbf/route system1\nWhat is 2 + 2?\n\xff\xfe\n/help\n"
    done = spawn(env, "chat", stdin=lines)
    assert done.code == 0
    assert len(done.out.splitlines()) == 1
    assert "  system1: System 1 was asked for" in done.err
    assert "not a question: the question holds half a character" in done.err
    assert "> " not in done.out
    assert "Traceback" not in done.err


def test_a_closed_input_holds_no_question(world: World) -> None:
    done = spawn(world.env, "chat", stdin=None)
    assert (done.code, done.out) == (0, "")
    assert done.err == "standard input is closed: there is no question to read\n"


def test_without_models_each_question_says_so(world: World) -> None:
    done = spawn(world.env, "chat", stdin=b"one?\n")
    assert done.code == 0
    assert "unknown model 'hash-64'" in done.err
