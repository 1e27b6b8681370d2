"""Makes a home that has learned the log: reasoned about without labels, distilled by night."""

from collections.abc import Callable, Sequence

from agent.build import Parts
from agent.commands.output import bar
from agent.consolidate import consolidate
from agent.home import CONSOLIDATION
from agent.learn import Learner
from memory.questions import Question
from memory.records import question_key
from memory.rows import in_chunks
from models.errors import InputFileError, NothingToLearnError
from trainer.consolidate import Watch
from trainer.job import StepMetrics


def learn(parts: Parts, log: Sequence[str], nights: int, say: Callable[[str], None]) -> None:
    """Go through the log as it would come: a part of it a day, and a consolidation every night.

    It goes on where it was killed: what has a record is not reasoned about again, and a night whose
    next day has begun is over.

    Args:
        parts: Of a home that knows nothing but such questions.
        log: Different questions.
        nights: How many parts the log comes in.
        say: Told what begins, and what came of it.

    Raises:
        InputFileError: The home knows other questions.
    """
    known = {question_key(record.question) for record in parts.store.records()}
    if strange := known - {question_key(question) for question in log}:
        msg = (
            f"{parts.home.root} knows {len(strange):,} questions that are not in the log; "
            "--home names a folder of this benchmark's own"
        )
        raise InputFileError(msg)
    days = list(in_chunks(log, -(-len(log) // nights)))
    for number, day in enumerate(days, start=1):
        left = [question for question in day if question_key(question) not in known]
        say(f"day {number} of {len(days)}: {len(left)} of {len(day)} unlabelled questions")
        _reason(parts, left)
        later = {question_key(question) for part in days[number:] for question in part}
        if known.isdisjoint(later):
            say(f"night {number}: what was verified becomes System 1")
            distil(parts, say)


def _reason(parts: Parts, questions: Sequence[str]) -> None:
    system2 = parts.system2()
    numbered = [Question(at, text) for at, text in enumerate(questions, start=1)]
    with bar("reasoning") as update:
        Learner(parts.memory, system2).learn(numbered, on_progress=update)
    system2.restate({skill.name for skill in parts.store.journal.skills()})


def distil(parts: Parts, say: Callable[[str], None]) -> None:
    """Train on what was verified, as a consolidation does; nothing when that was done before.

    Args:
        parts: Of the home.
        say: Told what begins, and what came of it.
    """
    with parts.home.alone(CONSOLIDATION, "a consolidation"), bar("training", "step") as update:

        def on_step(metrics: StepMetrics) -> None:
            update(metrics.step, metrics.steps)

        try:
            run = consolidate(parts, Watch(stage=say, step=on_step))
        except NothingToLearnError as error:
            say(str(error))
            return
    say(f"{'promoted' if run.promoted else 'refused by the gate'}: {run.reason}")
