"""What would have been verified, replayed from votes: every threshold on the very same samples.

System 2's own parts do it: the verifier ends the sampling, the planner chooses the checks, and
`agent.trust` weighs each kind as a skill. Every answer that could be trusted is checked, as in the
first questions of a skill.
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

from agent.system2.families import FAMILIES
from agent.system2.method import Method
from agent.system2.plan import Evidence, Planner
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.task import Check, Task
from agent.trust import SkillTrust, Trust
from agent.verify import AgreementVerifier, Verification, own_votes
from benchmarks.kinds import Item
from benchmarks.votes import Asked, most_samples
from memory.answers import same
from memory.records import Record, Vote
from router.binomial import clopper_pearson_upper

DELTA = 0.05
"""1 less the probability with which an interval holds the true share."""

Right = Callable[[Item, str], bool]


def right(item: Item, answer: str) -> bool:
    """Whether an answer is the label's."""
    return same(answer, item.answer, item.question)


@dataclass(frozen=True, slots=True)
class Count:
    """What came of some questions.

    Attributes:
        questions: All of them.
        clear: Those whose own votes pass the thresholds.
        clear_right: Those of them that are right.
        verified: Those that are verified.
        verified_right: Those of them that are right.
        samples: The method's own, all questions together.
        checks: Samples of unlike methods and of variants.
        tokens: Generated for both.
    """

    questions: int = 0
    clear: int = 0
    clear_right: int = 0
    verified: int = 0
    verified_right: int = 0
    samples: int = 0
    checks: int = 0
    tokens: int = 0

    @property
    def precision(self) -> float | None:
        """Share of the verified that are right; None without any."""
        return self.verified_right / self.verified if self.verified else None

    @property
    def coverage(self) -> float:
        """Share of the questions that are verified; 0 without any."""
        return self.verified / self.questions if self.questions else 0.0

    def precision_interval(self) -> tuple[float, float]:
        """95% Clopper-Pearson."""
        return interval(self.verified_right, self.verified)

    def coverage_interval(self) -> tuple[float, float]:
        """95% Clopper-Pearson."""
        return interval(self.verified, self.questions)


@dataclass(frozen=True, slots=True)
class KindResult:
    """One kind of question, weighed as a skill."""

    kind: str
    count: Count
    trust: SkillTrust


def interval(hits: int, n: int) -> tuple[float, float]:
    """Clopper-Pearson bounds of a share, each of them passed with probability DELTA / 2.

    Args:
        hits: 0 <= hits <= n.
        n: >= 0; without any, all of [0, 1] is possible.

    Returns:
        Low and high.
    """
    low = 1 - clopper_pearson_upper(n - hits, n, DELTA / 2)
    return low, clopper_pearson_upper(hits, n, DELTA / 2)


def total(results: Sequence[KindResult]) -> Count:
    """All kinds together."""
    return Count(*map(sum, zip(*(astuple(result.count) for result in results), strict=True)))


