"""`secondnature learn`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli import EXIT_INTERRUPTED
from agent.commands.output import bar, json_option, parts, print_json, print_table, tell
from agent.interrupt import cancelling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.learn import LearnReport
    from memory.questions import Question


@click.command("learn")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--method", help="The System 2 method to use.")
@click.option("--limit", type=click.IntRange(min=1), help="Most questions to take from the file.")
@json_option
def command(file: Path, method: str | None, limit: int | None, as_json: bool) -> int:
    """Reason over the questions of FILE (JSON lines) in batches, verify, remember.

    A line is {"question": ..., "answer": ..., "skill": ...}, the last two if known, or a chat,
    {"messages": [...], "answer": ...}, whose one turn by the user is the question. Each is asked by
    itself: a chat with another turn before it is left out, and so is a gold answer, with its
    question, under a system turn that says more than "You are a helpful assistant.".
    """
    from agent.learn import Learner
    from agent.settle import settle

    questions, bad = read(file, limit)
    with parts() as built:
        memory, system2 = built.memory, built.system2(method)
        questions, long = short_enough(file, questions, system2.room)
        learner = Learner(memory, system2)
        with cancelling() as cancel, bar("reasoning") as update:
            report = learner.learn(questions, cancelled=cancel, on_progress=update)
        if any(question.answer is not None for question in questions):  # a person's word
            tell(settle(built, ()))
    _show(report, as_json)
    if cancel.asked:
        click.echo("interrupted; what was reasoned is kept: run it again to go on", err=True)
        return EXIT_INTERRUPTED
    return 1 if bad or long else 0


def read(file: Path, limit: int | None) -> "tuple[list[Question], int]":
    """Read a question file, reporting each bad line on stderr.

    Args:
        file: JSON lines.
        limit: Most questions; None is all.

    Returns:
        The questions, and how many lines were bad.

    Raises:
        InputFileError: The file cannot be read, or has no usable line.
    """
    from memory.questions import BadLine, read_questions
    from models.errors import InputFileError

    questions, bad = [], 0
    for item in read_questions(file):
        if isinstance(item, BadLine):
            bad += 1
            click.echo(f"{file}:{item.line}: {item.reason}", err=True)
        else:
            questions.append(item)
        if limit is not None and len(questions) >= limit:
            break
    if not questions:
        msg = f"{file} has no question ({bad} bad lines); give one JSON object a line"
        raise InputFileError(msg)
    if instructed := sum(question.instructed for question in questions):
        note = "chats have system turns, which are left out: each question is asked by itself"
        click.echo(f"{file}: {instructed} {note}", err=True)
    return questions, bad


def short_enough(
    file: Path, questions: "Sequence[Question]", room: "Callable[[str], str | None]"
) -> "tuple[list[Question], int]":
    """Leave out what the model cannot read, reporting each on stderr.

    Args:
        file: Where the questions are from.
        questions: All of them.
        room: Says why a question is too long, if it is.

    Returns:
        The others, and how many were left out.

    Raises:
        InputFileError: There are no others.
    """
    from models.errors import InputFileError

    kept = []
    for question in questions:
        reason = room(question.text)
        if reason is None:
            kept.append(question)
        else:
            click.echo(f"{file}:{question.line}: {reason}", err=True)
    if not kept:
        msg = f"{file} has no question that the model can read ({len(questions)} too long)"
        raise InputFileError(msg)
    return kept, len(questions) - len(kept)


def _show(report: "LearnReport", as_json: bool) -> None:
    if as_json:
        tokens = {"prompt": report.prompt_tokens, "completion": report.completion_tokens}
        counts = {
            "questions": report.questions,
            "verified": report.verified,
            "unverified": report.unverified,
            "failed": report.failed,
        }
        skills = {name: asdict(count) for name, count in report.skills.items()}
        print_json({**counts, "tokens": tokens, "seconds": report.seconds, "skills": skills})
        return
    print_table(
        ("skill", "verified", "unverified"),
        [(name, count.verified, count.unverified) for name, count in report.skills.items()],
    )
    click.echo(
        f"{report.questions} questions: {report.verified} verified, {report.unverified} "
        f"unverified, {report.failed} without an answer; {report.completion_tokens} tokens, "
        f"{report.seconds:.0f} s"
    )
