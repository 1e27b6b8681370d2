"""A question under way, and one sample of it: what was asked, what came back, what it cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agent.system2.method import Call, Method, Steps
from agent.system2.reading import Written, transcript
from agent.system2.task import Task
from agent.variants.variant import Variant
from agent.verify import own_votes
from memory.answers import own_words
from memory.records import CUT, Vote
from models.types import Finish, Generation


@dataclass(eq=False, slots=True)
class Case:
    """A question under way.

    Attributes:
        task: The question, and how it is thought about.
        votes: All that came in, checks too.
        methods_begun: How many of its methods have been asked; the last is the one whose vote it
            is.
        under_way: Samples that have not ended.
        checking: Whether the checks have begun.
        cut_short: Whether a cancel, or the time limit, ended a sample of it.
        exhausted: Whether the budget left no token for something that was to be asked.
        decided: Whether nothing more is to come.
        prompt_tokens: Tokens read.
        spent_tokens: Tokens generated.
        reserved_tokens: The most that what is under way may still generate.
        waited_s: Seconds in which its programs alone were waited for.
    """

    task: Task
    votes: list[Vote] = field(default_factory=list)
    methods_begun: int = 0
    under_way: int = 0
    checking: bool = False
    cut_short: bool = False
    exhausted: bool = False
    decided: bool = False
    prompt_tokens: int = 0
    spent_tokens: int = 0
    reserved_tokens: int = 0
    waited_s: float = 0.0

    @property
    def question(self) -> str:
        """As it was asked."""
        return self.task.question

    @property
    def current(self) -> Method:
        """The method whose vote it is."""
        return self.task.methods[max(0, self.methods_begun - 1)]

    @property
    def method_name(self) -> str | None:
        """Its name; None before it was asked."""
        return self.current.name if self.methods_begun else None

    def own_votes(self) -> list[Vote]:
        """Votes of that method on the question as it stands."""
        return own_votes(self.votes, self.method_name)

    def reserve(self, max_tokens: int, copies: int, budget_tokens: int) -> int:
        """Set tokens aside for a request.

        Args:
            max_tokens: Wanted for each continuation.
            copies: Continuations.
            budget_tokens: What the question may cost in all.

        Returns:
            What each continuation may have, at most as much as is wanted; 0 when none is left.
        """
        left = budget_tokens - self.spent_tokens - self.reserved_tokens
        given = max(0, min(max_tokens, left // copies))
        self.reserved_tokens += given * copies
        self.exhausted |= given == 0
        return given

    def settle(self, reserved_tokens: int, generations: Sequence[Generation]) -> None:
        """Count what a request cost, and free the rest of what was set aside for it."""
        self.reserved_tokens -= reserved_tokens
        self.spent_tokens += sum(generation.completion_tokens for generation in generations)
        self.prompt_tokens += generations[0].prompt_tokens
        self.cut_short |= any(item.finish is Finish.CANCELLED for item in generations)


@dataclass(eq=False, slots=True)
class Sample:
    """One sample under way: its steps, and the calls that it waits for.

    The steps are sent what the model said. What it thought aloud first is kept in the vote's text.

    Attributes:
        case: Its question.
        method: Name of its method.
        steps: The method's generator.
        variant: How the question was changed; None when it was not.
        vote: None until it has ended, and when it ended with nothing paid for.
        ended: Whether it has.
    """

    case: Case
    method: str
    steps: Steps
    variant: Variant | None
    vote: Vote | None = None
    ended: bool = False
    _calls: tuple[Call, ...] = ()
    _answers: list[Sequence[Generation] | None] = field(default_factory=list)
    _tokens: int = 0
    _texts: list[str] = field(default_factory=list)
    _thoughts: list[Written] = field(default_factory=list)

    def advance(self) -> tuple[Call, ...]:
        """Go on with the answers that have come in.

        Returns:
            The next calls; none when the sample has ended, or is at work by itself.
        """
        answers = [answer for answer in self._answers if answer is not None]
        if any(item.finish is Finish.CANCELLED for answer in answers for item in answer):
            self._close(CUT)  # half a text may look like an answer
            return ()
        try:
            calls = next(self.steps) if not self._answers else self.steps.send(answers)
        except StopIteration as ended:
            self._end(self._with_thoughts(ended.value))
            return ()
        if calls and self.case.cut_short:  # one that asks nothing has its text: its program runs
            self._close(CUT)
            return ()
        self._calls, self._answers = calls, [None] * len(calls)
        return calls

    def take(self, call: int, generations: Sequence[Generation]) -> bool:
        """Take in a call's continuations.

        Args:
            call: Which of the calls under way.
            generations: Its continuations.

        Returns:
            Whether all calls under way are answered now.
        """
        self._tokens += sum(item.completion_tokens for item in generations)
        self._texts += [item.text for item in generations]
        self._answers[call] = [self._said(call, item) for item in generations]
        return all(answer is not None for answer in self._answers)

    def give_up(self, failure: str) -> bool:
        """End without an answer.

        Args:
            failure: Why.

        Returns:
            Whether it was still under way.
        """
        if self.ended:
            return False
        self._close(failure)
        return True

    def _close(self, failure: str) -> None:
        self.steps.close()
        if self._tokens:
            text = "\n".join(self._texts)
            self._end(Vote(self.method, None, text, self._tokens, failure))
        self.ended = True

    def _said(self, call: int, item: Generation) -> Generation:
        """A continuation without its thoughts, which are kept aside."""
        words = own_words(item.text)
        if words == item.text:
            return item
        stage = f"{self._calls[call].stage}: thought"
        self._thoughts.append(Written(stage, item.text.removesuffix(words).strip()))
        return replace(item, text=words)

    def _with_thoughts(self, vote: Vote) -> Vote:
        if not self._thoughts:
            return vote
        return replace(vote, text=transcript([*self._thoughts, Written(self.method, vote.text)]))

    def _end(self, vote: Vote) -> None:
        self.ended = True
        answer, name = vote.answer, ""
        if self.variant is not None:
            name = self.variant.name
            answer = None if answer is None else self.variant.back(answer)
        self.vote = replace(vote, answer=answer, tokens=self._tokens, variant=name)