class Replay:
    """Votes on many kinds of questions, judged under any settings.

    Args:
        asked: Questions with their votes.
        checkers: Methods that may check another's vote, by preference.
        system2: How samples are drawn.
        is_right: Whether an answer is right.
    """

    def __init__(
        self,
        asked: Sequence[Asked],
        checkers: Sequence[Method],
        system2: System2Settings,
        is_right: Right = right,
    ) -> None:
        self._by_kind: dict[str, list[Asked]] = {}
        for each in asked:
            self._by_kind.setdefault(each.item.kind, []).append(each)
        self._checkers = checkers
        self._system2 = system2
        self._is_right = is_right

    def run(
        self, method: Method, verify: VerifySettings, *, adaptive: bool = True
    ) -> list[KindResult]:
        """Judge every question by one method's vote.

        Args:
            method: Whose vote it is.
            verify: What must hold.
            adaptive: Whether sampling ends once the vote is decided; else all samples are drawn.

        Returns:
            A result for each kind with questions that the method fits, in order.
        """
        samples = most_samples(method.name, self._system2)
        system2 = self._system2.model_copy(update={"max_samples": samples})
        verifier = AgreementVerifier(verify, system2)
        trust = Trust(verify, verifier, FAMILIES)
        results = []
        for kind, asked in self._by_kind.items():
            fitting = [each for each in asked if method.fits(each.item.question)]
            tasks = self._tasks(fitting, method, verify)
            records = [
                replayed(each, task, verifier, system2, adaptive=adaptive)
                for each, task in zip(fitting, tasks, strict=True)
            ]
            if records:
                weighed = trust.weigh(kind, records)
                count = self._count(fitting, records, weighed.verdicts)
                results.append(KindResult(kind, count, weighed.trust))
        return results

    def _tasks(self, asked: Sequence[Asked], method: Method, verify: VerifySettings) -> list[Task]:
        """Plans with all checks: nothing is known of any question's skill."""
        methods = {each.name: each for each in (method, *self._checkers)}
        planner = Planner(list(methods.values()), method.name, verify)
        return planner.plan([each.item.question for each in asked], [Evidence() for _ in asked])

    def _count(
        self, asked: Sequence[Asked], records: Sequence[Record], verdicts: Sequence[Verification]
    ) -> Count:
        right_ones = [
            record.answer is not None and self._is_right(each.item, record.answer)
            for each, record in zip(asked, records, strict=True)
        ]
        clear = [record.status.trusted for record in records]
        verified = [verdict.status.trusted for verdict in verdicts]
        own = sum(len(own_votes(record.votes, record.method)) for record in records)
        return Count(
            questions=len(records),
            clear=sum(clear),
            clear_right=_both(clear, right_ones),
            verified=sum(verified),
            verified_right=_both(verified, right_ones),
            samples=own,
            checks=sum(len(record.votes) for record in records) - own,
            tokens=sum(record.tokens for record in records),
        )


def replayed(
    asked: Asked,
    task: Task,
    verifier: AgreementVerifier,
    system2: System2Settings,
    *,
    adaptive: bool = True,
) -> Record:
    """What System 2 would have made of a question, before its skill is weighed.

    Args:
        asked: The question, with all that was voted on it.
        task: Its methods, each asked where the earlier ones gave no answer, and its checks.
        verifier: Says when a vote is decided, and whether it is clear.
        system2: How samples are drawn, and how many at most.
        adaptive: Whether sampling ends once the vote is decided; else all samples are drawn.

    Returns:
        The record.
    """
    votes: list[Vote] = []
    method = task.methods[0].name
    for method in (each.name for each in task.methods):
        own = own_votes(asked.votes, method)[: system2.max_samples]
        votes += drawn(own, asked.item.question, verifier, system2) if adaptive else own
        if any(vote.answer is not None for vote in votes):
            break
    vote = verifier.verify(own_votes(votes, method), asked.item.question)
    if vote.status.trusted:
        votes += _checks(asked, task.checks.get(method, ()), method, system2.check_samples)
    return Record(
        question=asked.item.question,
        answer=vote.answer,
        status=vote.status,
        skill=asked.item.kind,
        method=method,
        agreement=vote.agreement,
        votes=tuple(votes),
        reason=vote.reason,
    )


def drawn(
    votes: Sequence[Vote], question: str, verifier: AgreementVerifier, system2: System2Settings
) -> list[Vote]:
    """The samples after which System 2 would have stopped, round by round.

    Args:
        votes: All of a method's samples on a question, in order.
        question: It.
        verifier: Says when the vote is decided.
        system2: Sizes of the rounds.

    Returns:
        The first of them; all when the vote stays open.
    """
    count = system2.first_samples
    while count < len(votes) and (wanted := verifier.wanted(votes[:count], question)):
        count += min(wanted, system2.round_samples)
    return list(votes[:count])


def _checks(asked: Asked, checks: Sequence[Check], own: str, samples: int) -> list[Vote]:
    """The votes of a vote's checks."""
    found: list[Vote] = []
    for check in checks:
        method = own if check.method is None else check.method.name
        variant = "" if check.variant is None else check.variant.name
        found += [v for v in asked.votes if (v.method, v.variant) == (method, variant)][:samples]
    return found


def _both(first: Sequence[bool], second: Sequence[bool]) -> int:
    return sum(a and b for a, b in zip(first, second, strict=True))
