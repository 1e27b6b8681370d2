"""The head to head: a run that goes on, what the peers are asked and gave, the tables."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from agent.build import Parts
from agent.config import load_settings
from agent.home import Home
from agent.learn import Learner
from agent.loop import Query
from benchmarks import routing_peers as command
from benchmarks.routing.contest import Row
from benchmarks.routing.forms import Skill, skills
from benchmarks.routing.identity import FILE
from benchmarks.routing.learning import learn
from benchmarks.routing.outcomes import OutcomeFile
from benchmarks.routing.policies import Outcome
from benchmarks.routing.reviewing import review
from benchmarks.routing.rivals import (
    HELD_OUT,
    STREAM,
    Peers,
    Routes,
    Side,
    read_peers,
    request,
)
from benchmarks.routing.run import Plan, Result, Run
from benchmarks.routing.stream import learn_log
from benchmarks.routing.table import in_words, markdown
from benchmarks.routing.verdicts import verdicts
from memory.answers import same
from memory.questions import Question
from memory.records import Route, Status
from models.errors import InputFileError
from models.scripted import HashEncoder, ScriptedLM
from models.types import Prompt
from router.policy import Policy
from trainer.student import INSTRUCTION

ENCODER = HashEncoder(64)
LETTERS, COINS = "last letters", "coin flips"
PLAN = Plan(per_skill=160, items=40, drift=COINS, nights=2, batch=8, draws=20)


def solve(prompt: Prompt) -> str:
    """The right answer to the last question of a prompt, whatever names it has."""
    asked = [m.content for m in prompt.messages if m.role == "user"][-1]
    coins = re.findall(r"((?:At first a|A|There is a) coin.*?\?|[^\n]*\bcoin\b[^\n]*\?)", asked)
    if coins:
        told = coins[-1]
        turns = len(re.findall(r"flips|turns over", told)) + told.count("2 times")
        return "yes" if (turns % 2 == 0) != ("tails up now" in told) else "no"
    names = re.findall(r'"([^"]+)"', asked)
    words = names[-1].split() if names else []
    if "first letters" in asked:
        return "".join(word[:1] for word in words)
    return "".join(word[-2 if "last 2" in asked else -1 :] for word in words) or "?"


@dataclass
class Scripted:
    """A home whose model follows a script."""

    model: Path
    name: str = "scripted"
    dies_after: int = 10**9  # questions of the stream
    asked: int = 0
    reasoned: int = 0
    settings: dict[str, object] = field(default_factory=dict)

    def base(self, prompt: Prompt) -> str:
        """Knows nothing at once; reasons well, in words and in programs."""
        if prompt.messages[0].content == INSTRUCTION:
            return "zz"
        self.reasoned += 1
        if prompt.messages[-1].role == "assistant":
            return f"    return {solve(prompt)!r}\n```"
        return f"Let me see.\nAnswer: {solve(prompt)}"

    def adapted(self, prompt: Prompt) -> str | Sequence[str]:
        """Has learned the letters; guesses at coins, and says otherwise when it is sampled."""
        self.asked += 1
        if self.asked > self.dies_after:
            raise KeyboardInterrupt
        return ("yes", "no") if "coin" in prompt.messages[-1].content else solve(prompt)

    @contextmanager
    def open_parts(self, root: Path, settings: Mapping[str, object]) -> Iterator[Parts]:
        small: dict[str, object] = {
            "system1.model": str(self.model),
            "system2.seed": 1,
            "memory.encoder": ENCODER.name,
            "trainer.min_steps": 1,
            "trainer.num_train_epochs": 1,
            "trainer.min_records": 4,
            "router.max_error": 0.5,
            "router.delta": 0.5,
        }
        parts = Parts(load_settings(root, small | self.settings | dict(settings)), Home(root))
        parts.encoder = ENCODER
        parts.student = ScriptedLM(self.base, adapted=lambda _: self.adapted, name=self.name)
        try:
            yield parts
        finally:
            parts.close()


def two_skills() -> list[Skill]:
    return [skill for skill in skills() if skill.name in (LETTERS, COINS)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


def through_files(folder: Path, sides: Mapping[str, Side], routes: Routes, say: object) -> Peers:
    """Peers that found nothing, and gave everything to the first skill; through their files."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = json.loads(json.dumps(request(sides, routes)))
    assert asked["routes"].keys() >= routes.learned
    (name, *_) = sorted(asked["routes"])
    runs = asked["runs"].items()
    miss = {"question": None, "similarity": None, "seconds": 0.5}
    choice = {"route": name, "confidence": 0.95, "seconds": 0.5}
    cache = {
        "version": "1",
        "default": 0.8,
        "runs": {
            side: {str(t): [miss for _ in run["items"]] for t in asked["cache_thresholds"]}
            for side, run in runs
        },
    }
    chosen = {side: [choice for _ in run["items"]] for side, run in runs}
    routed = {"version": "2", "runs": chosen, "fitted": None, "unfitted": "all were right"}
    (folder / "cache.json").write_text(json.dumps(cache), "utf-8")
    (folder / "routes.json").write_text(json.dumps(routed), "utf-8")
    return read_peers(folder / "cache.json", folder / "routes.json")


