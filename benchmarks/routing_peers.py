"""`python -m benchmarks.routing_peers`: our router and others' ways on one stream of questions.

One model, one encoder: always System 1, always System 2, GPTCache, semantic-router, two samples
that agree, token scores with temperature scaling, and ours. What each system says of each question
is computed once and replayed through every policy. The same command goes on where it was killed.
"""

import json
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import click

from agent.cli import settle_process
from agent.commands.output import json_text, start_logging
from benchmarks.options import data_option, model_option
from benchmarks.paper import opener
from benchmarks.routing.forms import Skill, skills
from benchmarks.routing.rivals import run_peers
from benchmarks.routing.run import DRIFT, Plan, Result, Run
from benchmarks.routing.table import in_words, markdown
from models import atomic
from models.errors import InputFileError, SecondNatureError


@click.command()
@data_option
@model_option
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where is learned; it may know this log already, and nothing else.  [default: in --runs]",
)
@click.option(
    "--per-skill",
    type=click.IntRange(min=1),
    default=160,
    show_default=True,
    help="Questions of each skill in the log.",
)
@click.option(
    "--skill",
    "only",
    metavar="NAME",
    multiple=True,
    help="Ask about this skill; may be given more than once.  [default: all]",
)
@click.option(
    "--reviewed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Answers that a person with the truth judges once the log is learned.",
)
@click.option(
    "--nights",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="In how many parts the log comes; after each, System 1 is trained.",
)
@click.option(
    "--items",
    type=click.IntRange(min=1),
    default=400,
    show_default=True,
    help="Questions of the stream.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    help="Of log and stream; another one draws a log to learn and a stream that nobody saw yet.",
)
@click.option(
    "--stream-seed",
    type=int,
    help="Of another stream after the same log, which is not learned again.  [default: --seed]",
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Questions that are asked together and share the seconds; 1 is slow, and times each.",
)
@click.option(
    "--runs",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs/routing_peers"),
    show_default=True,
    help="Where runs are kept, in a folder a model, log and seed; the same command goes on there.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A Markdown file for the tables; all numbers go beside it, as JSON. Both are replaced.",
)
@click.option(
    "--peers/--no-peers",
    default=True,
    show_default=True,
    help="Install GPTCache and semantic-router apart, and run them.",
)
def main(
    data: Path,
    model: str,
    home: Path | None,
    per_skill: int,
    only: tuple[str, ...],
    reviewed: int,
    nights: int,
    items: int,
    seed: int,
    stream_seed: int | None,
    batch: int,
    runs: Path,
    output: Path | None,
    peers: bool,
) -> None:
    """Hold our router against others' ways on one stream of repeated and changed questions."""
    settle_process()
    start_logging(verbose=False)
    name = Path(model).name if Path(model).is_dir() else model
    try:
        require("reasoning_gym")
        asked = chosen(skills(data), only)
        plan = Plan(
            per_skill,
            items,
            drift=drifting(asked),
            nights=nights,
            batch=batch,
            seed=seed,
            stream_seed=stream_seed,
            only=tuple(skill.name for skill in asked) if only else (),
            reviewed=reviewed,
        )
        folder, command = runs / folder_name(name, plan), repeating(name, plan)
        wanted = run_peers if peers else None
        run = Run(asked, plan, folder, home or folder / "home", opener(model), wanted, _say)
        result = run.run()
    except (SecondNatureError, ValueError) as error:
        sys.exit(f"error: {error}")
    click.echo(in_words(result))
    write(result, folder / "result.md", command)
    if output is not None:
        write(result, output, command)


def chosen(known: Sequence[Skill], only: Sequence[str]) -> list[Skill]:
    """The skills that are asked about.

    Args:
        known: All of them.
        only: Names; none stands for all.

    Returns:
        Them, in the order in which they are known.

    Raises:
        InputFileError: There is none of a name.
    """
    names = [skill.name for skill in known]
    if strange := sorted(set(only) - set(names)):
        raise InputFileError(f"no skill is named {strange[0]!r}; there are: {', '.join(names)}")
    return [skill for skill in known if not only or skill.name in only]


def drifting(asked: Sequence[Skill]) -> str:
    """The skill that drifts halfway: the usual one, or else the first that can.

    Args:
        asked: The skills that are asked about.

    Returns:
        Its name; the usual one's where none can.
    """
    names = [skill.name for skill in asked if skill.drifted]
    return DRIFT if DRIFT in names else next(iter(names), DRIFT)


def folder_name(model: str, plan: Plan) -> str:
    """What the folder of a run is called: runs of one log share one.

    Args:
        model: Its name.
        plan: What is asked.

    Returns:
        A name without separators.
    """
    log = f"{plan.per_skill}-{plan.nights}-{plan.seed}"
    others = [*plan.only, *([f"reviewed {plan.reviewed}"] if plan.reviewed else [])]
    return "-".join(re.sub(r"[^\w.-]+", "-", part) for part in (model, log, *others))


def repeating(model: str, plan: Plan) -> str:
    """The command that repeats a run.

    Args:
        model: Its name.
        plan: What is asked.

    Returns:
        One line; where the data lies is left open.
    """
    asked = f"--per-skill {plan.per_skill} --nights {plan.nights} --items {plan.items}"
    asked += "".join(f" --skill {shlex.quote(name)}" for name in plan.only)
    asked += f" --reviewed {plan.reviewed}" if plan.reviewed else ""
    asked += f" --seed {plan.seed}"
    asked += "" if plan.stream_seed is None else f" --stream-seed {plan.stream_seed}"
    return (
        f"python -m benchmarks.routing_peers --data DATA --model {shlex.quote(model)} {asked} "
        f"--batch {plan.batch}"
    )


def require(module: str) -> None:
    """Stop where a package of the `bench` extra is missing.

    Args:
        module: As it is imported.

    Raises:
        InputFileError: It is not installed.
    """
    if find_spec(module) is None:
        msg = f"{module} is not installed: pip install -e '.[bench]'"
        raise InputFileError(msg)


def write(result: Result, output: Path, command: str) -> None:
    """Write the page, and all numbers as JSON beside it; both are replaced.

    Args:
        result: Of a run.
        output: The Markdown file.
        command: What repeats the run.
    """
    numbers = json.loads(json_text(asdict(result))) | {"command": command}
    output.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(output, markdown(result, command))
    atomic.write_text(output.with_suffix(".json"), json.dumps(numbers, indent=1) + "\n")
    click.echo(f"written to {output}", err=True)


def _say(what: str) -> None:
    click.echo(what, err=True)


if __name__ == "__main__":
    main()
