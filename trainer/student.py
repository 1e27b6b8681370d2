"""The student: what System 1 is shown and how its drafts are read, in training and in service.

One prompt for both, so that what was learned is what is asked.
"""

from collections.abc import Sequence

from memory import answers
from memory.records import BASE, Draft
from models.adapters import Adapter
from models.types import (
    Cancelled,
    Finish,
    Generation,
    LanguageModel,
    Message,
    Progress,
    Prompt,
    Sampling,
)

INSTRUCTION = "Answer with the final answer only."
MAX_TOKENS = 48


def student_prompt(question: str) -> Prompt:
    """What System 1 is shown: one short instruction and the question.

    Args:
        question: A standalone question.

    Returns:
        The prompt.
    """
    return Prompt((Message("system", INSTRUCTION), Message("user", question)))


def readable(lm: LanguageModel, question: str) -> bool:
    """Whether a student can read a question and has room for an answer.

    Args:
        lm: The base model.
        question: A standalone question.

    Returns:
        False where drafting it would overflow the context.
    """
    return lm.count_tokens(student_prompt(question)) < lm.context_tokens


def draft_of(question: str, generation: Generation, version: str) -> Draft:
    """Read a generation as a draft.

    Args:
        question: What was asked.
        generation: What the student wrote.
        version: The adapter's version; "base" without one.

    Returns:
        The draft; its log-probabilities are -inf when nothing was generated.
    """
    logprobs = generation.logprobs or (float("-inf"),)
    entropies = generation.entropies or (0.0,)
    return Draft(
        question=question,
        answer=answers.extract(generation.text, question),
        text=generation.text,
        adapter=version,
        mean_logprob=sum(logprobs) / len(logprobs),
        min_logprob=min(logprobs),
        first_margin=generation.margins[0] if generation.margins else 0.0,
        tokens=generation.completion_tokens,
        prompt_tokens=generation.prompt_tokens,
        complete=generation.finish is Finish.STOP,
        mean_entropy=sum(entropies) / len(entropies),
    )


def draft_answers(
    lm: LanguageModel,
    questions: Sequence[str],
    adapter: Adapter | None,
    *,
    max_tokens: int = MAX_TOKENS,
    cancelled: Cancelled | None = None,
    progress: Progress | None = None,
) -> list[Draft]:
    """System 1's greedy answers, in shared batches.

    Args:
        lm: The base model.
        questions: Standalone questions.
        adapter: Who answers; None is the base itself.
        max_tokens: Most tokens of an answer.
        cancelled: Asked at every step.
        progress: Called with (drafts done, drafts in all).

    Returns:
        A draft for each question, in order.
    """
    generated = lm.generate(
        [student_prompt(question) for question in questions],
        Sampling(max_tokens=max_tokens),
        adapter=adapter.path if adapter else None,
        cancelled=cancelled,
        progress=progress,
    )
    version = adapter.version if adapter else BASE
    return [
        draft_of(question, one, version)
        for question, (one,) in zip(questions, generated, strict=True)
    ]
