"""Which method a question is thought about with, and which checks its answer gets.

Thompson sampling: each method's share of samples that gave a trusted answer in the skill has a Beta
posterior; a draw from it, by the tokens that a sample takes, is what the method may yield. Methods
of which little is known draw widely and so get tried; the trying fades as votes come in. Unlike a
UCB it needs no schedule, and questions that share a batch explore without hearing of each other.
Checks cost votes of unlike methods anyway, and those count too.

The prior is the question's form: those methods that fit it go by preference, and programs come last
where there is nothing to compute.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from agent.look import check_name
from agent.system2.computable import computable
from agent.system2.families import COMPUTING
from agent.system2.method import Method
from agent.system2.settings import VerifySettings
from agent.system2.task import Check, Task
from agent.trust import SkillTrust
from agent.variants import Variant, variants_of
from memory.records import question_key, split_of

DIRECT = "direct"
"""The family that answers at once: a check and a baseline, never chosen to reason."""

REPHRASED = "question rephrased"
"""The variant whose words are the model's own."""

_PRIOR_VOTES = 12.0
"""Checks tell of the other methods anyway: trying them needs no more than this."""

_PRIOR_TOKENS = 80.0
_UNTRIED = 0.7
"""Accuracy that a method is credited with as a check where it has not been one."""


