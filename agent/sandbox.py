"""The only place where a model's program runs: a `monty` worker with nothing but time and memory.

The worker interprets Python by itself, in a process of its own. No mount, no handler for operating
system calls and no host function is ever given to it, so files, environment, clock, processes,
sockets and the network do not exist for a program. A worker ends with the process that started it.

Finding the program in what a model wrote is done here too, by lines: the host never parses it.
"""

import re
import textwrap
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pydantic_monty as monty

from agent.sandbox_settings import SandboxSettings as SandboxSettings  # re-exported
from agent.sandbox_workers import Workers
from memory.answers import from_value
from memory.answers.surface import MAX_CHARS

MAX_SOURCE = 20_000
"""Characters: longer programs are refused."""

MAX_RESULT = 4_000
"""Characters of a result's repr: longer results are refused inside the sandbox."""

_MAX_DEPTH = 4  # of lists in lists; a list that holds itself has no end

_FENCE = re.compile(r"^[ \t]*```[ \t]*+(\w*)[ \t]*$", re.MULTILINE)
_DEF = re.compile(r"^def[ \t]+(\w+)[ \t]*\(([^()]*)\)", re.MULTILINE)
_ANY_DEF = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]", re.MULTILINE)
_RETURN = re.compile(r"^[ \t]*return\b", re.MULTILINE)
_RESULT = re.compile(
    r"^(answer|result|ans|final_answer|output)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE
)
_CODE_LINE = re.compile(
    r"\s|[#@)\]}]|(?:def|async|class|import|from|for|if|elif|while|with|return|assert|match) "
    r"|(?:else|try|finally|except)\b.*:|pass\b"
    r"|[\w.]+(?:\(|\[.*\] ?=|(?:, ?\w+)* ?(?::[^=]+)?[-+*/%]?= ?)"
)
_START = re.compile(r"^(?:def|import|from|class|return|print)\b", re.MULTILINE)
_EXPRESSION = re.compile(
    r"(?!(?:print|return|import|from|pass|break|continue|raise|assert)\b)[\w.]+(?:[\[(].*[\])])?"
)
_TRIPLE = re.compile(r"\"\"\"|'''")
_PREFERRED = ("solution", "solve", "answer", "main")
# The program runs in a scope of its own: it sees no name of ours, whatever it calls its variables.
# What it made is copied as it is measured, since a program could change it in between.
_RUN = """\
from datetime import date, datetime, time, timedelta
from decimal import Decimal

SCALARS = (bool, int, float, str, date, datetime, time, timedelta, Decimal)
TOO_LARGE = 10 ** MAX_RESULT
left = MAX_RESULT

def take(size):
    global left
    left -= size
    if left < 0:
        raise ValueError('the result is too large')

def plain(value, depth):
    kind = type(value)
    if kind in SCALARS:
        take(MAX_RESULT + 1 if kind is int and abs(value) >= TOO_LARGE else len(repr(value)))
        return value
    if kind.__name__ in ('range', 'dict_keys', 'dict_values', 'deque'):
        value = list(value)
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise TypeError(f'a value of type {kind.__name__} is no answer')
    if depth > MAX_DEPTH:
        raise ValueError('the result is nested too deep')
    copy = []
    for item in value:
        take(2)
        copy.append(plain(item, depth + 1))
    return frozenset(copy) if isinstance(value, (set, frozenset)) else tuple(copy)

scope = {'__name__': '__main__'}
exec(source, scope)
result = eval(expression, scope)
None if result is None else plain(result, 1)
"""

_MAX_FAILURE = 200


@dataclass(frozen=True, slots=True)
class Program:
    """What the sandbox runs.

    Attributes:
        source: Lines of Python.
        expression: Holds the result once they have run.
    """

    source: str
    expression: str


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """What came of one program.

    Attributes:
        answer: Its result in normal form; None when it failed.
        failure: Why there is no answer; empty when there is one.
    """

    answer: str | None
    failure: str = ""