def rows(result: Result) -> dict[str, Row]:
    return {row.name: row for row in result.contest.rows}


@pytest.fixture(scope="module")
def scripted(tiny_model: Path) -> Scripted:
    return Scripted(tiny_model)


@pytest.fixture(scope="module")
def result(folder: Path, scripted: Scripted) -> Result:
    return a_run(folder, scripted).run()


class TestRun:
    def test_what_is_learned_is_served_fast_and_the_rest_deferred(self, result: Result) -> None:
        (learned,) = result.learned
        assert "letters" in learned
        by_name = rows(result)
        assert by_name["always System 2"].scores.accuracy == 1
        assert by_name["always System 1"].scores.accuracy < 1
        ours, recalling = by_name["ours"].scores, by_name["ours, with recall"].scores
        assert ours.accuracy == 1
        assert 0 < recalling.deferrals < ours.deferrals < 1
        assert ours.tokens < by_name["always System 2"].scores.tokens
        assert result.contest.rows[-1].name == "ours"

    @pytest.mark.usefixtures("result")
    def test_ours_are_the_decisions_of_the_agent(self, folder: Path, scripted: Scripted) -> None:
        found = outcomes(folder, STREAM)
        with scripted.open_parts(folder / "home", {}) as parts:
            queries = [Query(item.question) for item in found]
            answered = parts.agent().answer(queries, policy=Policy.AUTO, remember=False)
            own = verdicts(parts, found)
        routes = [one.decision.route for one in answered]
        assert [mine.accepted for mine in own] == [r is Route.SYSTEM1 for r in routes]
        for mine, item, one in zip(own, found, answered, strict=True):
            if mine.accepted:
                assert one.decision.answer == item.system1_answer
                assert one.decision.tokens == item.system1_tokens
                assert mine.confidence == one.decision.confidence
        assert sum(mine.tried for mine in own) >= sum(mine.accepted for mine in own) > 0

    def test_outcomes_say_what_each_system_said(
        self, result: Result, folder: Path, scripted: Scripted
    ) -> None:
        found = outcomes(folder, STREAM)
        assert len(found) == PLAN.items
        for item in found:
            coin = "coin" in item.question
            assert item.system2_right
            assert item.system1_right == (item.system1_answer == item.gold)
            assert (item.system1_second_answer == item.system1_answer) == (not coin)
            assert len(item.system1_logprobs) == len(item.system1_entropies) == item.system1_tokens
            assert item.system2_tokens > item.system1_tokens
            np.testing.assert_array_equal(item.embedding, ENCODER.encode([item.question])[0])
        held = outcomes(folder, HELD_OUT)
        with scripted.open_parts(folder / "home", {}) as parts:
            recalled = [own.recalled for own in verdicts(parts, held)]
        assert recalled == [item.system2_answer for item in held]
        assert len(held) == result.held_out

    @pytest.mark.usefixtures("result")
    def test_the_same_command_asks_nothing_again(self, folder: Path, tiny_model: Path) -> None:
        before = a_run(folder, Scripted(tiny_model)).run()  # a test before may have cut it short
        again = Scripted(tiny_model)
        found = a_run(folder, again).run()
        assert again.asked == again.reasoned == 0
        assert found.asked_on == before.asked_on
        told = ("accuracy", "wrong_fast_share", "deferrals", "tokens")
        kept, new = (
            {name: [asdict(row.scores)[one] for one in told] for name, row in rows(one).items()}
            for one in (before, found)
        )
        assert new == kept

    def test_ours_is_read_with_the_certificate_of_now(
        self, result: Result, folder: Path, tiny_model: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(folder, tmp_path / "run")
        again = Scripted(tiny_model, settings={"router.max_error": 0.001})
        without = a_run(tmp_path / "run", again).run()
        assert again.asked == again.reasoned == 0
        assert without.certificate != result.certificate
        assert rows(without)["ours"].scores.deferrals == 1
        assert 0 < rows(without)["ours, with recall"].scores.deferrals < 1

    @pytest.mark.usefixtures("result")
    def test_a_kill_costs_a_block_at_most(self, folder: Path, tiny_model: Path) -> None:
        (kept,) = folder.glob(f"{STREAM}-*.jsonl")
        whole = kept.read_bytes()
        lines = whole.splitlines(keepends=True)
        kept.write_bytes(b"".join(lines[:16]) + lines[16][:50])
        killed = Scripted(tiny_model, dies_after=2 * PLAN.batch + 3)
        with pytest.raises(KeyboardInterrupt):
            a_run(folder, killed).run()
        assert kept.read_bytes().count(b"\n") == 24
        resumed = Scripted(tiny_model)
        a_run(folder, resumed).run()
        assert resumed.asked == 2 * (PLAN.items - 24)  # a greedy draft and a sampled one
        assert [one.question for one in OutcomeFile(kept).read()] == [
            json.loads(line)["question"] for line in lines
        ]

    def test_a_night_whose_next_day_has_begun_is_over(
        self, tiny_model: Path, tmp_path: Path
    ) -> None:
        log = [question for question, _ in learn_log(two_skills(), 40, 0)]
        scripted, said = Scripted(tiny_model), list[str]()
        with scripted.open_parts(tmp_path / "home", {}) as parts:
            learn(parts, log, 2, said.append)
            nights = parts.store.journal.consolidations()
            assert len(nights) == 2
            reasoned = scripted.reasoned
            learn(parts, log, 2, said.append)
            assert parts.store.journal.consolidations() == nights
        assert scripted.reasoned == reasoned
        days = [line for line in said if line.startswith(("day", "night"))]
        assert days == [
            "day 1 of 2: 40 of 40 unlabelled questions",
            "night 1: what was verified becomes System 1",
            "day 2 of 2: 40 of 40 unlabelled questions",
            "night 2: what was verified becomes System 1",
            "day 1 of 2: 0 of 40 unlabelled questions",
            "day 2 of 2: 0 of 40 unlabelled questions",
            "night 2: what was verified becomes System 1",
        ]

    def test_a_person_says_the_truth_once(self, tiny_model: Path, tmp_path: Path) -> None:
        log, said = learn_log(two_skills(), 40, 0), list[str]()
        truth = dict(log)
        with Scripted(tiny_model).open_parts(tmp_path / "home", {}) as parts:
            learn(parts, [question for question, _ in log], 1, said.append)
            for _ in range(2):
                review(parts, log, 3, said.append)
                judged = [r for r in parts.store.records() if r.status.by_person]
                assert len(judged) == 3
                assert all(r.status is Status.GOLD for r in judged)
                assert all(same(str(r.answer), truth[r.question], r.question) for r in judged)
        assert said.count("a person judges 3 answers") == 1
        assert said.count("the night after: what people said becomes System 1") == 2

    def test_a_home_that_knows_other_things_is_refused(
        self, tiny_model: Path, tmp_path: Path
    ) -> None:
        scripted = Scripted(tiny_model)
        with scripted.open_parts(tmp_path / "home", {}) as parts:
            Learner(parts.memory, parts.system2()).learn([Question(1, "Who?", "me")])
            with pytest.raises(InputFileError, match="knows 1 questions that are not in the log"):
                learn(parts, ["What?"], 1, lambda _: None)
        with pytest.raises(InputFileError, match=f"knows 'Who[?]', and has no {FILE}"):
            a_run(tmp_path, scripted).run()

    @pytest.mark.usefixtures("result")
    @pytest.mark.parametrize(
        ("name", "settings", "seed", "told"),
        [
            ("other", {}, 0, "student was 'scripted-.*' and is 'other-.*'; teacher was"),
            ("scripted", {"system2.max_tokens": 9}, 0, r"\(system2.max_tokens was .* and is 9\)"),
            ("scripted", {}, 1, r"\(seed was 0 and is 1\): set that back, or name another folder"),
        ],
    )
    def test_nobody_goes_on_with_what_another_has_learned(
        self,
        folder: Path,
        tiny_model: Path,
        name: str,
        settings: dict[str, object],
        seed: int,
        told: str,
    ) -> None:
        other = Scripted(tiny_model, name, settings=settings)
        with pytest.raises(InputFileError, match=told):
            a_run(folder, other, seed).run()
        assert other.asked == other.reasoned == 0

    def test_a_mark_that_cannot_be_read_is_said_to_be(
        self, tiny_model: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / FILE).write_text("[1", "utf-8")
        with pytest.raises(InputFileError, match=f"{FILE} can't be read"):
            a_run(tmp_path, Scripted(tiny_model)).run()


def a_run(folder: Path, scripted: Scripted, seed: int = 0) -> Run:
    home, plan = folder / "home", replace(PLAN, seed=seed)
    return Run(two_skills(), plan, folder, home, scripted.open_parts, through_files, lambda _: None)


def outcomes(folder: Path, side: str) -> list[Outcome]:
    (path,) = folder.glob(f"{side}-*.jsonl")
    return OutcomeFile(path).read()


class TestTable:
    def test_every_policy_has_a_line_in_each_table(self, result: Result) -> None:
        words, page = in_words(result), markdown(result, "python -m x")
        for row in result.contest.rows:
            assert f"\n{row.name} " in words
            stated = sum(one.name == row.name for one in result.contest.confidences)
            assert page.count(f"\n| {row.name} |") == (2 if row.name == "ours" else 3) + stated
        every = [line for line in page.splitlines() if line.startswith("|")]
        heads = [at for at, line in enumerate(every) if set(line) <= set("|-: ")]
        assert len(heads) == 4
        assert all(every[at].count("|") == every[at - 1].count("|") for at in heads)
        assert "semantic-router could not be fitted: all were right" in page
        assert "are of 20" in page
        assert "second sample's tokens are counted as many as the first's" in page
        assert all(machine in page for machine in result.asked_on)

    def test_the_machine_is_named(self, result: Result) -> None:
        (asked_on,) = result.asked_on  # in one day, unless midnight came
        assert re.fullmatch(r"20\d\d-\d\d-\d\d: .+, weights in (float32|bfloat16)", asked_on)

    def test_ours_states_a_confidence_for_every_draft(self, result: Result, folder: Path) -> None:
        served, judged, every = [o for o in result.contest.confidences if o.name == "ours"]
        assert 0 < served.n <= judged.n < every.n == PLAN.items
        assert served.right == 1
        right = [item.system1_right for item in outcomes(folder, STREAM)]
        assert every.right == sum(right) / len(right)

    def test_page_and_numbers_are_written(self, result: Result, tmp_path: Path) -> None:
        command.write(result, tmp_path / "docs" / "page.md", "python -m x")
        assert (tmp_path / "docs" / "page.md").read_text("utf-8").startswith("# Who answers")
        held = json.loads((tmp_path / "docs" / "page.json").read_text("utf-8"))
        assert held["command"] == "python -m x"
        assert [row["name"] for row in held["contest"]["rows"]] == list(rows(result))
        assert held["contest"]["rows"][1]["scores"]["wrong_fast_rate"] is None
