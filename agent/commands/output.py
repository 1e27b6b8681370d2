"""What every command shares in speaking to people: JSON, tables, progress bars, the parts."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from agent.tables import printable
from agent.tables import table as table  # re-exported: no import of weight

if TYPE_CHECKING:
    from agent.build import Parts
    from agent.settle import Settled

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def valid_text(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001 - click's
    """An option's text under the rules for questions; None for none and for blank."""
    from memory.questions import text_of

    with _wrong_usage():
        return text_of(value, "it")


def valid_tag(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001 - click's
    """An option's text as the name of a skill; None for none and for blank."""
    from memory.questions import tag_of

    with _wrong_usage():
        return tag_of(value)


@contextmanager
def _wrong_usage() -> Iterator[None]:
    """What is no text is an option's wrong value."""
    from models.errors import QuestionError

    try:
        yield
    except QuestionError as error:
        raise click.BadParameter(str(error)) from error


def confirmed(question: str) -> bool:
    """Whether a person says yes.

    Args:
        question: What is asked, on stderr.

    Returns:
        The answer.

    Raises:
        UsageError: Standard input has ended, or is closed: nobody can answer.
    """
    nobody = click.UsageError("standard input has ended, so nobody can confirm: give --yes")
    if sys.stdin is None:
        raise nobody
    try:
        return click.confirm(question, err=True)
    except click.Abort as error:
        if isinstance(error.__context__, EOFError):  # else it is Ctrl-C
            raise nobody from error
        raise


def start_logging(verbose: bool) -> None:
    """Send the project's log to stderr; without `verbose`, only what needs attention."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    if verbose:
        for name in ("agent", "trainer", "router", "memory", "models"):
            logging.getLogger(name).setLevel(logging.INFO)


@contextmanager
def parts(overrides: Mapping[str, object] | None = None) -> Iterator["Parts"]:
    """The parts of the user's home, closed in the end.

    Args:
        overrides: Flags by dotted setting.

    Yields:
        The parts; none is built yet.
    """
    from agent.build import Parts
    from agent.config import home_folder, load_settings
    from agent.home import Home

    root = home_folder()
    built = Parts(load_settings(root, overrides), Home(root))
    try:
        yield built
    finally:
        built.close()


def tell(settled: "Settled") -> None:
    """Say on stderr what came of changed labels; nothing where nothing did."""
    if settled.restated:
        click.echo(f"restated by their evidence: {settled.restated}", err=True)
    if settled.after != settled.before:
        click.echo(f"router: {settled.after} (before: {settled.before})", err=True)
    for words in settled.audits.words():
        click.echo(f"audits: {words}", err=True)


def print_json(value: object) -> None:
    """Print one JSON object on stdout; numbers that are not finite become null.

    In UTF-8 whatever the locale, with half characters as JSON's escapes: it is for programs.
    """
    click.echo(json_text(value).encode(errors="backslashreplace"))


def json_text(value: object) -> str:
    """A value as JSON on one line; numbers that are not finite become null."""
    return json.dumps(_finite(value), ensure_ascii=False)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file that the user named, to write to; it is there whole or not at all.

    Args:
        path: Its folder must exist. "-" is stdout, whatever the locale's encoding; a pipe or a
            device is written to as it is.

    Yields:
        A stream of UTF-8 text.

    Raises:
        ClickException: It cannot be written.
    """
    if str(path) == "-":
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        yield sys.stdout
        sys.stdout.flush()
        return
    target = path.resolve()
    plain = target.is_file() or not target.exists()
    writing = target.with_name(f".{target.name}.{os.getpid()}") if plain else target
    try:
        with writing.open("w", encoding="utf-8") as stream:
            yield stream
        if plain:
            writing.replace(target)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror or error}"
        raise click.ClickException(msg) from error
    finally:
        if plain:
            with suppress(OSError):
                writing.unlink(missing_ok=True)


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in columns, numbers to the right; nothing when there is no row."""
    if rows:
        cells = [[printable(c) if isinstance(c, str) else c for c in row] for row in rows]
        click.echo(table(header, cells))


@contextmanager
def bar(what: str, unit: str = "q") -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; silent when that is no terminal.

    Args:
        what: Words in front of it.
        unit: Of what is counted.

    Yields:
        A function to call with (done, total).
    """
    from tqdm import tqdm

    with tqdm(desc=what, unit=unit, disable=None, file=sys.stderr, leave=False) as shown:

        def update(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield update


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
