"""Makes a home that has learned the log: reasoned about without labels, then distilled."""

from collections.abc import Callable, Sequence

from agent.build import Parts
from agent.commands.output import bar
from agent.home import CONSOLIDATION
from agent.learn import Learner
from memory.questions import Question
from memory.records import question_key
from models.errors import InputFileError, NothingToLearnError
from trainer.consolidate import Watch
from trainer.job import StepMetrics


def learn(parts: Parts, questions: Sequence[str]) -> None:
    """Reason about what has no record yet, whoever was killed before.

    Args:
        parts: Of a home that knows nothing but such questions.
        questions: The log.

    Raises:
        InputFileError: The home knows other questions.
    """
    system2 = parts.system2()
    known = {question_key(record.question) for record in parts.store.records()}
    if strange := known - {question_key(question) for question in questions}:
        msg = (
            f"{parts.home.root} knows {len(strange):,} questions that are not in the log; "
            "--home names a folder of this benchmark's own"
        )
        raise InputFileError(msg)
    left = [question for question in questions if question_key(question) not in known]
    numbered = [Question(at, text) for at, text in enumerate(left, start=1)]
    with bar("reasoning") as update:
        Learner(parts.memory, system2).learn(numbered, on_progress=update)
    system2.restate({skill.name for skill in parts.store.journal.skills()})


def distil(parts: Parts, say: Callable[[str], None]) -> None:
    """Train on what was verified, as a consolidation does; nothing when that was done before.

    Args:
        parts: Of the home that has learned.
        say: Told what begins, and what came of it.
    """
    with parts.home.alone(CONSOLIDATION, "a consolidation"), bar("training", "step") as update:

        def on_step(metrics: StepMetrics) -> None:
            update(metrics.step, metrics.steps)

        try:
            run = parts.consolidator().run(Watch(stage=say, step=on_step))
        except NothingToLearnError as error:
            say(str(error))
            return
    say(f"{'promoted' if run.promoted else 'refused by the gate'}: {run.reason}")