def _blocks(text: str) -> list[str]:
    """The fenced blocks of a text; its beginning, too, if that is code up to a lone fence."""
    fences = list(_FENCE.finditer(text))
    if not fences:
        return []
    blocks = []
    if not fences[0][1] and (
        _ANY_DEF.search(text, 0, fences[0].start()) or _looks_bare(text, fences[0].start())
    ):
        blocks.append(text[: fences[0].start()])
        fences = fences[1:]
    for opening, closing in zip(fences[::2], [*fences[1::2], None], strict=False):
        blocks.append(text[opening.end() : closing.start() if closing else len(text)])
    return blocks


def _looks_bare(text: str, end: int) -> bool:
    """Whether all lines up to a position look like code."""
    lines = [line for line in text[:end].splitlines() if line.strip()]
    return bool(lines) and all(_CODE_LINE.match(line) for line in lines)


def _unfenced(text: str) -> str:
    """Code without fences: prose before the first line of code and after the last is dropped."""
    if text.lstrip("\n").startswith(" "):
        return text
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if _START.match(line)), 0)
    if _looks_bare(text, sum(len(line) + 1 for line in lines[:start])):
        start = 0
    kept: list[str] = []
    quoted = False
    for line in lines[start:]:
        if line and kept and not quoted and not _CODE_LINE.match(line):
            break
        kept.append(line)
        quoted ^= len(_TRIPLE.findall(line)) % 2 == 1
    return "\n".join(kept)


def find_program(text: str) -> str:
    """The program's own lines: of several fenced blocks, the last that defines a known function.

    Args:
        text: What the model said, not what it thought: fenced, with a fence that never closes, or
            bare.

    Returns:
        Source without common indentation; empty when there is nothing.
    """
    text = text.expandtabs(4).replace("\r\n", "\n").replace("\x00", "")
    blocks = [block for block in _blocks(text) if block.strip()]
    named = [block for block in blocks if _is_known(_function(textwrap.dedent(block)))]
    if blocks:
        source = named[-1] if named else blocks[0]
    else:
        source = _unfenced(re.sub(r"\A\s*(?:python|py)[ \t]*\n", "", text))
    return textwrap.dedent(_realigned(source)).strip("\n")


def _realigned(source: str) -> str:
    """Give a first line that lost its indentation that of the next."""
    lines = [line for line in source.splitlines() if line.strip()]
    if len(lines) < 2 or lines[0][0] == " " or lines[1][0] != " ":
        return source
    if lines[0].rstrip().endswith((":", "(", "[", "{", ",", "\\")) or _DEF.match(lines[0]):
        return source
    indent = lines[1][: len(lines[1]) - len(lines[1].lstrip())]
    return source.replace(lines[0], indent + lines[0], 1)


def _needs_nothing(parameters: str) -> bool:
    """Whether a function can be called without arguments."""
    names = [name.strip() for name in re.sub(r"\[[^\]]*(?:\]|\Z)", "", parameters).split(",")]
    return all(not name or "=" in name or name.startswith("*") or name == "/" for name in names)


def _function(source: str) -> re.Match[str] | None:
    """The function to call: one by a known name, else the last that takes no arguments."""
    functions = [match for match in _DEF.finditer(source) if _needs_nothing(match[2])]
    functions = [match for match in functions if _is_known(match)] or functions
    return functions[-1] if functions else None


def _is_known(function: re.Match[str] | None) -> bool:
    return function is not None and function[1] in _PREFERRED


def _with_result(source: str) -> Program:
    """The source and the expression that holds its result."""
    if _RETURN.search(source) and not _ANY_DEF.search(source):
        return Program(f"def _sn_main():\n{textwrap.indent(source, '    ')}", "_sn_main()")
    function = _function(source)
    call = f"{function[1]}()" if function else "None"
    if _is_known(function):
        return Program(source, call)
    head, _, last = source.rpartition("\n")
    if _EXPRESSION.fullmatch(last) and not head.rstrip().endswith((",", "(", "[", "{", "\\")):
        return Program(f"{head}\n_sn_last = {last}", "_sn_last")
    assigned = list(_RESULT.finditer(source, function.end() if function else 0))
    if assigned:
        return Program(source, assigned[-1][1])
    prints = last.startswith("print(") and call not in last
    return Program(source, "None" if prints else call)


