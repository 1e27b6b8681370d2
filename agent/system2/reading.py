"""What stages wrote, read as a vote: the words behind a marker, and the transcript."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from agent.system2.method import Answers, Call
from agent.system2.run_on import before_next_question
from memory import answers
from memory.records import Vote
from models.types import Finish, Generation, Message, Prompt

_MARKER = "\nAnswer:"
_CONCLUSION_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Written:
    """What one stage wrote, under the stage's name."""

    stage: str
    text: str


def one(call: Call) -> Generator[tuple[Call, ...], Answers, Generation]:
    """A stage of a single call with a single continuation."""
    ((generation,),) = yield (call,)
    return generation


def concluded(call: Call) -> Generator[tuple[Call, ...], Answers, Generation]:
    """A stage that ends in a final answer, asked for in so many words where it was not marked.

    The model's reply is given back to it with the marker's word at its end, and it goes on: the
    second prompt of zero-shot chain of thought (2205.11916), a stage named "conclude". A reply that
    was cut stays cut.

    Args:
        call: With a single continuation.

    Returns:
        What the model wrote in reply, in one piece.
    """
    said = yield from one(call)
    if said.finish is Finish.LENGTH or answers.extract_marked(said.text) is not None:
        return said
    *before, last = call.prompt.messages
    lead = last.content if last.role == "assistant" else ""
    asked = before if lead else call.prompt.messages
    begun = Message("assistant", f"{lead}{said.text.rstrip()}{_MARKER}")
    end = yield from one(
        Call(
            "conclude",
            Prompt((*asked, begun), call.prompt.fixed),
            stop=("\n",),
            max_tokens=_CONCLUSION_TOKENS,
            temperature=0.0,
        )
    )
    # An answer that brings its own marker is read by it: ours would stand in for a copied one.
    marker = _MARKER if answers.extract_marked(end.text) is None else "\n"
    return replace(said, text=f"{said.text.rstrip()}{marker}{end.text}", finish=end.finish)


def whole_lines(generation: Generation) -> str:
    """What is surely complete: all of it, or all but the line that the token limit cut.

    That line may hold half an answer: 12 of 1234.
    """
    if generation.finish is Finish.LENGTH:
        return generation.text.rpartition("\n")[0]
    return generation.text


def transcript(stages: Sequence[Written]) -> str:
    """All that was written, each stage under its name; the text alone when there is but one."""
    if len(stages) == 1:
        return stages[0].text
    return "\n\n".join(f"[{written.stage}]\n{written.text}" for written in stages)


def no_vote(method: str, stages: Sequence[Written], failure: str) -> Vote:
    """A vote for nothing."""
    return Vote(method, None, transcript(stages), 0, failure)


def marked_vote(method: str, asked: str, stages: Sequence[Written], last: Generation) -> Vote:
    """Take the answer from behind the last marker of a stage's own words.

    A marker that stands in the question itself, word for word, is a copy and has no say; nor has
    one behind a question that the model went on to make up once it had answered.

    Args:
        method: Whose vote it is.
        asked: The question, as the last stage was shown it.
        stages: All that was written, the last stage included.
        last: What the last stage wrote.

    Returns:
        A vote; for nothing when the marker never came, with the reason.
    """
    whole = whole_lines(last)
    answer = answers.extract_marked(before_next_question(whole, asked), asked)
    if answer is not None:
        return Vote(method, answer, transcript(stages), 0)
    if answers.extract_marked(whole) is not None:
        return no_vote(method, stages, "the only final answer is a copy from the question")
    if last.finish is Finish.LENGTH:
        return no_vote(method, stages, "cut at the token limit before a final answer")
    return no_vote(method, stages, "no final answer was given")
