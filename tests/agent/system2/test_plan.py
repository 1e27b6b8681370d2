"""Which method and which checks a question gets."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from agent.system2.method import Method, Steps
from agent.system2.plan import Evidence, Planner, Yield
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.task import Task
from agent.trust import SkillTrust
from memory.records import split_of
from tests.agent.world import World


@dataclass(frozen=True)
class Named:
    """A method by name alone."""

    name: str
    family: str
    only: str = ""

    def fits(self, question: str) -> bool:
        return self.only in question

    def sample(self, question: str) -> Steps:
        raise NotImplementedError(question)


JUDGE = Named("judge", "words", only="compare")
PROGRAM = Named("program", "program")
WORDS = Named("words", "words")
STEPS = Named("steps", "steps")
DIRECT = Named("direct", "direct")
ALL = (JUDGE, PROGRAM, WORDS, DIRECT)


def planner(chosen: str | None = None, **verify: object) -> Planner:
    return Planner(ALL, chosen, VerifySettings(**verify), seed=0)  # type: ignore[arg-type]


def checkers(task: Task, method: str) -> list[Method]:
    return [check.method for check in task.checks[method] if check.method]


SUM = "What is 2 + 3?"


def firsts(
    evidence: Evidence, question: str = SUM, n: int = 300, methods: Sequence[Method] = ALL
) -> Counter[str]:
    choosing = Planner(methods, None, VerifySettings(), seed=0)
    tasks = choosing.plan([question] * n, [evidence] * n)
    return Counter(task.methods[0].name for task in tasks)


def test_with_no_evidence_the_form_decides_and_others_are_tried() -> None:
    counts = firsts(Evidence())
    assert counts["program"] > counts["words"] > 0
    assert counts["judge"] == counts["direct"] == 0, "one does not fit, one never reasons"
    assert firsts(Evidence(), "compare these").most_common(1)[0][0] == "judge"


WORDY = ("Write a poem about the sea.", "Is it ethical to eat meat?", "Who wrote Hamlet?")


@pytest.fixture
def real(world: World) -> Iterator[list[Method]]:
    """The methods that ship, in the order that is the default."""
    with world.parts() as built:
        yield [built.method(name) for name in System2Settings().methods]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        *[(question, "chain_of_thought") for question in WORDY],
        ("Which city is Australia's capital? I think it is Sydney.", "system2_attention"),
        (SUM, "program_of_thought"),
        ('How many letters has the word "banana"?', "program_of_thought"),
        ("Hi\nAnswer A: Hi.\nAnswer B: Bye.\nWhich answer is better?", "branch_solve_merge"),
    ],
)
def test_each_form_has_its_method_where_nothing_is_known(
    real: list[Method], question: str, first: str
) -> None:
    counts = firsts(Evidence(), question, methods=real)
    assert counts[first] > 270
    assert counts["self_consistency"] == 0


@pytest.mark.parametrize("question", WORDY)
def test_programs_stay_to_be_chosen_to_check_and_to_be_found_the_better(
    real: list[Method], question: str
) -> None:
    (task,) = Planner(real, "program_of_thought", VerifySettings()).plan([question], [Evidence()])
    assert [method.name for method in task.methods] == ["program_of_thought"]
    (task,) = Planner(real, None, VerifySettings(), seed=0).plan([question], [Evidence()])
    assert {"program_of_thought", "chain_of_code"} < {method.name for method in task.methods}
    assert checkers(task, "chain_of_thought")[0].name == "program_of_thought"
    heard = Evidence(None, {"program_of_thought": Yield(8, 8, 320, 8)})
    assert firsts(heard, question, methods=real)["program_of_thought"] > 150


def test_a_computable_kind_on_which_words_pay_goes_to_words(real: list[Method]) -> None:
    yields = {
        "program_of_thought": Yield(2, 40, 1600, 40),
        "chain_of_thought": Yield(38, 40, 3200, 40),
    }
    assert firsts(Evidence(None, yields), SUM, methods=real)["chain_of_thought"] > 270


def test_what_has_paid_is_chosen_and_the_trying_fades() -> None:
    def known(votes: int) -> Evidence:
        yields = {
            "program": Yield(votes // 4, votes, 40 * votes, votes),
            "words": Yield(votes * 9 // 10, votes, 40 * votes, votes),
        }
        return Evidence(None, yields)

    few, many = firsts(known(8))["words"], firsts(known(200))["words"]
    assert 150 < few < many
    assert many >= 299


def test_a_cheap_method_beats_a_dear_one_that_is_a_little_better() -> None:
    yields = {"program": Yield(90, 100, 3_000, 100), "words": Yield(95, 100, 20_000, 100)}
    assert firsts(Evidence(None, yields))["program"] == 300


def test_a_chosen_method_is_used_alone_and_others_check_it() -> None:
    (task,) = planner("words").plan(["sum?"], [Evidence()])
    assert [method.name for method in task.methods] == ["words"]
    assert checkers(task, "words") == [PROGRAM, DIRECT]


def test_each_method_that_may_decide_has_a_check_of_another_family_not_asked_before_it() -> None:
    methods = (PROGRAM, WORDS, STEPS, DIRECT)
    (task,) = Planner(methods, None, VerifySettings(), seed=0).plan(["sum?"], [Evidence()])
    first, second, third = task.methods
    assert {first, second, third} == {PROGRAM, WORDS, STEPS}
    assert checkers(task, first.name)[0] in {second, third}
    assert checkers(task, second.name) == [third, DIRECT]
    assert checkers(task, third.name) == [DIRECT]


def test_a_check_that_has_shown_itself_poor_gives_way() -> None:
    both = Planner((PROGRAM, WORDS, STEPS, DIRECT), "program", VerifySettings(), seed=0)
    poor = SkillTrust(True, "", checked=9, accuracy={"words (check)": 0.4})
    few, many = {"words": Yield(1, 4, 90, 4)}, {"words": Yield(4, 18, 400, 18)}
    for evidence, best in (
        (Evidence(), WORDS),
        (Evidence(poor, few), WORDS),  # being tried: a few answers say little
        (Evidence(poor, many), STEPS),
    ):
        (task,) = both.plan(["sum?"], [evidence])
        assert checkers(task, "program") == [best, DIRECT]


def test_another_family_and_an_answer_at_once_check_and_every_variant_that_fits() -> None:
    (task,) = planner("program").plan(["Which is larger, 2 or 3? compare"], [Evidence()])
    assert checkers(task, "program") == [JUDGE, DIRECT]
    assert [check.variant.name for check in task.checks["program"] if check.variant] == [
        "alternatives swapped"
    ]


def test_the_question_in_other_words_is_a_variant_where_it_is_wished_for() -> None:
    def words(method: Method) -> Method:
        return Named(method.name, method.family, only="sum")

    wishing = Planner(ALL, "program", VerifySettings(), seed=0, rephrased=words)
    fitting, other = wishing.plan(["sum?", "which?"], [Evidence(), Evidence()])
    check = fitting.checks["program"][-1]
    assert check.method == words(PROGRAM)
    assert check.variant is not None
    assert (check.variant.name, check.variant.question) == ("question rephrased", "sum?")
    assert not any(check.variant for check in other.checks["program"])


@pytest.mark.parametrize(
    ("trust", "low", "high"),
    [
        (None, 32, 80),
        (SkillTrust(True, "", checked=32, accuracy={"program": 0.97}), 15, 80),
        (SkillTrust(True, "", checked=32, accuracy={"program": 0.7}), 200, 200),
        (SkillTrust(False, "", checked=32, accuracy={"program": 0.7}), 15, 80),
        (SkillTrust(True, "", checked=12, accuracy={"program": 0.97}), 15, 80),
        (SkillTrust(False, "", checked=20), 20, 90),
    ],
)
def test_checks_are_made_until_a_skill_is_known(
    trust: SkillTrust | None, low: int, high: int
) -> None:
    evidence = Evidence(trust)
    questions = [f"sum {n}?" for n in range(200)]
    tasks = planner("program").plan(questions, [evidence] * 200)
    assert low <= sum(bool(task.checks) for task in tasks) <= high


def test_held_out_questions_are_always_checked() -> None:
    known = Evidence(SkillTrust(True, "", checked=32, accuracy={"program": 0.97}))
    questions = [f"sum {n}?" for n in range(200)]
    tasks = planner("program", checked_share=0.0).plan(questions, [known] * 200)
    assert [bool(task.checks) for task in tasks] == [split_of(q).holdout for q in questions]


def test_questions_with_a_word_on_which_unlike_methods_part_are_always_checked() -> None:
    known = SkillTrust(
        True, "", checked=32, accuracy={"program": 0.97}, parting=frozenset({"twice"})
    )
    questions = [f"sum {n}{' Twice' if n % 2 else ''}?" for n in range(200)]
    plain = [question for question in questions if not split_of(question).holdout]
    tasks = planner("program", checked_share=0.0).plan(plain, [Evidence(known)] * len(plain))
    assert [bool(task.checks) for task in tasks] == ["Twice" in question for question in plain]


def test_where_variants_turn_many_answers_all_that_fit_one_are_checked() -> None:
    known = Evidence(SkillTrust(True, "", checked=32, accuracy={"program": 0.97}, steady=0.7))
    questions = [f"Which is larger, {n} or 7.5?" if n % 2 else f"sum {n}?" for n in range(100)]
    tasks = planner("program").plan(questions, [known] * 100)
    assert [bool(task.checks) for task in tasks] == [n % 2 == 1 for n in range(100)]


def test_without_the_need_for_unlike_methods_nothing_is_checked() -> None:
    (task,) = planner(unlike_methods=False).plan(["sum?"], [Evidence()])
    assert not task.checks


def test_another_skills_votes_count_for_little() -> None:
    assert Yield(90, 100, 4_000, 100).at_most(8) == Yield(7, 8, 320, 8)
    assert Yield(1, 2, 80, 2).at_most(8) == Yield(1, 2, 80, 2)
    assert Yield().at_most(8) == Yield()
