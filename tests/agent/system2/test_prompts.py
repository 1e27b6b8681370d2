"""Prompt files: ours as they ship, and a user's in their place."""

from pathlib import Path

import pytest

from agent.system2 import prompts
from agent.system2.prompts import FewShot, faults, read_prompts
from models.errors import MethodError
from models.types import Finish, Generation

OURS = sorted(path.stem for path in Path(prompts.__file__).parent.glob("*.toml"))
SAMPLE = """
[reason]
system = "Think."
ask = "Q: {question}"

[[reason.shots]]
question = "1 + 1?"
reply = "Answer: 2"
"""


def override(folder: Path, text: str, name: str = "chain_of_thought") -> Path:
    (folder / f"{name}.toml").write_text(text)
    return folder


def test_every_prompt_that_ships_renders_without_leftovers() -> None:
    assert len(OURS) == 7
    for name in OURS:
        for stage, few_shot in read_prompts(name).items():
            filled = few_shot.prompt(**dict.fromkeys(few_shot.placeholders, "x"))
            text = "\n".join(message.content for message in filled.messages)
            assert few_shot.shots, (name, stage)
            assert few_shot.placeholders, (name, stage)
            assert "{" not in text.replace('presses = {"Ann"', ""), (name, stage)
            assert all(reply.startswith(few_shot.lead) for _, reply in few_shot.shots)


def test_all_before_the_question_is_the_same_for_every_question() -> None:
    for name in OURS:
        for few_shot in read_prompts(name).values():
            first, second = (
                few_shot.prompt(**dict.fromkeys(few_shot.placeholders, text))
                for text in ("one?", "two?")
            )
            assert first.fixed == second.fixed == 1 + 2 * len(few_shot.shots)
            assert first.messages[: first.fixed] == second.messages[: second.fixed]
            assert "one?" in first.messages[first.fixed].content


def test_braces_in_a_question_are_just_braces() -> None:
    few_shot = FewShot("", 'q: {question} r: {rewritten} \\boxed{3} {"a": {}}')
    prompt = few_shot.prompt(question="{rewritten} {0} {", rewritten="}{question}")
    (message,) = prompt.messages
    assert message.content == 'q: {rewritten} {0} { r: }{question} \\boxed{3} {"a": {}}'
    assert prompt.fixed == 0


def test_a_lead_opens_the_reply() -> None:
    few_shot = FewShot("s", "{question}", lead="Score:")
    assert few_shot.prompt(question="q").messages[-1].role == "assistant"
    assert few_shot.written(Generation(" 4", (), (), Finish.STOP, 1)) == "Score: 4"


def test_a_users_file_replaces_ours(tmp_path: Path) -> None:
    read = read_prompts("chain_of_thought", override(tmp_path, SAMPLE))
    contents = [message.content for message in read["reason"].prompt(question="2?").messages]
    assert contents == ["Think.", "Q: 1 + 1?", "Answer: 2", "Q: 2?"]
    assert read_prompts("system2_attention", tmp_path) == read_prompts("system2_attention")


