"""The contest of routing policies over outcomes made by hand, and what peers are asked and gave."""

import hashlib
import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from benchmarks.routing.caches import Known
from benchmarks.routing.calibrated import believed
from benchmarks.routing.contest import Bound, contest
from benchmarks.routing.gates import TokenGate
from benchmarks.routing.outcomes import OutcomeFile
from benchmarks.routing.policies import Outcome, Own
from benchmarks.routing.rivals import (
    CACHE_THRESHOLDS,
    GPTCACHE,
    HELD_OUT,
    SEMANTIC_ROUTER,
    STREAM,
    VALIDATION,
    CacheResult,
    Choice,
    Found,
    Peer,
    Peers,
    RouteResult,
    Routes,
    Side,
    read_peers,
    request,
    run_peers,
)
from benchmarks.routing.stream import Change, StreamItem


def outcome(
    question: str = "q",
    *,
    gold: str = "4",
    draft: str = "4",
    reasoned: str | None = "4",
    degrees: float = 0.0,
) -> Outcome:
    at = math.radians(degrees)
    return Outcome(
        question=question,
        gold=gold,
        embedding=np.array([math.cos(at), math.sin(at)], dtype=np.float32),
        embedding_seconds=0.25,
        system1_answer=draft,
        system1_logprobs=(-0.1,),
        system1_entropies=(0.2,),
        system1_second_answer=None,
        system1_tokens=2,
        system1_seconds=0.5,
        system2_answer=reasoned,
        system2_verified=True,
        system2_tokens=100,
        system2_seconds=8.0,
    )


def own(*, accepted: bool = False, sure: float | None = None) -> Own:
    return Own(accepted, accepted, confidence=sure, recalled=None, seconds=0.25)


class TestOutcomeFile:
    def test_what_is_kept_comes_back(self, tmp_path: Path) -> None:
        file = OutcomeFile(tmp_path / "made" / "outcomes.jsonl")
        assert file.read() == []
        item = outcome("a?", degrees=30)
        file.append([item, replace(item, system1_answer=None)])
        first, second = file.read()
        np.testing.assert_array_equal(first.embedding, item.embedding)
        assert asdict(first) | {"embedding": 0} == asdict(item) | {"embedding": 0}
        assert second.system1_answer is None

    def test_it_holds_only_what_the_models_made(self, tmp_path: Path) -> None:
        OutcomeFile(tmp_path / "kept").append([outcome("Write it in capital letters", draft="ab")])
        row = json.loads((tmp_path / "kept").read_text("utf-8"))
        assert not {"own", "system1_right", "system2_right"} & row.keys()

    def test_letter_case_counts_where_the_question_asks_for_it(self) -> None:
        asked = outcome("Write ab in capital letters.", gold="AB", draft="ab", reasoned="AB")
        assert (asked.system1_right, asked.system2_right) == (False, True)
        assert replace(asked, question="Write ab.").system1_right


def known(
    question: str, answer: str = "4", degrees: float = 0.0, *, verified: bool = True
) -> Known:
    return Known(question, answer, verified, outcome(degrees=degrees).embedding)


def unasked(question: str, gold: str = "4", degrees: float = 0.0) -> Outcome:
    return Outcome(question, gold, outcome(degrees=degrees).embedding)


LOG = [known("log", "4"), known("far", "5", 90), known("h1"), known("h2")]
SIDES = {
    HELD_OUT: Side(LOG[:2], [outcome("h1", degrees=10), outcome("h2", degrees=60, draft="5")]),
    VALIDATION: Side(LOG, [unasked("v1", degrees=10), unasked("v2", degrees=60)]),
    STREAM: Side(
        LOG,
        [outcome("s1", degrees=5), outcome("s2", degrees=60, reasoned=None)],
        [own(accepted=True), own()],
    ),
}
ITEMS = [
    StreamItem("s1", "4", "sums", Change.PARAPHRASED, "log", 0),
    StreamItem("s2", "4", "sums", Change.NEW, "", 1),
]
ROUTES = Routes({"sums": ["log"], "rest": ["far"]}, frozenset(["sums"]), [("h1", "sums")])
BOUND = Bound(max_error=0.1, delta=0.1)


def choices(*routes: tuple[str, float]) -> list[Choice]:
    return [Choice(route, confidence, 0.125) for route, confidence in routes]


def peers(fitted: bool = True) -> Peers:
    """GPTCache hits below 0.9; semantic-router finds the skill, surer of what is right."""
    hit, near, miss = Found("log", 0.9, 0.5), Found("far", 0.5, 0.5), Found(None, None, 0.5)
    runs = {
        VALIDATION: {0.7: [hit, near], 0.8: [hit, near], 0.9: [hit, miss]},
        STREAM: {0.7: [hit, near], 0.8: [hit, near], 0.9: [hit, miss]},
    }
    chosen = {
        HELD_OUT: choices(("sums", 0.9), ("sums", 0.6)),
        STREAM: choices(("sums", 0.95), ("rest", 0.99)),
    }
    sure = {HELD_OUT: choices(("sums", 0.8), ("sums", 0.1)), STREAM: choices(*[("sums", 0.8)] * 2)}
    return Peers(
        CacheResult("0.1.44", 0.8, runs),
        RouteResult("1.1.1", chosen, sure if fitted else None, "" if fitted else "all were right"),
    )