def runnable(text: str) -> Program | None:
    """What the model wrote, as a program and the expression that holds its result.

    Bare statements with `return` become a function; a function of a known name is called; else the
    result is the last line's value, a variable called `answer` or `result`, what the last line
    prints, what another function without arguments returns, or None.

    Args:
        text: What the model wrote.

    Returns:
        For the sandbox; None when the text holds no program.
    """
    source = find_program(text)
    return _with_result(source) if source.strip() else None


class Sandbox:
    """Runs programs one at a time or from several threads; starts its workers when first used."""

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self._settings = settings or SandboxSettings()
        self._workers: Workers | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers, each with what it runs; no program begun before runs any more.

        The next run starts new ones.
        """
        with self._lock:
            workers, self._workers = self._workers, None
            if workers is not None:
                workers.close()

    def run(self, source: str) -> ProgramResult:
        """Run the program in a text that a model wrote.

        Its result is what its function returns (or its last line is worth); if that is None, the
        last line it printed.

        Args:
            source: The model's text; a fenced block, a fence that never closes, or bare code.

        Returns:
            The answer, or why there is none. Whatever the program does ends up here.

        Raises:
            MethodError: The sandbox itself is not installed.
        """
        return self.start(source).result()

    def start(self, source: str) -> Future[ProgramResult]:
        """Run a program beside others, as many at once as there are workers.

        Args:
            source: As in `run`.

        Returns:
            What `run` returns, once it is there. A program that has begun can't be cancelled: it
            ends at its time limit, or with a close.

        Raises:
            MethodError: The sandbox itself is not installed.
        """
        with self._lock:
            if self._workers is None:
                self._workers = Workers(self._settings)
            return self._workers.threads.submit(_run, self._workers, source)


def _run(workers: Workers, source: str) -> ProgramResult:
    """Run the program in a text in a fresh session."""
    if len(source) > MAX_SOURCE:
        return ProgramResult(None, f"the program is longer than {MAX_SOURCE} characters")
    program = runnable(source.encode("utf-8", "replace").decode())
    if program is None:
        return ProgramResult(None, "there is no program")
    given = {
        "source": program.source,
        "expression": program.expression,
        "MAX_RESULT": MAX_RESULT,
        "MAX_DEPTH": _MAX_DEPTH,
    }
    printed = monty.CollectString(max_bytes=workers.settings.output_limit_kb * 1024)
    try:
        with workers.session() as session:
            value = session.feed_run(_RUN, inputs=given, print_callback=printed)
    except (monty.MontyError, ValueError, TypeError, RuntimeError) as error:
        return ProgramResult(None, "the sandbox was closed" if workers.closed else _why(error))
    return _result(value, printed.output)


def _why(error: Exception) -> str:
    """Why a program failed."""
    if isinstance(error, monty.MontyCrashedError):
        return f"the program {'timed out' if error.timed_out else 'crashed its worker'}"
    return _first_line(str(error))


def _first_line(text: str) -> str:
    """A short, printable line of an error's text."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text[:1_000]).split())
    return words[:_MAX_FAILURE] or "the program failed"


def _result(value: object, printed: str) -> ProgramResult:
    """The answer in a returned value, or else in what was printed last."""
    what = "the result"
    if value is None:
        lines = printed.strip().splitlines()
        if not lines:
            return ProgramResult(None, "the program returned and printed nothing")
        what, value = "the line printed last", lines[-1]
    answer = from_value(value)
    if answer is not None:
        return ProgramResult(answer)
    if isinstance(value, str) and len(value) > MAX_CHARS:
        size = f"it has {len(value):,} characters, and an answer has at most {MAX_CHARS:,}"
        return ProgramResult(None, f"{what} is no answer: {size}")
    return ProgramResult(None, _first_line(f"{what} is no answer: {value!r}"))
