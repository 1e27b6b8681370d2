"""`secondnature memory`: see, correct, move and remove what was learned."""

import sys
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

import click

from agent.commands.output import (
    confirmed,
    json_option,
    parts,
    print_json,
    print_table,
    replacing,
    tell,
    valid_text,
)

if TYPE_CHECKING:
    from agent.build import Parts
    from memory.records import Record

WIDTH = 60
"""Characters of a question or a reason in a table."""

_LIST_LIMIT = 20
_MOST = 1_000_000_000
"""Largest id and limit; a database's integers hold it."""

_ID = click.IntRange(1, _MOST)
_OUTCOMES = ("verified", "unverified", "refuted", "gold")
_SPLITS = ("train", "gate", "calibration", "holdout")


def _answer(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    """A right answer, which must have a visible character; None for none."""
    from memory.answers import normalise
    from memory.questions import seen

    if value is not None and not seen(normalise(value)):
        raise click.BadParameter("it is empty; give the right answer")
    return value


@click.group("memory")
def command() -> None:
    """See, correct, move and remove what was learned."""


@command.command("list")
@click.option("--status", type=click.Choice(_OUTCOMES), help="Only these.")
@click.option("--skill", callback=valid_text, help="Only of this skill.")
@click.option("--split", type=click.Choice(_SPLITS), help="Only of this split.")
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST),
    default=_LIST_LIMIT,
    show_default=True,
    help="Most records; the newest are shown first.",
)
@json_option
def list_(
    status: str | None, skill: str | None, split: str | None, limit: int, as_json: bool
) -> None:
    """List records, the newest first."""
    from agent.tables import one_line
    from memory.records import Split, Status

    splits = None
    if split is not None:
        holdout = split == "holdout"
        splits = [one for one in Split if one.holdout] if holdout else [Split(split)]
    with parts() as built:
        found = built.shelf.records(
            statuses=[Status(status)] if status else None,
            skill=skill,
            splits=splits,
            limit=limit,
            newest_first=True,
        )
        total = built.shelf.counts().total
    if as_json:
        print_json({"records": [record_object(record) for record in found]})
        return
    print_table(
        ("id", "status", "skill", "agreement", "answer", "question"),
        [
            (
                record.id,
                record.status.value,
                record.skill,
                record.agreement if record.method else None,
                one_line(record.answer, WIDTH // 2),
                one_line(record.question, WIDTH),
            )
            for record in found
        ],
    )
    click.echo(f"{len(found)} shown of {total} in memory", err=True)


@command.command("show")
@click.argument("record_id", metavar="[ID]", type=_ID, required=False)
@click.option("--decision", "decision_id", type=_ID, help="Show this decision instead.")
@json_option
def show(record_id: int | None, decision_id: int | None, as_json: bool) -> None:
    """Show record ID with its votes, its reason, and every decision on its question.

    A fast answer makes no record: --decision shows what led to it, by the `decision_id` of
    `ask --json`.
    """
    if (record_id is None) == (decision_id is None):
        raise click.UsageError("give a record's ID, or --decision ID")
    with parts() as built:
        if record_id is not None:
            _show_record(built, record_id, as_json)
        if decision_id is not None:
            _show_decision(built, decision_id, as_json)


@command.command("search")
@click.argument("text")
@click.option(
    "-k",
    "--limit",
    "k",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="How many.",
)
@json_option
def search(text: str, k: int, as_json: bool) -> None:
    """Find the records whose questions are nearest in meaning to TEXT."""
    from agent.tables import one_line
    from memory.questions import clean_question

    question = clean_question(text)
    with parts() as built:
        found = built.memory.neighbors(question, k)
    if as_json:
        near = [{"similarity": n.similarity, **record_object(n.record)} for n in found]
        print_json({"records": near})
        return
    print_table(
        ("similarity", "id", "status", "skill", "answer", "question"),
        [
            (
                near.similarity,
                near.record.id,
                near.record.status.value,
                near.record.skill,
                one_line(near.record.answer, WIDTH // 2),
                one_line(near.record.question, WIDTH),
            )
            for near in found
        ],
    )
    if not found:
        click.echo("memory holds no record yet", err=True)


@command.command("mark")
@click.argument("record_id", metavar="ID", type=_ID)
@click.option("--right", is_flag=True, help="Its answer is right.")
@click.option("--wrong", is_flag=True, help="Its answer is wrong.")
@click.option("--answer", metavar="TEXT", callback=_answer, help="The right answer is TEXT.")
@click.option("--reason", callback=valid_text, help="Why, for whoever looks later.")
@json_option
def mark(
    record_id: int,
    right: bool,
    wrong: bool,
    answer: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Say whether record ID is right: give one of --right, --wrong and --answer.

    What a person says is never overwritten by reasoning, and System 1 is judged by it: the router
    is certified again.
    """
    from agent.settle import relabelling, serves, settle
    from memory.records import Status

    if right + wrong + (answer is not None) != 1:
        raise click.UsageError("give one of --right, --wrong and --answer TEXT")
    status = Status.REFUTED if wrong else Status.GOLD
    with parts() as built:
        before = serves(built)
        with relabelling(built):
            record = built.store.mark(record_id, status, answer, reason or "")
        settled = settle(built, {record.skill}, before)
        if as_json:
            print_json(record_object(record))
        else:
            _say(f"record {record.id} is {record.status.value}: {record.answer}")
        tell(settled)


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@json_option
def import_(file: Path, as_json: bool) -> int:
    """Add records that `memory export` wrote to FILE (- is stdin), joined with what is known."""
    from agent.settle import relabelling, serves, settle
    from memory.jsonl import import_records

    with _opened(file) as stream, parts() as built:
        before = serves(built)
        store, encoder = built.memory.store, built.encoder
        with relabelling(built):
            result = import_records(stream, store, encoder)
        tell(settle(built, (), before))
    for bad in result.bad:
        click.echo(f"{file}:{bad.line}: {bad.reason}", err=True)
    if as_json:
        print_json({"imported": result.imported, "bad": len(result.bad)})
    else:
        click.echo(f"{result.imported} records imported, {len(result.bad)} bad lines")
    return 1 if result.bad else 0


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
def export(file: Path) -> None:
    """Write every record with its votes to FILE (- is stdout), one JSON object a line."""
    from memory.jsonl import export_records

    with parts() as built, replacing(file) as stream:
        count = export_records(built.shelf, stream)
    click.echo(f"{count} records exported", err=True)


@command.command("forget")
@click.argument("ids", metavar="[ID]...", type=_ID, nargs=-1)
@click.option("--skill", callback=valid_text, help="Every record of this skill.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def forget(ids: tuple[int, ...], skill: str | None, yes: bool, as_json: bool) -> None:
    """Remove records for good, with their votes and drafts.

    Adapters that learned from them are not changed, and may still give their answers: the next
    consolidation trains a candidate without them.
    """
    if bool(ids) == (skill is not None):
        raise click.UsageError("give record ids, or --skill NAME")
    from agent.settle import forget as forget_for_good

    removed = 0
    with parts() as built:
        doomed = _doomed(built, ids, skill)
        if doomed and (yes or confirmed(f"Remove {len(doomed)} records for good?")):
            removed, settled = forget_for_good(built, doomed)
            tell(settled)
    if as_json:
        print_json({"forgotten": removed})
    else:
        click.echo(f"{removed} records forgotten" if removed else "nothing forgotten")


@command.command("stats")
@json_option
def stats(as_json: bool) -> None:
    """Count what memory holds, by status and split."""
    from memory.records import Split, Status

    with parts() as built:
        counts = built.shelf.counts()
        skills = len(built.shelf.journal.skills())
    by_status = {status.value: counts.of(status=status) for status in Status}
    by_split = {split.value: counts.of(split=split) for split in Split}
    if as_json:
        print_json(
            {
                "records": counts.total,
                "skills": skills,
                **by_status,
                "splits": by_split,
                "votes": counts.votes,
                "tokens": counts.tokens,
                "seconds": counts.seconds,
            }
        )
        return
    click.echo(f"{counts.total} records of {skills} skills")
    for words in (by_status, by_split):
        click.echo("  " + ", ".join(f"{count} {name}" for name, count in words.items()))
    click.echo(f"  {counts.votes} samples, {counts.tokens} tokens, {counts.seconds:.0f} s")


def record_object(record: "Record") -> dict[str, object]:
    """A record as a JSON object, without its votes.

    Args:
        record: Stored.

    Returns:
        Its fields by name.
    """
    from memory.jsonl import fields_of

    return {"id": record.id, "split": record.split.value, **fields_of(record)}


def _vote_object(record: "Record", at: int) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(record.votes[at])


def _show_record(built: "Parts", record_id: int, as_json: bool) -> None:
    from agent.decision_view import decision_object, decision_summary
    from agent.tables import one_line
    from memory.records import NONE

    record = built.shelf.get(record_id)
    decisions = built.shelf.journal.decisions(record_id=record_id)
    if as_json:
        print_json(
            {
                **record_object(record),
                "votes": [_vote_object(record, at) for at in range(len(record.votes))],
                "decisions": [decision_object(decision) for decision in decisions],
            }
        )
        return
    _say(record.question)
    _say(f"  answer   {NONE if record.answer is None else record.answer}")
    _say(f"  status   {record.status.value}: {record.reason}")
    _say(f"  skill    {record.skill or NONE}")
    use = "held out, never trained on" if record.split.holdout else "may be trained on"
    _say(f"  split    {record.split.value} ({use})")
    if record.method:
        _say(f"  method   {record.method}, {record.tokens} tokens, {record.seconds:.1f} s")
    for vote in record.votes:
        said = vote.answer if vote.answer is not None else f"nothing: {vote.failure}"
        _say(f"  vote     {vote.method}: {one_line(said, WIDTH)}")
    for decision in decisions:
        _say("\n".join(decision_summary(decision)))


def _show_decision(built: "Parts", decision_id: int, as_json: bool) -> None:
    from agent.decision_view import decision_lines, decision_object

    decision = built.shelf.journal.decision(decision_id)
    if as_json:
        print_json(decision_object(decision))
    else:
        _say("\n".join(decision_lines(decision)))


def _say(text: str) -> None:
    """What is stored, as a terminal may show it."""
    from agent.tables import printable

    click.echo(printable(text))


def _doomed(built: "Parts", ids: tuple[int, ...], skill: str | None) -> list[int]:
    """The records to remove; an id that does not exist is an error."""
    if skill is None:
        return [built.shelf.get(id_).id for id_ in dict.fromkeys(ids)]
    built.shelf.journal.skill(skill)
    return [record.id for record in built.shelf.records(skill=skill)]


def _opened(file: Path) -> BinaryIO:
    """The lines to import. What a pipe brings is all read first: labels are locked meanwhile."""
    from models.errors import InputFileError

    if str(file) == "-" and sys.stdin is None:
        raise InputFileError("standard input is closed: there is no record to read")
    try:
        stream = sys.stdin.buffer if str(file) == "-" else file.open("rb")
        if stream.seekable():
            return stream
        with stream:
            arrived = TemporaryFile()  # noqa: SIM115 - the caller closes it
            copyfileobj(stream, arrived)
            arrived.seek(0)
            return arrived
    except OSError as error:
        msg = f"{file} can't be read: {error.strerror}"
        raise InputFileError(msg) from error
