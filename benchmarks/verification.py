"""How often `verified` is right, and how often it is said: `python -m benchmarks.verification`.

Asks a model once (`benchmarks.votes`), then replays every method's vote under every threshold
(`benchmarks.replay`, `benchmarks.thresholds`), and every way to choose a method
(`benchmarks.choosing`). The labels are for counting alone: nothing that verifies ever sees them.
"""

import json
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from agent.build import Parts
from agent.cli import settle_process
from agent.config import Settings, System1Settings
from agent.home import Home
from agent.system2.families import FAMILIES
from benchmarks import choosing
from benchmarks.kinds import Item
from benchmarks.mixes import MIXES, questions
from benchmarks.options import json_option, model_option
from benchmarks.thresholds import as_object, in_words, report
from benchmarks.votes import OnBlock, VoteFile, collect
from models import atomic, catalog
from models.errors import SecondNatureError

ALL = "all"


@click.command()
@click.option(
    "--per-kind",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Questions of each kind.",
)
@model_option
@click.option(
    "--data",
    "--cache",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the votes are kept, for a run to go on from.  [default: beside pulled models]",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind for names, _ in MIXES.values() for kind in names]),
    help="Only this kind; can be given again.",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    type=click.Choice(list(FAMILIES)),
    help="Only this method, as a vote and as a check; can be given again.",
)
@json_option
def main(
    per_kind: int,
    model: str,
    folder: Path | None,
    kinds: tuple[str, ...],
    methods: tuple[str, ...],
    output: Path | None,
) -> None:
    """Print precision and coverage of `verified` for each method and threshold.

    Ten families of reasoning-gym, and kinds that tempt a small model into slips. The model is asked
    once: its votes are kept, block by block, and a later run asks only what is missing.
    """
    settle_process()
    root = folder or catalog.cache_root() / "benchmarks"
    try:
        _run(per_kind, model, VoteFile(root / "votes.jsonl"), kinds, methods, output)
    except ModuleNotFoundError as error:
        sys.exit(f"error: {error}; run `make bench`, or pip install -e '.[bench]'")
    except (SecondNatureError, ValueError) as error:
        sys.exit(f"error: {error}")


def _run(
    per_kind: int,
    model: str,
    votes: VoteFile,
    kinds: Collection[str],
    methods: Collection[str],
    output: Path | None,
) -> None:
    mixes = {mix: questions(mix, per_kind, kinds) for mix in MIXES}
    items = [item for found in mixes.values() for item in found]
    settings = Settings(system1=System1Settings(model=model))
    with tempfile.TemporaryDirectory(prefix="secondnature-bench-") as home:
        parts = Parts(settings, Home(Path(home)))
        try:
            chosen = [parts.method(name) for name in FAMILIES if not methods or name in methods]
            lm = parts.teacher
            limits = settings.sandbox
            asked = collect(lm, chosen, items, settings.system2, limits, votes, _progress())
        finally:
            parts.close()
    found = report(asked, chosen, settings.system2, settings.verify, _views(mixes))
    click.echo(in_words(found))
    held = {"model": lm.name, "fingerprint": lm.fingerprint, "per_kind": per_kind}
    held |= as_object(found)
    _write(output, held)  # before what is only added to it
    named = {method.name: method for method in chosen}
    usable = [named[name] for name in settings.system2.methods if name in named]
    chosen_by = choosing.choices(asked, usable, settings.system2, settings.verify)
    click.echo("\n" + choosing.in_words(chosen_by))
    _write(output, held | {"choosing": [asdict(choice) for choice in chosen_by]})


def _write(output: Path | None, held: Mapping[str, object]) -> None:
    if output is not None:
        atomic.write_text(output, json.dumps(held, indent=2) + "\n")
        click.echo(f"written to {output}", err=True)


def _views(mixes: Mapping[str, Sequence[Item]]) -> dict[str, Collection[str]]:
    """The kinds of each mix that has questions, and of all together."""
    found = {mix: dict.fromkeys(item.kind for item in items) for mix, items in mixes.items()}
    views: dict[str, Collection[str]] = {mix: kinds for mix, kinds in found.items() if kinds}
    return views if len(views) == 1 else views | {ALL: [k for ks in views.values() for k in ks]}


def _progress() -> OnBlock:
    start = time.perf_counter()

    def tell(done: int, total_: int) -> None:
        minutes = (time.perf_counter() - start) / 60
        click.echo(f"{done} of {total_} questions, {minutes:.1f} min", err=True)

    return tell


if __name__ == "__main__":
    main()
