"""What a model says is told from what it thinks aloud."""

import time

import pytest

from memory.answers import extract, extract_marked, own_words


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("Answer: 5", "Answer: 5"),
        ("\n    return 5", "\n    return 5"),
        ("<think>\nAnswer: 4\n</think>\n\nAnswer: 5", "Answer: 5"),
        ("<think>4?</think>\n\n    return 5", "    return 5"),
        ("<THINK>4?</Think> 5", " 5"),
        ("<thinking>4?</thinking>5", "5"),
        ("\n<thought>\n4?\n</thought>\n5", "5"),
        ("<thoughts>4?</thoughts>5", "5"),
        ("<reasoning>4?</reasoning>\n5", "5"),
        ("<seed:think>4?</seed:think>5", "5"),
        ("[THINK]4?[/THINK]5", "5"),
        ("\u25c1think\u25b74?\u25c1/think\u25b75", "5"),
        ("<think></think><reasoning>4?</reasoning>5", "5"),
        # Thought in between is left out, and nothing else.
        ("It is\n<think>4?</think>\n5", "It is\n\n5"),
        ("Answer: 5\n<think>4?</think>", "Answer: 5\n"),
        # A closing mark alone: the prompt had opened the thought.
        ("4? No.\n</think>\n\n5", "5"),
        ("4? No.\n</thought>\n\n5", "5"),
        ("4? No.[/THINK]5", "5"),
        ("4?</think>6?</think>5", "5"),
        ("<think>4? <think>6?</think> 7?</think>5", "5"),
        ("<think>4?</thinking>5", "5"),
        ("4?\n</think>\n", ""),
        # What is never closed was only thought.
        ("<think>So the answer is 4.", ""),
        ("<thinking>\nAnswer: 4\n", ""),
        ("<reasoning>4", ""),
        ("[THINK]4", ""),
        ("4 <think>hm", "4 "),
        ("<think>4?</think>5<think>6?", "5"),
    ],
)
def test_thoughts_are_left_out(reply: str, said: str) -> None:
    assert own_words(reply) == said
    assert own_words(said) == said


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: <b>5</b>",
        "I think 5. [think] 5 [/think]",
        "Use a `<think>` mark; it is closed by `</think>`.",
        'Answer: "<think>"',
        "It is written as <thought>x</thought>.",
        "<note><reasoning>x</reasoning></note>",
        "a <thought>b</thought> c <thought>d</thought> <reasoning>e",
        "<thinker>5</thinker>",
        "x < think > y",
    ],
)
def test_what_is_no_thought_stays(reply: str) -> None:
    assert own_words(reply) == reply


def test_no_answer_is_read_from_a_thought() -> None:
    assert extract_marked("<think>\nSo the answer is 4.\nBut wait") is None
    assert extract("<think>So the answer is 4.") is None
    assert extract("<thinking>The answer is 4.</thinking>\n5") == "5"
    assert extract_marked("<thinking>The answer is 4.</thinking>\nIt is 5") is None
    assert extract("[THINK]The answer is 4. No.[/THINK]5") == "5"
    assert extract("4 <think>hm") == "4"


@pytest.mark.parametrize(
    "unit", ["<think>", "</think>", "<think>4?</think>5", "x<thought>", "x</thought>", "\n ", "<"]
)
def test_a_long_reply_takes_no_time(unit: str) -> None:
    begun = time.process_time()
    own_words(unit * (400_000 // len(unit)))
    assert time.process_time() - begun < 2