def test_a_user_may_leave_shots_and_lead_out(tmp_path: Path) -> None:
    text = '[program]\nsystem = ""\nask = "{question}"'
    read = read_prompts("program_of_thought", override(tmp_path, text, "program_of_thought"))
    assert len(read["program"].prompt(question="q").messages) == 1


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('[reason]\nask = "{question}"', r"chain_of_thought\.toml: \[reason\] lacks 'system'"),
        ('[reason]\nsystem = "s"', "lacks 'ask'"),
        (SAMPLE.replace("{question}", "{qestion}"), r"\[reason\]: 'ask' lacks .*\{question\}"),
        (SAMPLE.replace('reply = "Answer: 2"', ""), "shot 1 lacks 'reply'"),
        (SAMPLE + 'answer = "2"', "shot 1 has the unknown 'answer'"),
        (SAMPLE.replace("ask =", 'stop = "x"\nask ='), "unknown 'stop'; allowed are 'ask', 'lead'"),
        (SAMPLE + '[other]\nsystem = ""', "has the unknown 'other'"),
        ('[think]\nsystem = "s"', r"chain_of_thought\.toml lacks 'reason'"),
        ('reason = "s"', "must be a table"),
        ('[reason]\nsystem = 3\nask = "{question}"', "'system' must be a text, not 3"),
        ('[reason]\nsystem = "s"\nask = "{question}"\nlead = 3', "'lead' must be a text"),
        ('[reason]\nsystem = "s"\nask = "{question}"\nshots = 3', "'shots' must be a list"),
        ('[reason]\nsystem = "s"\nask = "{question}"\nshots = [3]', "shot 1 must be a table"),
        ("[reason", "can't be read"),
        (f"a = {'[' * 3_000}", "can't be read"),
        (
            SAMPLE.replace("{question}", "{question} {context}"),
            r"\[reason\]: 'ask' has the unknown placeholder \{context\}; allowed are \{question\}",
        ),
        (
            SAMPLE.replace("{question}", "{Question} {question}"),
            r"unknown placeholder \{Question\}",
        ),
        (SAMPLE.replace("{question}", "{{question}}"), r"unknown placeholder \{\{question\}\}"),
        (
            SAMPLE.replace("Think.", "Think: {question}"),
            r"'system' has the placeholder \{question\}",
        ),
        (SAMPLE.replace("ask =", 'lead = "{question}"\nask ='), r"'lead' has the placeholder"),
        (
            SAMPLE.replace("Think.", "{{Question}}"),
            r"'system' has the placeholder \{\{Question\}\}",
        ),
        (SAMPLE.replace("Answer: 2", "{question} 2"), r"'reply' has the placeholder \{question\}"),
        (SAMPLE.replace("Q:", "{0}"), r"unknown placeholder \{0\}"),
        (SAMPLE.replace("Q:", "{my-name}"), r"unknown placeholder \{my-name\}; allowed are \{ques"),
        (SAMPLE.replace("Q:", "{ question }"), r"unknown placeholder \{ question \}"),
        (SAMPLE.replace("Q:", "{Fräge}"), r"unknown placeholder \{Fräge\}"),
    ],
)
def test_a_faulty_file_says_where_and_what(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(MethodError, match=match):
        read_prompts("chain_of_thought", override(tmp_path, text))


def test_braces_that_are_no_placeholders_are_a_users_own(tmp_path: Path) -> None:
    asked = (
        r'{"q": {question}} as {"a": 1}, {} or {3}, in \boxed{answer} and \frac{a}{b}, x_{i}^{n}.'
    )
    text = SAMPLE.replace('"Q: {question}"', f"'{asked}'").replace("Think.", "Say {answer}.")
    few_shot = read_prompts("chain_of_thought", override(tmp_path, text))["reason"]
    system, *_, asking = few_shot.prompt(question="2?").messages
    assert system.content == "Say {answer}."
    assert asking.content == asked.replace("{question}", "2?")


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "chain_of_thought.toml").write_bytes(SAMPLE.encode("utf-8-sig"))
    assert read_prompts("chain_of_thought", tmp_path)["reason"].system == "Think."


def test_every_placeholder_of_ours_is_needed(tmp_path: Path) -> None:
    stages = read_prompts("rephrase_and_respond")
    text = "".join(f'[{stage}]\nsystem = ""\nask = "{{question}}"\n' for stage in stages)
    with pytest.raises(
        MethodError, match=r"\[respond\]: 'ask' lacks the placeholder \{rewritten\}"
    ):
        read_prompts("rephrase_and_respond", override(tmp_path, text, "rephrase_and_respond"))


@pytest.mark.parametrize(
    "name", ["chain_of_though.toml", "universal.TOML", "universal.toml.txt", "universal.yaml"]
)
def test_a_file_that_no_method_reads_is_not_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SAMPLE)
    with pytest.raises(MethodError, match=rf"{name}: no method reads .* chain_of_thought\.toml, "):
        read_prompts("chain_of_thought", tmp_path)


def test_a_folder_may_hold_what_is_no_prompt(tmp_path: Path) -> None:
    for name in ("README.md", ".universal.toml.swp", "universal.toml~", "universal.py"):
        (tmp_path / name).write_text("x")
    assert faults(tmp_path) == []


def test_a_folder_must_be_one_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(MethodError, match="there is no folder"):
        read_prompts("chain_of_thought", tmp_path / "none")
    (tmp_path / "universal.toml").symlink_to(tmp_path / "none")
    with pytest.raises(MethodError, match=r"universal\.toml can't be read"):
        read_prompts("universal", tmp_path)


def test_every_fault_of_every_file_is_told_whichever_is_read(tmp_path: Path) -> None:
    override(tmp_path, SAMPLE.replace("{question}", "{quesion}").replace("reply", "replay"))
    override(tmp_path, "[other]", "universal")
    with pytest.raises(MethodError, match=r"^6 things are wrong with prompts:") as caught:
        read_prompts("system2_attention", tmp_path)
    _, *lines = str(caught.value).split("\n  ")
    assert lines == faults(tmp_path)
    assert [line.partition(".toml")[2] for line in lines] == [
        ": [reason]: 'ask' lacks the placeholder {question}",
        ": [reason]: 'ask' has the unknown placeholder {quesion}; allowed are {question}",
        ": [reason]: shot 1 lacks 'reply'",
        ": [reason]: shot 1 has the unknown 'replay'; allowed are 'question', 'reply'",
        " lacks 'choose'",
        " has the unknown 'other'; allowed are 'choose'",
    ]


def test_a_method_without_a_prompt_is_an_error() -> None:
    with pytest.raises(MethodError, match="install the package anew"):
        read_prompts("telepathy")
