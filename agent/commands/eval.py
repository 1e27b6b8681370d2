"""`secondnature eval`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli import EXIT_INTERRUPTED
from agent.commands.learn import read, short_enough
from agent.commands.output import bar, json_option, parts, print_json, print_table
from agent.interrupt import cancelling
from models.errors import InputFileError

if TYPE_CHECKING:
    from agent.evaluate import Evaluation


POLICIES = {
    "auto": "auto",
    "system1": "system1",
    "system2": "system2",
    "always-system1": "system1",
    "always-system2": "system2",
    "similarity-only": "similarity-only",
    "confidence-only": "confidence-only",
}
"""What `--policy` takes, and the policy it stands for."""


@click.command("eval")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--policy",
    type=click.Choice([*POLICIES]),
    default="auto",
    show_default=True,
    help="Who answers; all but auto are baselines.",
)
@click.option("--learn", is_flag=True, help="Remember what is reasoned on the way.")
@json_option
def command(file: Path, policy: str, learn: bool, as_json: bool) -> int:
    """Answer the labelled questions of FILE in order and score them."""
    from agent.evaluate import evaluate
    from router.policy import Policy

    questions, bad = read(file, None)
    unlabelled = next((q.line for q in questions if q.answer is None), None)
    if unlabelled is not None:
        msg = f'{file}:{unlabelled} has no "answer"; every line needs one to be scored'
        raise InputFileError(msg)
    with parts() as built:
        agent = built.agent()
        questions, long = short_enough(file, questions, agent.room)
        with cancelling() as cancel, bar("answering") as update:
            result = evaluate(
                agent,
                questions,
                policy=Policy(POLICIES[policy]),
                learn=learn,
                cancelled=cancel,
                on_progress=update,
            )
    if as_json:
        print_json(as_object(result))
    elif result.n:
        _show(result)
    if result.n < len(questions):
        said = f"interrupted: the first {result.n} of {len(questions)} questions are scored"
        click.echo(said, err=True)
        return EXIT_INTERRUPTED
    return 1 if bad or long else 0


def as_object(result: "Evaluation") -> dict[str, object]:
    """What `eval --json` prints.

    Args:
        result: The scores.

    Returns:
        A JSON object.
    """
    return {
        "n": result.n,
        "accuracy": result.accuracy,
        "deferral_rate": result.deferral_rate,
        "wrong_fast": result.wrong_fast,
        "tokens": {"prompt": result.prompt_tokens, "completion": result.completion_tokens},
        "seconds": result.seconds,
        "latency_ms": {"p50": result.p50_ms, "p95": result.p95_ms},
        "skills": {name: asdict(score) for name, score in result.skills.items()},
    }


def _show(result: "Evaluation") -> None:
    print_table(
        ("skill", "n", "accuracy", "deferred"),
        [(name, s.n, s.accuracy, s.deferral_rate) for name, s in result.skills.items()],
    )
    click.echo(
        f"{result.n} questions: {result.accuracy:.1%} right, {result.deferral_rate:.1%} deferred, "
        f"{result.wrong_fast} wrong fast answers; {result.completion_tokens} tokens, "
        f"{result.seconds:.1f} s, median {result.p50_ms:.0f} ms"
    )
