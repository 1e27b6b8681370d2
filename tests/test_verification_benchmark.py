"""Votes and counts of the verification benchmark; no model is asked."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from agent.sandbox_settings import SandboxSettings
from agent.system2.families import FAMILIES
from agent.system2.method import Call, Method, Steps
from agent.system2.plan import Evidence, Planner
from agent.system2.reason import Reasoner
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.universal import UniversalConsistency
from agent.verify import AgreementVerifier
from benchmarks.kinds import Item
from benchmarks.replay import Count, Replay, interval, total
from benchmarks.thresholds import as_object, in_words, report
from benchmarks.verification import main
from benchmarks.votes import BLOCK, Asked, VoteFile, collect, most_samples
from memory.records import Vote
from models.scripted import ScriptedLM
from models.types import Message, Prompt

PROGRAM, WORDS, DIRECT = "program_of_thought", "chain_of_thought", "self_consistency"
SYSTEM2 = System2Settings(seed=0)
VERIFY = VerifySettings()
LIMITS = SandboxSettings()


@dataclass(frozen=True)
class Plain:
    """A method of one stage that says what it reads."""

    name: str

    @property
    def family(self) -> str:
        return FAMILIES[self.name]

    def fits(self, question: str) -> bool:
        return bool(question)

    def sample(self, question: str) -> Steps:
        ((generation,),) = yield (Call(self.name, Prompt((Message(self.name, question),))),)  # type: ignore[arg-type]
        return Vote(self.name, generation.text or None, generation.text, 0)


METHODS: list[Method] = [Plain(PROGRAM), Plain(WORDS), Plain(DIRECT)]


def items_of(n: int, kind: str = "kind") -> list[Item]:
    return [
        Item(kind, f"Ruth has {at} apples. Does Ruth like {kind} {at}?", f"r{at}")
        for at in range(n)
    ]


class Asker:
    """A model that says the same to everything, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.lm = ScriptedLM(self._say)

    def _say(self, prompt: Prompt) -> str:
        self.asked.append(f"{prompt.messages[-1].role}: {prompt.messages[-1].content}")
        return "yes"


class KilledError(Exception):
    pass


def killed(done: int, of: int) -> None:
    raise KilledError(f"{done} of {of}")


class TestCollecting:
    def test_every_method_is_sampled_to_the_end(self, tmp_path: Path) -> None:
        votes = VoteFile(tmp_path / "votes.jsonl")
        (asked,) = collect(Asker().lm, METHODS, items_of(1), SYSTEM2, LIMITS, votes)
        drawn = [(vote.method, vote.variant) for vote in asked.votes]
        assert {pair: drawn.count(pair) for pair in drawn} == {
            (PROGRAM, ""): 8,
            (PROGRAM, "names replaced"): 2,
            (WORDS, ""): 4,
            (DIRECT, ""): 4,
        }
        assert {vote.answer for vote in asked.votes} == {"yes"}
        assert {vote.tokens for vote in asked.votes} == {2}  # the end token counts

    def test_a_killed_run_goes_on_where_it_was(self, tmp_path: Path) -> None:
        path, items = tmp_path / "new" / "votes.jsonl", items_of(BLOCK + 5)
        with pytest.raises(KilledError, match=f"{BLOCK} of {BLOCK + 5}"):
            collect(Asker().lm, METHODS, items, SYSTEM2, LIMITS, VoteFile(path), killed)
        whole = path.read_text("utf-8")
        path.write_text(whole + whole.splitlines()[0][:60], "utf-8")  # it was killed while writing

        second, third = Asker(), Asker()
        resumed = collect(second.lm, METHODS, items, SYSTEM2, LIMITS, VoteFile(path))
        again = collect(third.lm, METHODS, items, SYSTEM2, LIMITS, VoteFile(path))
        at_once = collect(
            Asker().lm, METHODS, items, SYSTEM2, LIMITS, VoteFile(tmp_path / "other.jsonl")
        )
        assert {q.rpartition("kind ")[2] for q in second.asked} == {
            f"{at}?" for at in range(BLOCK, BLOCK + 5)
        }
        assert third.asked == []
        assert resumed == again == at_once

    def test_only_what_is_new_is_asked(self, tmp_path: Path) -> None:
        path, items = tmp_path / "votes.jsonl", items_of(2)
        collect(Asker().lm, METHODS[:1], items, SYSTEM2, LIMITS, VoteFile(path))
        more = Asker()
        collect(more.lm, METHODS[:2], items, SYSTEM2, LIMITS, VoteFile(path))
        assert {line.partition(":")[0] for line in more.asked} == {WORDS}

        other_model = ScriptedLM({"Ruth": "no"}, name="other", otherwise="no")
        asked = collect(other_model, METHODS[:2], items, SYSTEM2, LIMITS, VoteFile(path))
        assert {vote.answer for each in asked for vote in each.votes} == {"no"}

        warmer = Asker()
        changed = SYSTEM2.model_copy(update={"temperature": 0.9})
        collect(warmer.lm, METHODS[:2], items, changed, LIMITS, VoteFile(path))
        assert warmer.asked

    def test_programs_are_asked_for_again_under_other_limits(self, tmp_path: Path) -> None:
        path, items = tmp_path / "votes.jsonl", items_of(2)
        collect(Asker().lm, METHODS[:1], items, SYSTEM2, LIMITS, VoteFile(path))
        busier, patient = Asker(), Asker()
        for asker, changed in ((busier, {"workers": 8}), (patient, {"time_limit_s": 9.0})):
            limits = LIMITS.model_copy(update=changed)
            collect(asker.lm, METHODS[:1], items, SYSTEM2, limits, VoteFile(path))
        assert busier.asked == []
        assert patient.asked

    def test_votes_of_a_variant_answer_the_question_itself(self, tmp_path: Path) -> None:
        question = "Which is it?\n(A) red\n(B) blue\n(C) green"
        lm = ScriptedLM(
            lambda prompt: (
                found[0]
                if (found := re.findall(r"\((\w)\) blue", prompt.messages[-1].content))
                else ""
            )
        )
        votes = VoteFile(tmp_path / "votes.jsonl")
        (asked,) = collect(lm, METHODS, [Item("k", question, "B")], SYSTEM2, LIMITS, votes)
        assert any(vote.variant == "options shuffled" for vote in asked.votes)
        assert {vote.answer for vote in asked.votes} == {"B"}