class TestContest:
    def test_thresholds_are_chosen_on_other_questions(self) -> None:
        found = contest(SIDES, ITEMS, peers(), ROUTES.learned, BOUND, draws=5)
        by_name = {row.name: row for row in found.rows}
        assert [by_name[f"GPTCache, {how}"].threshold for how in HOW] == [0.8, 0.9]
        loose, strict = (by_name[f"GPTCache, {how}"].scores for how in HOW)
        assert (loose.wrong_fast_share, strict.wrong_fast_share) == (0.5, 0.0)
        assert (loose.tokens, strict.tokens) == (0, 50)
        assert strict.p50_seconds == pytest.approx((0.75 + 8.75) / 2)
        assert [by_name[f"semantic-router, {how}"].threshold for how in HOW] == [None, 0.7]
        assert by_name["semantic-router, as it comes"].scores.deferrals == 0.5
        assert by_name["semantic-router, fitted"].scores.deferrals == 1
        assert by_name["semantic-router, fitted"].threshold == 0.9
        assert [point.threshold for point in found.sweeps["GPTCache"]] == [0.7, 0.8, 0.9]

    def test_each_change_is_counted_and_ours_is_what_others_are_held_against(self) -> None:
        found = contest(SIDES, ITEMS, peers(), ROUTES.learned, BOUND, draws=5)
        (row,) = [row for row in found.rows if row.name == "GPTCache, as it comes"]
        assert [(c.change, c.fast, c.wrong_fast) for c in row.changes] == [
            ("new", 1, 1),
            ("paraphrased", 1, 0),
        ]
        assert row.less_ours["deferrals"].value == -0.5
        assert {d.value for d in found.rows[-1].less_ours.values()} == {0.0}

    def test_peers_that_are_missing_are_left_out(self) -> None:
        names = [r.name for r in contest(SIDES, ITEMS, Peers(), ROUTES.learned, BOUND, 5).rows]
        assert not any("GPTCache" in name or "semantic" in name for name in names)
        found = contest(SIDES, ITEMS, peers(fitted=False), ROUTES.learned, BOUND, 5)
        assert "semantic-router could not be fitted: all were right" in found.notes

    def test_one_that_is_wrong_at_any_threshold_is_said_to_be(self) -> None:
        wrong = {HELD_OUT: choices(*[("sums", 1.0)] * 2), STREAM: choices(*[("sums", 1.0)] * 2)}
        given = Peers(None, RouteResult("1", wrong, None, "no"))
        found = contest(SIDES, ITEMS, given, ROUTES.learned, BOUND, 5)
        assert "semantic-router: no threshold can be chosen on held-out questions" in found.notes

    def test_a_cache_is_chosen_and_certified_on_questions_it_can_be_right_on(self) -> None:
        log = [known("log"), known("wrong", "9", 90, verified=False)]
        # What comes again is right at 0, was answered wrong at 90, and is another question at 33.
        asked = [unasked("log")] * 30 + [unasked("wrong", degrees=90)] * 10
        asked += [unasked("other", "7", 33)] * 5
        sides = SIDES | {VALIDATION: Side(log, asked)}
        found = contest(sides, ITEMS, Peers(), ROUTES.learned, BOUND, 5)
        rows = {row.name: row.threshold for row in found.rows}
        assert (
            rows["verified similarity cache, chosen"] == 0.85
        )  # the cosine of 33 degrees is 0.839
        assert rows["verified similarity cache, certified"] == 0.85
        assert not any(name.startswith("plain similarity cache") for name in rows)
        for way in ("chosen", "certified"):
            said = f"plain similarity cache: no threshold can be {way} on validation questions"
            assert said in found.notes

    def test_too_few_certify_nothing(self) -> None:
        sides = SIDES | {VALIDATION: Side(LOG, [unasked("log")] * 21)}
        found = contest(sides, ITEMS, Peers(), ROUTES.learned, BOUND, 5)
        names = {row.name for row in found.rows}
        assert "verified similarity cache, chosen" in names
        assert "verified similarity cache, certified" not in names

    def test_what_is_certified_is_tested_from_the_highest_threshold(self) -> None:
        """Right ones below a threshold that failed don't make up for it, as with ours."""
        asked = [unasked("near", "7", 10)] * 30 + [unasked("like", degrees=45)] * 900
        sides = SIDES | {VALIDATION: Side([known("log")], asked)}
        found = contest(sides, ITEMS, Peers(), ROUTES.learned, BOUND, 5)
        rows = {row.name: row.threshold for row in found.rows}
        assert rows["verified similarity cache, chosen"] == 0.4
        assert "verified similarity cache, certified" not in rows


HOW = ("as it comes", "chosen")


