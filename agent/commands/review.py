"""`secondnature review`: the outcomes whose label would tell most, for a person."""

import sys
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import click

from agent.cli import EXIT_INTERRUPTED
from agent.commands.output import json_option, parts, print_json, valid_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.build import Parts
    from agent.review import Candidate
    from agent.review_desk import Desk

_HELP = "y right, n wrong, c correct it, s skip, ? evidence, q quit"
_SAID = {"y": "right", "r": "right", "n": "wrong", "w": "wrong", "c": "corrected"}
_WIDTH = 60


@click.command("review")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Most answers to ask about.",
)
@click.option("--skill", metavar="NAME", callback=valid_text, help="Only of this skill.")
@json_option
def command(limit: int, skill: str | None, as_json: bool) -> int:
    """Say of a few answers whether they are right, those first whose label would tell most.

    One key each: y or r (right), n or w (wrong), c (correct it), s (skip), ? (evidence),
    q (quit). Without a terminal, a letter a line; after c, the right answer on the next one.
    After a wrong one come two that are worded alike: a slip that all methods make comes again.

    What a person says is gold, and reasoning never overwrites it. In the end, the skills are
    weighed and the active adapter is certified again. With --json, nobody is asked.
    """
    with parts() as built:
        desk = _desk(built, skill)
        found = desk.candidates(skill) if desk else []
        if as_json:
            print_json({"candidates": [_object(candidate) for candidate in found[:limit]]})
            return 0
        if desk is None or not found:
            click.echo("nothing to review: memory holds no answer whose label would tell more")
            if desk is not None:
                from agent.settle import serves

                click.echo(f"router: {serves(built)}", err=True)
            return 0
        session = _Session(desk)
        interrupted = session.run(found, limit)
        session.close()
    return EXIT_INTERRUPTED if interrupted else 0


def _desk(built: "Parts", skill: str | None) -> "Desk | None":
    """What is asked from; None while memory is empty."""
    if skill is not None:
        built.shelf.journal.skill(skill)
    if not built.shelf.counts().total:
        return None
    from agent.review_desk import Desk

    return Desk(built)


class _Session:
    """One person, one answer after another."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._answers: Counter[str] = Counter()
        self._skipped = 0

    def run(self, found: "Sequence[Candidate]", limit: int) -> bool:
        """Ask until the person quits; returns whether that was by Ctrl-C."""
        shown = 0
        _note(_HELP)
        try:
            for candidate in islice(self._desk.in_turn(found), limit):
                shown += 1
                _show(candidate, f"{shown} of {max(shown, min(limit, len(found)))}")
                if not self._ask(candidate):
                    break
        except KeyboardInterrupt:
            _note("\ninterrupted; what was said is kept")
            return True
        return False

    def close(self) -> None:
        """Have the answers count, and say what they changed."""
        total = self._answers.total()
        counts = [f"{count} {said}" for said, count in self._answers.items()]
        words = "1 answer" if total == 1 else f"{total} answers"
        words += f": {', '.join(counts)}" if total else ""
        if self._skipped:
            words += f"; {self._skipped} skipped"
        if total:
            settled = self._desk.settle()
            if settled.restated:
                words += f"; restated by their evidence: {settled.restated}"
            words += f"; router: {settled.after}"
            if settled.after != settled.before:
                words += f" (before: {settled.before})"
            words += "".join(f"; {changed}" for changed in settled.audits.words())
        click.echo(words)

    def _ask(self, candidate: "Candidate") -> bool:
        """One answer; False to quit."""
        while True:
            key = _read_key()
            if key is None or key == "q":
                return False
            if key == "s":
                self._skipped += 1
                return True
            if key == "?":
                _show_evidence(candidate)
            elif key not in _SAID:
                _note(f"{key!r} is no key: {_HELP}")
            elif self._keep(candidate, _SAID[key]):
                return True

    def _keep(self, candidate: "Candidate", word: str) -> bool:
        """Store one answer; False when there is none yet."""
        from agent.review_desk import Said
        from memory.answers import same
        from memory.questions import answer_of
        from models.errors import QuestionError

        kept, right, said = candidate.record.answer, None, Said(word)
        if said is Said.CORRECTED:
            try:
                right = answer_of(_read_answer(), candidate.record.question)
            except QuestionError as error:
                _note(str(error))
                return False
            if right is None:
                _note("no answer was given")
                return False
            if kept is not None and same(right, kept, candidate.record.question):
                said, right = Said.RIGHT, None
        elif kept is None:
            _note("it has no answer: c gives the right one, s skips it")
            return False
        stored = self._desk.answer(candidate, said, right)
        if stored is None:
            _note("it was changed meanwhile; nothing is stored")
        else:
            self._answers[said.value] += 1
            _note(f"record {stored.id} is {stored.status.value}")
        return True


def _read_key() -> str | None:
    """One key, or the first letter of a line; None at the end."""
    if sys.stdin is None:
        _note("standard input is closed: nobody can answer")
        return None
    if sys.stdin.isatty():
        try:
            return click.getchar().lower()
        except EOFError:
            return None
    while line := _read_line():
        if line.strip():
            return line.strip()[0].lower()
    return None


def _read_answer() -> str | None:
    """A line of text; None at the end."""
    if not sys.stdin.isatty():
        return _read_line()
    import readline  # noqa: F401 - gives `input` its editing

    try:
        return input("the right answer: ")
    except EOFError:
        return None


def _read_line() -> str:
    # Bytes that are no text become half characters, which answers lose.
    return sys.stdin.buffer.readline().decode("utf-8-sig", "surrogateescape")


def _show(candidate: "Candidate", place: str) -> None:
    """The question and the answer that is kept, and nothing that leads."""
    from agent.tables import printable
    from memory.records import NONE

    record = candidate.record
    click.echo(f"\n[{place}] record {record.id}\n{printable(record.question)}")
    click.echo(f"  answer: {NONE if record.answer is None else printable(record.answer)}")


def _show_evidence(candidate: "Candidate") -> None:
    from agent.tables import one_line

    record = candidate.record
    lines = [f"asked since {candidate.why}", f"{record.status.value}: {record.reason}"]
    if candidate.draft is not None:
        lines.append(f"System 1: {one_line(candidate.draft, _WIDTH)}")
    cast = Counter((v.method, v.variant, v.answer or f"nothing: {v.failure}") for v in record.votes)
    for (method, variant, answer), count in cast.items():
        how = f"{method}, {variant}" if variant else method
        lines.append(f"{count} x {how}: {one_line(answer, _WIDTH)}")
    for line in lines:
        click.echo(f"  {line}")


def _note(text: str) -> None:
    click.echo(text, err=True)


def _object(candidate: "Candidate") -> dict[str, object]:
    record = candidate.record
    return {
        "id": record.id,
        "question": record.question,
        "answer": record.answer,
        "status": record.status.value,
        "skill": record.skill,
        "split": record.split.value,
        "draft": candidate.draft,
        "why": candidate.why,
        "score": candidate.score,
    }
