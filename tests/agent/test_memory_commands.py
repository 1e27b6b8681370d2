import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.home import LABELS
from memory.jsonl import import_records
from memory.records import Record, Status, Vote
from router.policy import Policy
from tests.agent.world import ROOT, Done, World, code_of, question_of, spawn

Run = Callable[..., Done]


@pytest.fixture
def filled(world: World) -> World:
    """Thirty verified records of one skill, and one that was asked and is unverified."""
    world.learn(range(30), skill="codes")
    world.script = lambda _: ["Answer: 1", "Answer: 2", "hm"]
    with world.parts() as built:
        built.agent().ask("Who wrote Hamlet?", policy=Policy.AUTO, skill="plays")
    return world


def records(done: Done) -> list[dict[str, object]]:
    assert done.code == 0
    return json.loads(done.out)["records"]


def ids(done: Done) -> list[int]:
    return [int(str(record["id"])) for record in records(done)]


def test_the_newest_are_listed_first(filled: World, run: Run) -> None:
    done = run(filled.env, "memory", "list")
    assert done.out.splitlines()[0].split() == [
        "id",
        "status",
        "skill",
        "agreement",
        "answer",
        "question",
    ]
    assert done.out.splitlines()[1].startswith("31  unverified  plays")
    assert "20 shown of 31" in done.err
    assert ids(run(filled.env, "memory", "list", "--limit", "3", "--json")) == [31, 30, 29]


def test_a_list_can_be_narrowed(filled: World, run: Run) -> None:
    assert ids(run(filled.env, "memory", "list", "--status", "unverified", "--json")) == [31]
    assert ids(run(filled.env, "memory", "list", "--skill", "plays", "--json")) == [31]
    assert records(run(filled.env, "memory", "list", "--skill", "nobody", "--json")) == []
    limit = ("--limit", "100", "--json")
    found = {
        split: {record["split"] for record in records(run(filled.env, "memory", "list", *option))}
        for split in ("train", "holdout")
        for option in [("--split", split, *limit)]
    }
    assert found["train"] == {"train"}
    assert found["holdout"] <= {"gate", "calibration"}
    assert run(filled.env, "memory", "list", "--status", "splendid").code == 2


def test_show_has_votes_reason_split_and_decisions(filled: World, run: Run) -> None:
    done = run(filled.env, "memory", "show", "31")
    assert "Who wrote Hamlet?" in done.out
    assert "status   unverified: only" in done.out
    assert "vote     chain_of_thought: nothing: no final answer was given" in done.out
    assert "asked " in done.out
    found = json.loads(run(filled.env, "memory", "show", "31", "--json").out)
    assert found["split"] in ("train", "gate", "calibration")
    assert {vote["answer"] for vote in found["votes"]} == {"1", "2", None}
    assert found["decisions"][0]["route"] == "system2"


def test_what_is_stored_moves_no_terminal(world: World, run: Run) -> None:
    nasty = "a\x07b"
    record = Record(nasty, nasty, Status.GOLD, nasty, nasty, reason=nasty)
    with world.parts() as built:
        built.memory.remember([replace(record, votes=(Vote(nasty, nasty, nasty, 1),))])
    for args in (
        ("memory", "list"),
        ("memory", "show", "1"),
        ("memory", "mark", "1", "--right"),
        ("skills", "list"),
        ("skills", "show", nasty),
        ("report",),
    ):
        done = run(world.env, *args)
        assert done.code == 0
        assert "\x07" not in done.out


def test_an_unknown_record_is_one_line(filled: World, run: Run) -> None:
    done = run(filled.env, "memory", "show", "999")
    assert done.code == 1
    assert "no record has id 999" in done.err
    assert run(filled.env, "memory", "show", "x").code == 2


def test_a_person_corrects(filled: World, run: Run) -> None:
    done = run(filled.env, "memory", "mark", "31", "--answer", " Shakespeare ", "--json")
    assert json.loads(done.out)["status"] == "gold"
    assert json.loads(done.out)["answer"] == "Shakespeare"
    assert "record 30 is refuted" in run(filled.env, "memory", "mark", "30", "--wrong").out
    right = run(filled.env, "memory", "mark", "29", "--right", "--reason", "I checked", "--json")
    assert json.loads(right.out)["reason"] == "I checked"
    with filled.parts() as built:
        assert built.store.get(31).status is Status.GOLD
        assert built.store.counts().of(status=Status.REFUTED) == 1