def cast(method: str, said: Sequence[str | None], variant: str = "") -> Iterator[Vote]:
    return (Vote(method, answer, "", 10, variant=variant) for answer in said)


def voted(item: Item, program: Sequence[str | None], words: str, direct: str) -> Asked:
    """Votes of three methods, the first with all of its samples; a variant says the same."""
    variant = cast(PROGRAM, program[:2], "names replaced")
    checks = (*cast(WORDS, [words] * 4), *cast(DIRECT, [direct] * 4))
    return Asked(item, (*cast(PROGRAM, program), *variant, *checks))


def world() -> list[Asked]:
    """Twelve questions that go well, but for one; twelve with a slip in every program."""
    well = [voted(item, [item.answer] * 8, item.answer, item.answer) for item in items_of(12)]
    stray = ["odd", "even", "r0", None, "one", "two", "three", "four"]
    well[0] = voted(well[0].item, stray, "r0", "r0")
    slips = items_of(12, "slip")
    return [*well, *(voted(i, [f"w{i.answer}"] * 8, i.answer, i.answer) for i in slips)]


class TestReplay:
    def test_counts_of_a_small_world(self) -> None:
        good, slip = Replay(world(), METHODS, SYSTEM2).run(METHODS[0], VERIFY)
        # The stray one is given up after three samples: five more will hardly all agree with one.
        assert good.count == Count(
            questions=12, clear=11, clear_right=11, verified=11, verified_right=11,
            samples=12 * 3, checks=11 * 6, tokens=10 * (11 * 9 + 3),
        )  # fmt: skip
        assert slip.count == Count(
            questions=12, clear=12, clear_right=0, verified=0, verified_right=0,
            samples=36, checks=72, tokens=1080,
        )  # fmt: skip
        assert (good.kind, slip.kind) == ("kind", "slip")
        assert good.trust.trusted
        assert not slip.trust.trusted
        assert "no better than chance" in slip.trust.reason
        both = total([good, slip])
        assert both.precision == 1
        assert both.coverage == 11 / 24

    def test_one_method_alone_is_sure_of_its_slips(self) -> None:
        alone = VERIFY.model_copy(update={"unlike_methods": False})
        count = total(Replay(world(), METHODS, SYSTEM2).run(METHODS[0], alone))
        assert (count.verified, count.verified_right, count.checks) == (23, 11, 0)
        assert count.precision == 11 / 23

    def test_all_samples_are_drawn_when_they_are_fixed(self) -> None:
        count = total(Replay(world(), METHODS, SYSTEM2).run(METHODS[0], VERIFY, adaptive=False))
        assert count.samples == 24 * 8
        assert count.verified == 11

    def test_a_method_with_fewer_samples_decides_within_those(self) -> None:
        count = total(Replay(world(), METHODS, SYSTEM2).run(METHODS[1], VERIFY, adaptive=False))
        assert count.samples == 24 * most_samples(WORDS, SYSTEM2) == 24 * 4
        assert count.clear_right == count.clear == 24

    def test_nothing_verified_has_no_precision(self) -> None:
        count = total([])
        assert (count.precision, count.coverage) == (None, 0)
        assert count.precision_interval() == (0, 1)

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(st.sampled_from(["a", "b", "0.5", "1/2", ""]), min_size=8, max_size=8),
        st.sampled_from([0.5, 0.7, 0.9]),
        st.sampled_from(["Is it?", "What is it in lowest terms?"]),  # there the form counts
    )
    def test_it_draws_what_system2_draws(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        said: list[str],
        agreement: float,
        question: str,
    ) -> None:
        verify = VERIFY.model_copy(update={"min_agreement": agreement})
        item = Item("k", question, "a")
        lm = ScriptedLM(lambda prompt: said if prompt.messages[-1].role == PROGRAM else "a")
        planner = Planner(METHODS, PROGRAM, verify)
        verifier = AgreementVerifier(verify, SYSTEM2)
        (outcome,) = Reasoner(lm, SYSTEM2, verifier, UniversalConsistency()).reason(
            planner.plan([item.question], [Evidence()])
        )
        votes = VoteFile(tmp_path_factory.mktemp("votes") / "votes.jsonl")
        asked = collect(lm, METHODS, [item], SYSTEM2, LIMITS, votes)
        (result,) = Replay(asked, METHODS, SYSTEM2).run(METHODS[0], verify)
        real = outcome.record
        own = [vote for vote in real.votes if vote.method == PROGRAM]
        assert result.count.samples == len(own)
        assert result.count.checks == len(real.votes) - len(own)
        assert result.count.tokens == real.tokens
        assert result.count.clear == real.status.trusted
        assert result.count.clear_right == (real.status.trusted and real.answer == "a")


