"""Thinking as it is shown: what a line says, and what is left of it on a terminal."""

import io
from dataclasses import replace

import pytest

from agent.system2.reason import Event, Step
from agent.thinking import Thinking, line_of, step_of
from memory.records import Vote
from router.policy import Policy
from tests.agent.world import World, code_of, question_of

NAME = "program_of_thought"
VOTE = Event(Step.VOTE, "12 + 12?", NAME, "", 4, Vote(NAME, "24", "...", 40), "24", 132, 0, 1)
STAGE = Event(Step.STAGE, "12 + 12?", NAME, "program", 3, None, None, 0, 0, 1)
DECIDED = Event(Step.DECIDED, "12 + 12?", NAME, "", 4, None, "24", 1132, 1, 1)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        """What stood on the line each time before it was written over, and in the end."""
        return [text.rstrip() for text in self.getvalue().split("\r")]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (VOTE, f"thinking: {NAME} 4 votes, leads '24', 132 tokens"),
        (STAGE, f"thinking: {NAME} 3 samples of program, 0 tokens"),
        (DECIDED, f"thinking: {NAME} 4 votes, leads '24', 1,132 tokens"),
        (replace(VOTE, samples=1, lead=None, tokens=1), f"thinking: {NAME} 1 vote, 1 token"),
        (
            replace(VOTE, lead="a\nb\x1b[2J"),
            f"thinking: {NAME} 4 votes, leads 'a b�[2J', 132 tokens",
        ),
    ],
)
def test_where_a_question_stands(event: Event, line: str) -> None:
    assert line_of(event) == line


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (STAGE, f"  {NAME}: begins program, 3 samples"),
        (VOTE, f"  {NAME}: vote 4: '24'"),
        (DECIDED, f"  {NAME}: done: '24', 4 votes, 1,132 tokens"),
        (replace(DECIDED, lead=None), f"  {NAME}: done: no answer, 4 votes, 1,132 tokens"),
        (
            replace(VOTE, vote=Vote(NAME, None, "...", 9, "it ran\ntoo long")),
            f"  {NAME}: vote 4: for nothing (it ran too long)",
        ),
        (
            replace(VOTE, vote=Vote(NAME, "24", "...", 9, variant="names replaced")),
            f"  {NAME}, names replaced: vote 4: '24'",
        ),
    ],
)
def test_what_happened(event: Event, line: str) -> None:
    assert step_of(event) == line


def test_a_terminal_has_one_line_that_is_written_over_and_blank_in_the_end() -> None:
    stream = Terminal()
    with Thinking(stream) as thinking:
        thinking(STAGE)
        thinking(VOTE)
    assert stream.lines == [line_of(STAGE), "", line_of(VOTE), "", ""]
    assert "\n" not in stream.getvalue()


def test_the_line_is_blank_after_an_error_too() -> None:
    stream = Terminal()

    def interrupted() -> None:
        with Thinking(stream) as thinking:
            thinking(VOTE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.lines[-1] == ""


@pytest.mark.parametrize("columns", [1, 20, 40])
@pytest.mark.parametrize("lead", ["24", "二十四" * 9])
def test_the_line_never_wraps(monkeypatch: pytest.MonkeyPatch, columns: int, lead: str) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    with Thinking(stream) as thinking:
        thinking(replace(VOTE, method="m", lead=lead))
    wide = [len(text) + sum(char > "\u2e80" for char in text) for text in stream.lines]
    assert max(wide) <= max(1, columns - 1)


def test_what_is_no_terminal_gets_nothing_unless_each_step_is_wanted() -> None:
    stream = io.StringIO()
    with Thinking(stream) as thinking:
        thinking(STAGE)
        assert stream.getvalue() == ""
        thinking.every_step = True
        thinking(STAGE)
        thinking(VOTE)
    assert stream.getvalue() == f"{step_of(STAGE)}\n{step_of(VOTE)}\n"


def test_the_loop_tells_of_its_thinking(world: World) -> None:
    stream = Terminal()
    with world.parts() as built, Thinking(stream) as thinking:
        built.loop.ask(question_of(1), policy=Policy.SYSTEM2, on_event=thinking)
    shown = [line for line in stream.lines if line]
    assert shown[0] == "thinking: chain_of_thought 3 samples of reason, 0 tokens"
    assert f"leads '{code_of(1)}'" in shown[-1]