@pytest.mark.parametrize(
    "flags", [(), ("--right", "--wrong"), ("--wrong", "--answer", "x"), ("--answer", " ")]
)
def test_a_mark_must_be_one_thing(filled: World, run: Run, flags: tuple[str, ...]) -> None:
    assert run(filled.env, "memory", "mark", "1", *flags).code == 2


def test_a_mark_without_a_reason_says_who_gave_it(filled: World, run: Run) -> None:
    done = run(filled.env, "memory", "mark", "31", "--answer", "**Shakespeare**.", "--json")
    shown = json.loads(done.out)
    assert (shown["answer"], shown["reason"]) == ("Shakespeare", "a person gave it")


@pytest.mark.parametrize("answer", ["", " ", "\u200b", "\udcff", "\u3164", "\xad"])
def test_an_answer_without_a_visible_character_is_refused(
    filled: World, run: Run, answer: str
) -> None:
    done = run(filled.env, "memory", "mark", "31", "--answer", answer)
    assert done.code == 2
    assert "Invalid value for '--answer': it is empty; give the right answer" in done.err
    with filled.parts() as built:
        assert built.store.get(31).status is Status.UNVERIFIED


HUGE = "99999999999999999999999"


@pytest.mark.parametrize(
    "args",
    [
        ("show", HUGE),
        ("show", "0"),
        ("mark", HUGE, "--right"),
        ("forget", "1", HUGE, "--yes"),
        ("list", "--limit", HUGE),
    ],
)
def test_a_number_out_of_range_is_wrong_usage(
    filled: World, run: Run, args: tuple[str, ...]
) -> None:
    done = run(filled.env, "memory", *args)
    assert done.code == 2
    assert "is not in the range 1<=x<=1000000000" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("memory", "mark", "1", "--right", "--reason", "a\udcff"), "'--reason': it holds half a"),
        (
            ("memory", "mark", "1", "--right", "--reason", "a\x1b"),
            "'--reason': it holds the control",
        ),
        (("memory", "list", "--skill", "\udcff"), "'--skill': it holds half a character"),
        (("memory", "forget", "--skill", "\udcff"), "'--skill': it holds half a character"),
        (("ask", "Why?", "--skill", "\udcff"), "'--skill': the skill holds half a char"),
        (("ask", "Why?", "--skill", "x" * 101), "'--skill': the skill must be one line"),
        (("review", "--skill", "\udcff"), "'--skill': it holds half a character"),
    ],
)
def test_what_is_no_text_is_wrong_usage(
    filled: World, run: Run, args: tuple[str, ...], said: str
) -> None:
    done = run(filled.env, *args)
    assert done.code == 2
    assert f"Invalid value for {said}" in done.err
    assert "Traceback" not in done.err


def test_export_and_import_lose_nothing(filled: World, run: Run) -> None:
    path = filled.root / "records.jsonl"
    done = run(filled.env, "memory", "export", str(path))
    assert done.err == "31 records exported\n"
    assert path.read_text() == run(filled.env, "memory", "export").out
    with filled.parts() as built:
        before = built.store.records(with_votes=True)
    (filled.root / "elsewhere").mkdir()
    other = World(filled.root / "elsewhere")
    with other.parts() as built, path.open("rb") as stream:
        assert import_records(stream, built.memory.store, built.encoder).imported == 31
        assert built.store.records(with_votes=True) == before


def test_export_of_an_empty_home(world: World, run: Run) -> None:
    assert run(world.env, "memory", "export").out == ""
    assert not world.home.root.exists()