@dataclass(frozen=True, slots=True)
class Yield:
    """What a method's samples gave in a skill.

    Attributes:
        right: Samples that gave the answer of a trusted record, or of its own clear vote.
        votes: Samples on such records, its own unclear votes, and samples without an answer.
        tokens: Generated for all its samples, on whatever records.
        samples: All of them.
    """

    right: int = 0
    votes: int = 0
    tokens: int = 0
    samples: int = 0

    def at_most(self, votes: int) -> "Yield":
        """The same shares on fewer votes."""
        scale = min(1.0, votes / max(1, self.votes, self.samples))
        counts = (self.right, self.votes, self.tokens, self.samples)
        return Yield(*(round(count * scale) for count in counts))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a skill.

    Attributes:
        trust: How far its clear votes are borne out; None while nothing is known.
        yields: By method.
    """

    trust: SkillTrust | None = None
    yields: Mapping[str, Yield] = field(default_factory=dict)


class Planner:
    """Makes tasks of questions.

    Args:
        methods: To choose among, by preference, and to check with.
        chosen: The one that is to be used; None chooses by question and skill.
        verify: How much is checked.
        seed: Makes plans repeatable; None draws afresh.
        rephrased: Makes a method that is asked the question in other words; None asks none so.
    """

    def __init__(
        self,
        methods: Sequence[Method],
        chosen: str | None,
        verify: VerifySettings,
        seed: int | None = None,
        rephrased: Callable[[Method], Method] | None = None,
    ) -> None:
        self._methods = methods
        self._chosen = chosen
        self._verify = verify
        self._random = np.random.default_rng(seed)
        self._rephrased = {m.name: rephrased(m) for m in methods} if rephrased else {}

    def plan(self, questions: Sequence[str], known: Sequence[Evidence]) -> list[Task]:
        """Choose methods and checks.

        Args:
            questions: Standalone questions.
            known: What is known of each one's skill, or of one like it.

        Returns:
            A task for each, in order.
        """
        checked: dict[int, int] = {}
        tasks = []
        for question, evidence in zip(questions, known, strict=True):
            methods = self._ranked(question, evidence)
            before = checked.get(id(evidence), 0)
            checks: dict[str, tuple[Check, ...]] = {}
            if self._wants_checks(question, methods[0], evidence, before):
                checks = self._checks(question, methods, evidence)
                checked[id(evidence)] = before + 1
            tasks.append(Task(question, methods, checks))
        return tasks

    def _ranked(self, question: str, evidence: Evidence) -> tuple[Method, ...]:
        """The methods to ask in turn, the likeliest to pay first."""
        if self._chosen is not None:
            return tuple(method for method in self._methods if method.name == self._chosen)
        fitting = [m for m in self._methods if m.family != DIRECT and m.fits(question)]
        if not fitting:
            return tuple(self._methods[:1])
        fitting.sort(key=lambda method: is_last_resort(method.family, question))
        drawn = {
            method.name: self._draw(evidence.yields.get(method.name, Yield()), place)
            for place, method in enumerate(fitting)
        }
        return tuple(sorted(fitting, key=lambda method: -drawn[method.name]))

    def _draw(self, found: Yield, place: int) -> float:
        """A draw of what a method gives a token; `place` is its place by preference."""
        right, wrong, tokens = _belief(found, place)
        return float(self._random.beta(right, wrong)) / tokens

    def _wants_checks(
        self, question: str, method: Method, evidence: Evidence, in_this_batch: int
    ) -> bool:
        """Whether a question is to be checked: until its skill is known, and now and then after.

        One with a word on which unlike methods part always is: nothing else can bear it out.

        Held-out questions always are: what judges System 1 must be better than what teaches it. Of
        45 drafts two wrong labels are enough to leave the router without a certificate.
        """
        if not self._verify.unlike_methods:
            return False
        trust = evidence.trust or SkillTrust(False, "")
        settled = (2 if trust.trusted else 4) * self._verify.min_checked
        if trust.checked + in_this_batch < settled:
            return True
        right = trust.accuracy.get(method.name, 0.0)
        if trust.trusted and right < self._verify.min_probability:
            return True  # only answers that are borne out one by one can be trusted
        if trust.trusted and right * trust.steady < self._verify.min_probability:
            return bool(variants_of(question))  # likewise, and by nothing but its variants
        if split_of(question).holdout or trust.parting_in(question):
            return True
        share = int(question_key(question)[8:16], 16) / 16**8
        return share < self._verify.checked_share

    def _as_check(self, name: str, known: Mapping[str, float], evidence: Evidence) -> float:
        """How good a check a method is; one that was tried and never spoke up is none.

        The one that is being tried goes on until it has been asked often enough to be judged: the
        first few estimates are mostly the prior, and methods tried in turn would none bear out.
        """
        samples = evidence.yields.get(name, Yield()).samples
        if samples >= 2 * self._verify.min_checked:
            return known.get(check_name(name), known.get(name, 0.0))
        return 1.0 if samples else _UNTRIED

    def _checks(
        self, question: str, methods: Sequence[Method], evidence: Evidence
    ) -> dict[str, tuple[Check, ...]]:
        """For each method's vote: the best of another family, an answer at once, and variants.

        A method not tried in the skill is taken for a good one, so each is tried before a poor one
        is asked for ever; answering at once costs next to nothing. Methods asked before the one
        whose vote it is had no answer, and are not asked again.
        """
        known = evidence.trust.accuracy if evidence.trust else {}
        fitting = [method for method in self._methods if method.fits(question)]
        fitting.sort(key=lambda method: -self._as_check(method.name, known, evidence))
        variants = [Check(variant=variant) for variant in variants_of(question)]
        found = {}
        for place, method in enumerate(methods):
            others = [m for m in fitting if m.family != method.family and m not in methods[:place]]
            thinking = [other for other in others if other.family != DIRECT]
            direct = [other for other in others if other.family == DIRECT]
            chosen = [Check(method=other) for other in (*thinking[:1], *direct[:1])]
            found[method.name] = (*chosen, *variants, *self._in_other_words(question, method))
        return found

    def _in_other_words(self, question: str, method: Method) -> list[Check]:
        """The method's own check by rephrasing, where it is wished for and fits."""
        asked = self._rephrased.get(method.name)
        if asked is None or not asked.fits(question):
            return []
        return [Check(asked, Variant(REPHRASED, question))]


def is_last_resort(family: str, question: str) -> bool:
    """Whether methods of a family come after all others where no evidence tells.

    Args:
        family: Of a method that fits the question: it may be chosen, and check, all the same.
        question: Any.

    Returns:
        True for programs where there is nothing to compute.
    """
    return family in COMPUTING and not computable(question)


def expected_yield(found: Yield, place: int) -> float:
    """The mean of what a planner draws for a method: right answers a token.

    Args:
        found: What its samples gave in the skill.
        place: Its place by preference.

    Returns:
        Above 0.
    """
    right, wrong, tokens = _belief(found, place)
    return right / (right + wrong) / tokens


def _belief(found: Yield, place: int) -> tuple[float, float, float]:
    """A method's right and wrong samples and the tokens of one, the prior's included."""
    hope = 0.8 / (1 + place)
    right = found.right + _PRIOR_VOTES * hope
    wrong = found.votes - found.right + _PRIOR_VOTES * (1 - hope)
    return right, wrong, (found.tokens + _PRIOR_TOKENS) / (found.samples + 1)