class TestConfidence:
    def test_it_is_held_against_what_was_right(self) -> None:
        stream = [outcome(f"{n}?", draft="4" if n < 3 else "5") for n in range(4)]
        stream.append(outcome("sure?"))
        verdicts = [own(sure=0.75)] * 4 + [own(accepted=True, sure=1.0)]
        gate = TokenGate(sureness, 1.0, 0.5)
        served, judged, every, tokens = believed(stream, verdicts, {"tokens": gate})
        assert (served.n, served.right, served.ece) == (judged.n, 1.0, 0.0) == (1, 1.0, 0.0)
        assert (every.n, every.right, every.stated) == (5, 0.8, 0.8)
        assert every.ece == pytest.approx(0.0)
        assert (tokens.n, tokens.stated) == (5, 0.5)
        assert tokens.ece == pytest.approx(0.3)

    def test_what_cannot_be_told_is_not_counted(self) -> None:
        verdicts = [own(), own(sure=0.9)]
        served, judged, every = believed([outcome("a?"), outcome("b?")], verdicts, {})
        assert (served.n, judged.n, every.n) == (0, 0, 1)
        assert math.isnan(judged.ece)
        assert every.ece == pytest.approx(0.1)


def sureness(item: Outcome, temperature: float) -> float:
    assert item.system1_logprobs
    return temperature / 2


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class TestPeers:
    def test_what_they_are_asked(self) -> None:
        asked = json.loads(json.dumps(request(SIDES, ROUTES)))
        assert asked["cache_thresholds"] == list(CACHE_THRESHOLDS)
        assert asked["embeddings"].keys() == {"log", "far", "h1", "h2", "v1", "v2", "s1", "s2"}
        assert asked["runs"][STREAM]["log"] == ["log", "far", "h1", "h2"]
        assert asked["runs"][STREAM]["items"] == [
            {"question": "s1", "answered": True},
            {"question": "s2", "answered": False},
        ]
        assert [item["answered"] for item in asked["runs"][VALIDATION]["items"]] == [False, False]
        assert asked["routes"] == {"sums": ["log"], "rest": ["far"]}
        assert asked["fit"] == [["h1", "sums"]]

    def test_what_they_gave_is_read(self, tmp_path: Path) -> None:
        given = peers()
        for name, one in (("cache", given.cache), ("routes", given.routes)):
            assert one is not None
            (tmp_path / name).write_text(json.dumps(asdict(one)), "utf-8")
        assert read_peers(tmp_path / "cache", tmp_path / "routes") == given
        assert read_peers(None, None) == Peers()
        with pytest.raises(ValidationError, match="runs"):
            read_peers(tmp_path / "routes", None)

    def test_one_that_fails_is_left_out_with_a_line(self, tmp_path: Path) -> None:
        cache = peers().cache
        assert cache is not None
        (tmp_path / "given.json").write_text(json.dumps(asdict(cache)), "utf-8")
        environment(
            tmp_path, GPTCACHE, f'echo >> "{tmp_path}/calls"; cp "{tmp_path}/given.json" "$3"'
        )
        environment(tmp_path, SEMANTIC_ROUTER, "echo no wheels; exit 3")
        said: list[str] = []
        found = run_peers(tmp_path, SIDES, ROUTES, said.append)
        assert found == Peers(cache, None)
        (left,) = [line for line in said if "left out" in line]
        assert left.startswith("semantic-router is left out: ")
        assert (tmp_path / "semantic-router.log").read_text("utf-8") == "no wheels\n"

        assert run_peers(tmp_path, SIDES, ROUTES, said.append).cache == cache
        assert (tmp_path / "calls").read_text("utf-8") == "\n"  # asked once
        run_peers(tmp_path, SIDES, replace(ROUTES, fit=[]), said.append)
        assert (tmp_path / "calls").read_text("utf-8") == "\n\n"

    @pytest.mark.parametrize("old", [GPTCACHE.packages[0], hashed(GPTCACHE.path)])
    def test_another_package_or_script_is_asked_again(self, tmp_path: Path, old: str) -> None:
        cache = peers().cache
        assert cache is not None
        (tmp_path / "given.json").write_text(json.dumps(asdict(cache)), "utf-8")
        environment(
            tmp_path, GPTCACHE, f'echo >> "{tmp_path}/calls"; cp "{tmp_path}/given.json" "$3"'
        )
        environment(tmp_path, SEMANTIC_ROUTER, "exit 3")
        run_peers(tmp_path, SIDES, ROUTES, lambda _: None)
        request = tmp_path / "request.json"
        request.write_text(request.read_text("utf-8").replace(old, "another"), "utf-8")
        run_peers(tmp_path, SIDES, ROUTES, lambda _: None)
        assert (tmp_path / "calls").read_text("utf-8") == "\n\n"


def environment(folder: Path, peer: Peer, script: str) -> None:
    """An environment whose interpreter does something else."""
    python = folder / "environments" / peer.name / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    python.chmod(0o755)
    (python.parents[1] / "installed.txt").write_text("\n".join(peer.packages), "utf-8")