def test_forget_asks_first(filled: World, run: Run) -> None:
    done = spawn(filled.env, "memory", "forget", "1", stdin=b"n\n")
    assert (done.code, done.out) == (0, "nothing forgotten\n")
    done = spawn(filled.env, "memory", "forget", "1", "--json", stdin=b"n\n")
    assert (done.code, done.out) == (0, '{"forgotten": 0}\n')
    for nobody in (b"", None):
        done = spawn(filled.env, "memory", "forget", "1", stdin=nobody)
        assert (done.code, done.out) == (2, "")
        assert "standard input has ended, so nobody can confirm: give --yes" in done.err
    assert 1 in ids(run(filled.env, "memory", "list", "--limit", "50", "--json"))
    done = spawn(filled.env, "memory", "forget", "1", "2", "2", stdin=b"y\n")
    assert (done.code, done.out) == (0, "2 records forgotten\n")
    assert 1 not in ids(run(filled.env, "memory", "list", "--limit", "50", "--json"))


def test_forget_removes_from_store_and_index(filled: World, run: Run) -> None:
    done = run(filled.env, "memory", "forget", "--skill", "codes", "--yes", "--json")
    assert json.loads(done.out) == {"forgotten": 30}
    with filled.parts() as built:
        assert built.store.counts().total == 1
        near = built.memory.neighbors(question_of(3), 10)
        assert [neighbor.record.id for neighbor in near] == [31]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((), 2, "give record ids, or --skill"),
        (("1", "--skill", "codes"), 2, "give record ids, or --skill"),
        (("999", "--yes"), 1, "no record has id 999"),
        (("--skill", "nobody", "--yes"), 1, "no skill is named 'nobody'"),
    ],
)
def test_forget_refuses(
    filled: World, run: Run, args: tuple[str, ...], code: int, said: str
) -> None:
    done = run(filled.env, "memory", "forget", *args)
    assert done.code == code
    assert said in done.err


def test_stats_count(filled: World, run: Run) -> None:
    found = json.loads(run(filled.env, "memory", "stats", "--json").out)
    assert (found["records"], found["verified"], found["unverified"]) == (31, 30, 1)
    assert sum(found["splits"].values()) == 31
    assert found["votes"] >= 93
    assert "31 records of 2 skills" in run(filled.env, "memory", "stats").out


# With a real, tiny encoder


@pytest.fixture
def real(world: World, tiny_encoder: Path) -> Iterator[dict[str, str]]:
    """The environment of a home whose encoder is real."""
    return world.env | {"SECONDNATURE_MEMORY__ENCODER": str(tiny_encoder)}


def test_search_and_import_with_an_encoder(real: dict[str, str], world: World, run: Run) -> None:
    lines = [
        json.dumps({"question": question_of(n), "answer": code_of(n), "status": "verified"})
        for n in range(5)
    ]
    path = world.root / "in.jsonl"
    path.write_text("\n".join([*lines, '{"question": "no status"}', "{"]) + "\n")
    done = run(real, "memory", "import", str(path), "--json")
    assert done.code == 1
    assert json.loads(done.out) == {"imported": 5, "bad": 2}
    assert f"{path}:6: the status is None" in done.err
    assert f"{path}:7: not JSON" in done.err
    found = records(run(real, "memory", "search", question_of(3), "-k", "2", "--json"))
    assert len(found) == 2
    assert found[0]["question"] == question_of(3)
    assert found[0]["similarity"] == pytest.approx(1, abs=1e-4)
    assert question_of(3) in run(real, "memory", "search", question_of(3)).out
    assert run(real, "memory", "search", " ").code == 1


def test_a_slow_pipe_holds_no_label_up(real: dict[str, str], world: World) -> None:
    line = json.dumps({"question": question_of(1), "answer": code_of(1), "status": "verified"})
    with subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "memory", "import", "-", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **real},
    ) as importing:
        assert importing.stdin is not None
        for _ in range(3):  # more than a pipe holds: it is being read, and more is waited for
            importing.stdin.write(b"\n" * 200_000)
            importing.stdin.flush()
            assert not world.home.is_held(LABELS)
        out, _ = importing.communicate(line.encode(), timeout=120)
    assert json.loads(out) == {"imported": 1, "bad": 0}


def test_import_of_a_closed_input_is_one_line(world: World) -> None:
    done = spawn(world.env, "memory", "import", "-", stdin=None)
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: standard input is closed: there is no record to read\n"


def test_import_of_a_missing_file_is_one_line(world: World, run: Run) -> None:
    done = run(world.env, "memory", "import", str(world.root / "none.jsonl"))
    assert done.code == 1
    assert "can't be read" in done.err
