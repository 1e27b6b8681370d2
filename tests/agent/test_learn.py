import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from agent.interrupt import cancelling
from agent.learn import BLOCKS, Learner, LearnReport
from memory.questions import BadLine, Question, read_questions
from memory.records import Route, Status
from models.types import Prompt
from router.policy import Policy
from tests.agent.world import World, asked, code_of, question_of, teach, truth


def questions(numbers: Sequence[int], skill: str | None = None) -> list[Question]:
    return [Question(i + 1, question_of(n), skill=skill) for i, n in enumerate(numbers)]


def learn(world: World, asked: Sequence[Question], **options: object) -> LearnReport:
    with world.parts() as built:
        return Learner(built.memory, built.system2()).learn(asked, **options)  # type: ignore[arg-type]


def records(world: World) -> dict[str, tuple[Status, str | None]]:
    with world.parts() as built:
        return {r.question: (r.status, r.answer) for r in built.store.records()}


def test_a_log_is_reasoned_verified_and_remembered(world: World) -> None:
    told: list[tuple[int, int]] = []
    report = learn(world, questions(range(20), "codes"), on_progress=lambda *at: told.append(at))
    assert (report.questions, report.verified, report.unverified, report.failed) == (20, 20, 0, 0)
    assert report.completion_tokens > 20 * 3
    assert report.prompt_tokens > 0
    assert report.seconds > 0
    assert list(report.skills) == ["codes"]
    assert report.skills["codes"].verified == 20
    assert records(world)[question_of(3)] == (Status.VERIFIED, code_of(3))
    assert told[-1] == (20, 20)


def test_without_tags_like_questions_become_a_skill(world: World) -> None:
    report = learn(world, questions(range(40)))
    assert len(report.skills) == 1
    assert "(none)" not in report.skills


def test_gold_is_stored_without_reasoning_and_is_never_overruled(world: World) -> None:
    gold = [Question(1, question_of(1), answer="1000"), Question(2, question_of(2))]
    report = learn(world, gold)
    assert records(world)[question_of(1)] == (Status.GOLD, "1000")
    assert report.verified == 2
    learn(world, [Question(1, question_of(1))])
    assert records(world)[question_of(1)] == (Status.GOLD, "1000")


def test_repeated_questions_count_once(world: World, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    lines = [f'{{"question": "{question_of(n)}"}}' for n in (1, 2, 1, 1)]
    file.write_text("\n".join(lines))
    found = [item for item in read_questions(file) if isinstance(item, Question)]
    report = learn(world, found)
    assert report.questions == 2
    assert len(records(world)) == 2


def test_a_repeated_question_has_the_first_gold_and_the_first_tag_of_its_lines(
    world: World,
) -> None:
    file = [
        Question(1, question_of(1)),
        Question(2, question_of(1), answer="7", duplicate_of=1),
        Question(3, question_of(1), answer="7.0", skill="codes", duplicate_of=1),
    ]
    report = learn(world, file)
    assert (report.questions, report.completion_tokens) == (1, 0)
    assert list(report.skills) == ["codes"]
    assert records(world) == {question_of(1): (Status.GOLD, "7")}


def test_what_is_trusted_is_not_paid_for_again(world: World) -> None:
    learn(world, questions(range(10)))
    report = learn(world, questions(range(12)))
    assert (report.questions, report.verified) == (12, 12)
    with world.parts() as built:
        spent = [len(r.votes) for r in built.store.records(with_votes=True)]
    assert spent == [3] * 12
    again = learn(world, questions(range(12)))
    assert (again.completion_tokens, again.verified) == (0, 12)


def test_what_is_not_trusted_is_tried_again(world: World) -> None:
    world.script = lambda _: ["Answer: 1", "Answer: 2", "hm"]
    report = learn(world, questions([5]))
    assert (report.verified, report.unverified) == (0, 1)
    world.script = teach
    assert learn(world, questions([5])).verified == 1


def test_no_answer_at_all_counts_as_failed(world: World) -> None:
    world.script = lambda _: "I wonder."
    report = learn(world, questions([5]))
    assert (report.verified, report.unverified, report.failed) == (0, 0, 1)


def dying(after: int) -> Callable[[Prompt], str]:
    left = after

    def script(prompt: Prompt) -> str:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return f"Answer: {truth(asked(prompt))}"

    return script


def test_a_kill_costs_one_block_and_the_next_run_goes_on(world: World) -> None:
    world.script = dying(BLOCKS[0] + 10)  # a prompt is scripted once a round
    with pytest.raises(KeyboardInterrupt):
        learn(world, questions(range(300)))
    kept = records(world)
    assert len(kept) == BLOCKS[0]
    assert all(status is Status.VERIFIED for status, _ in kept.values())
    world.script = teach
    report = learn(world, questions(range(300)))
    assert (report.questions, report.verified) == (300, 300)
    with world.parts() as built:
        counts = built.store.counts()
    assert counts.votes == 3 * 300, "nothing was paid for twice"


def test_a_cancel_keeps_what_is_done(world: World) -> None:
    done = 0

    def on_progress(decided: int, _: int) -> None:
        nonlocal done
        done = decided

    report = learn(
        world, questions(range(300)), cancelled=lambda: done >= BLOCKS[0], on_progress=on_progress
    )
    assert report.verified == BLOCKS[0]
    assert report.failed == 300 - BLOCKS[0]


def test_ctrl_c_keeps_what_was_paid_for(world: World) -> None:
    asked_times = 0

    def script(prompt: Prompt) -> str:
        nonlocal asked_times
        asked_times += 1
        if asked_times == BLOCKS[0] + 20:
            os.kill(os.getpid(), signal.SIGINT)
        return f"Answer: {truth(asked(prompt))}"

    world.script = script
    with cancelling() as cancel:
        report = learn(world, questions(range(300)), cancelled=cancel)
    assert cancel.asked
    assert BLOCKS[0] < report.verified < BLOCKS[0] + 25
    assert report.questions == 300
    assert report.verified + report.unverified + report.failed == 300


def test_two_thousand_lines_with_broken_ones_between(world: World, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    lines = [f'{{"question": "{question_of(n)}"}}' for n in range(1_990)]
    lines[10:10] = ["{", "[]", '{"question": 3}', '{"q": "a"}', '{"question": ""}']
    file.write_text("\n".join(lines) + "\n\n")
    read = list(read_questions(file))
    bad = [item.line for item in read if isinstance(item, BadLine)]
    assert bad == [11, 12, 13, 14, 15]
    report = learn(world, [item for item in read if isinstance(item, Question)])
    assert (report.questions, report.verified) == (1_990, 1_990)


def test_memory_answers_with_no_gold_that_leans_on_other_turns(
    world: World, tmp_path: Path
) -> None:
    earlier = {
        1: ("system", "You are a helpful assistant."),
        2: ("system", "Answer in hexadecimal."),
        3: ("assistant", "Pick A or B."),
    }
    file = tmp_path / "log.jsonl"
    lines = [
        {
            "messages": [
                {"role": role, "content": said},
                {"role": "user", "content": question_of(n)},
            ],
            "answer": "1000",
        }
        for n, (role, said) in earlier.items()
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    learn(world, [item for item in read_questions(file) if isinstance(item, Question)])
    recalling = world.settings.memory.model_copy(update={"recall": True})
    with world.parts(memory=recalling) as built:
        given = [built.agent().ask(question_of(n), policy=Policy.AUTO).decision for n in earlier]
    assert [each.route for each in given] == [Route.MEMORY, Route.SYSTEM2, Route.SYSTEM2]
    assert [each.answer for each in given] == ["1000", code_of(2), code_of(3)]