@given(st.integers(0, 200), st.integers(0, 200))
def test_intervals_are_exact(hits: int, misses: int) -> None:
    low, high = interval(hits, hits + misses)
    if hits + misses:
        exact = binomtest(hits, hits + misses).proportion_ci(0.95, method="exact")
        assert (low, high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    else:
        assert (low, high) == (0, 1)


class TestReport:
    def test_every_method_and_threshold_has_its_row(self) -> None:
        mixes = {"well": ["kind"], "all": ["kind", "slip"]}
        held = as_object(report(world(), METHODS, SYSTEM2, VERIFY, mixes))
        found = json.loads(json.dumps(held, allow_nan=False))
        assert len(found["mixes"]["all"]) == len(METHODS) * 3 * (1 + 3)
        rows = {
            (row["method"], row["min_agreement"], row["min_probability"]): row
            for row in found["mixes"]["all"]
        }
        row = rows[PROGRAM, 0.7, 0.9]
        assert (row["precision"], row["coverage"]) == (1, 11 / 24)
        assert row["precision_interval"][0] == pytest.approx(0.025 ** (1 / 11))
        assert rows[PROGRAM, 0.7, None]["precision"] == 11 / 23
        assert found["mixes"]["well"][0]["questions"] == 12
        (slip,) = (k for k in found["kinds"] if (k["method"], k["kind"]) == (PROGRAM, "slip"))
        assert not slip["trusted"]
        assert slip["kappa"] < 0.05
        sampler = found["samplers"][0]
        assert sampler["ratio"] == 24 * 3 / (24 * 8)
        assert sampler["adaptive"]["precision"] == sampler["fixed"]["precision"] == 1

    def test_the_tables_say_it(self) -> None:
        text = in_words(report(world(), METHODS, SYSTEM2, VERIFY, {"all": ["kind", "slip"]}))
        assert "== all, 2 kinds" in text
        assert f"== kinds by {PROGRAM}, agreement 0.7" in text
        assert re.search(rf"{PROGRAM} +0\.70 +alone +23 +47\.8%", text)
        assert re.search(rf"{PROGRAM} +0\.70 +0\.90 +11 +100\.0%", text)
        assert "unlike methods agree no better than chance" in text

    def test_settings_of_ones_own_are_among_the_thresholds(self) -> None:
        own = VERIFY.model_copy(update={"min_agreement": 0.6, "min_probability": 0.85})
        held = report(world(), METHODS, SYSTEM2, own, {})
        assert len(held.rows) == len(METHODS) * 4 * (1 + 4)
        assert {(row.min_agreement, row.min_probability) for row in held.own} == {(0.6, 0.85)}


class TestCommand:
    def test_an_unknown_kind_is_wrong_usage(self) -> None:
        done = CliRunner().invoke(main, ["--kind", "riddles"])
        assert done.exit_code == 2
        assert "'riddles' is not one of" in done.stderr

    def test_a_model_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        command = ["--kind", "toggled door", "--per-kind", "2", "--data", str(tmp_path / "votes")]
        done = CliRunner(env={"SECONDNATURE_CACHE": str(tmp_path)}).invoke(main, command)
        assert done.exit_code == 1
        assert "is not pulled yet" in str(done.exception)
