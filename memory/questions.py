"""Questions from outside: one text checked, or a file of them read line by line.

A line is an object in one of two forms:

- `{"question": "...", "answer": "...", "skill": "..."}`; answer (gold) and skill may be left out.
- `{"messages": [...]}`, a chat with exactly one turn by the user: that is the question. A chat with
  more is refused, since its last question may lean on the earlier ones, and so is one in which an
  assistant or a tool spoke before. What an assistant replied is left out: it is some model's word,
  not a checked final answer. A gold answer stands beside the messages, as `"answer"`.

System turns are left out, as every question is asked by itself. A gold answer may hold under them
alone ("Answer in French."), so a line that has both is refused, unless its system turns say no more
than "You are a helpful assistant.", which most logs have.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from reprlib import repr as brief
from typing import BinaryIO

from memory.answers import normalise, same
from memory.records import NONE, question_key
from models.errors import InputFileError, QuestionError

MAX_CHARS = 20_000
"""Longest question read from a file, in characters, unless the caller says otherwise."""

MAX_ANSWER_CHARS = 10_000
"""Longest answer that is taken from outside: System 1 is taught to give it at once."""

MAX_LINE_BYTES = 4_000_000
_SNIFF_BYTES = 4_096
_MAX_TAG_CHARS = 100
_INSTRUCTING = ("system", "developer")
_INTRODUCING = (
    "you are a an the and very helpful harmless honest friendly useful "
    "virtual ai assistant bot chatbot large language model"
)
"""Words of which no system turn can be made that bears on an answer."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Mn", "Zl", "Zp", "Zs"})
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # Hangul's, and Braille without a dot


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a file gives it.

    Attributes:
        line: Its line in the file, from 1.
        text: The question.
        answer: Gold, in normal form; None when the file has none.
        skill: The caller's tag; None when the file has none.
        duplicate_of: The line that asked the very same question first; None for the first.
        instructed: Whether it is of a chat with a system turn, which is left out.
    """

    line: int
    text: str
    answer: str | None = None
    skill: str | None = None
    duplicate_of: int | None = None
    instructed: bool = False


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be used: its number, from 1, and why."""

    line: int
    reason: str


def clean_question(text: object, max_chars: int = MAX_CHARS) -> str:
    """A question fit to be asked: text that can be seen, not too long, no control characters.

    Args:
        text: What came in.
        max_chars: Most characters.

    Returns:
        The text without white space at its ends.

    Raises:
        QuestionError: It is none of this; the message says which.
    """
    if not isinstance(text, str):
        raise QuestionError(f"a question must be text, not {_kind(text)}")
    cleaned = text.strip()
    if not cleaned:
        raise QuestionError("the question is empty; ask something")
    if len(cleaned) > max_chars:
        raise QuestionError(
            f"the question has {len(cleaned):,} characters; at most {max_chars:,} are read"
        )
    _refuse_non_text(cleaned, "the question")
    if not seen(cleaned):
        raise QuestionError("the question has no character that can be seen; ask something")
    return cleaned


def read_questions(path: Path, max_chars: int = MAX_CHARS) -> Iterator[Question | BadLine]:
    """Read a file of questions, one JSON object a line.

    Args:
        path: The file, UTF-8; a pipe will do. Blank lines are skipped.
        max_chars: Most characters of a question.

    Returns:
        Each line's question, or why it has none, as the file is read. Questions that repeat an
        earlier one are kept, and say so; one whose gold answer is not the earlier one's is bad.

    Raises:
        InputFileError: The file is missing, unreadable or not text. Raised by the call itself.
    """
    return _questions(_opened(path), max_chars)


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines that are not blank; None stands for one over `MAX_LINE_BYTES`."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) >= MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def object_of(line: bytes | None) -> dict[str, object]:
    """A line as a JSON object; QuestionError says why it is none."""
    if line is None:
        raise QuestionError(f"the line is longer than {MAX_LINE_BYTES:,} bytes")
    try:
        value = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise QuestionError(f"not UTF-8 text (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise QuestionError(f"not JSON: {error.msg} (column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise QuestionError(
            "not JSON that can be read: a number or a nesting is too long"
        ) from error
    if not isinstance(value, dict):
        raise QuestionError(
            f'a line must be an object like {{"question": ...}}, not {_kind(value)}'
        )
    return value


def text_of(value: object, name: str) -> str | None:
    """An optional text or number as text; None for null and blank; QuestionError for the rest."""
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return str(value)
    if not isinstance(value, str):
        raise QuestionError(f"{name} must be text or a number, not {_kind(value)}")
    _refuse_non_text(value, name)
    return value.strip() or None


def answer_of(value: object, question: str) -> str | None:
    """An answer in the question's normal form; None for null and for one that nobody can see.

    Args:
        value: What came in.
        question: What it answers.

    Returns:
        The answer, or None.

    Raises:
        QuestionError: It is neither text nor a number, or too long.
    """
    answer = normalise(text_of(value, "the answer") or "", question)
    if len(answer) > MAX_ANSWER_CHARS:
        raise QuestionError(
            f"the answer has {len(answer):,} characters; at most {MAX_ANSWER_CHARS:,} are kept: "
            "give the final answer, without the way to it"
        )
    return answer if seen(answer) else None


def tag_of(value: object) -> str | None:
    """A skill's name as a caller may give it, which can be seen; None for null and blank.

    Args:
        value: What came in.

    Returns:
        The name, or None.

    Raises:
        QuestionError: It is no text of one line, too long, or taken.
    """
    if value is not None and not isinstance(value, str):
        raise QuestionError(f"the skill must be text, not {_kind(value)}")
    tag = text_of(value, "the skill")
    if tag is None:
        return None
    if not seen(tag):
        raise QuestionError("the skill has no character that can be seen; give a name, or none")
    if len(tag) > _MAX_TAG_CHARS or not tag.isprintable():
        raise QuestionError(f"the skill must be one line of at most {_MAX_TAG_CHARS} characters")
    if tag.casefold() == NONE:
        raise QuestionError(
            f"the skill can't be {tag!r}: reports call questions without a skill so; give another "
            "name, or none"
        )
    return tag


def seen(text: str) -> bool:
    """Whether a text has a character that can be seen."""
    return any(unicodedata.category(c) not in _UNSEEN and c not in _FILLERS for c in text)


def _questions(stream: BinaryIO, max_chars: int) -> Iterator[Question | BadLine]:
    seen: dict[str, int] = {}
    golds: dict[str, tuple[int, str]] = {}
    with stream:
        for number, line in lines_of(stream):
            try:
                fields = object_of(line)
                text = clean_question(_asked(fields), max_chars)
                instructions = _instructions(fields)
                answer = answer_of(fields.get("answer"), text)
                if answer is not None:
                    _refuse_instructed(instructions)
                skill = tag_of(fields.get("skill"))
                key = question_key(text)
                if answer is not None:
                    _refuse_another(answer, text, *golds.setdefault(key, (number, answer)))
            except QuestionError as error:
                yield BadLine(number, str(error))
                continue
            first = seen.setdefault(key, number)
            repeated = None if first == number else first
            yield Question(number, text, answer, skill, repeated, bool(instructions))


def _asked(fields: Mapping[str, object]) -> object:
    if "question" in fields and "messages" in fields:
        raise QuestionError('it has both "question" and "messages"; leave one out')
    if "question" in fields:
        return fields["question"]
    if "messages" in fields:
        return _asked_in_chat(fields["messages"])
    known = ", ".join(sorted(fields)[:5]) or "none"
    raise QuestionError(f'it has neither "question" nor "messages" (its keys: {known})')


def _asked_in_chat(messages: object) -> str:
    if not isinstance(messages, list):
        raise QuestionError(f'"messages" must be a list, not {_kind(messages)}')
    asked, before = [], []
    for message in messages:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise QuestionError('a message must be an object with "role" and "content"')
        if message["role"] == "user":
            asked.append(_content(message.get("content")))
        elif not asked and message["role"] not in _INSTRUCTING:
            before.append(message["role"])
    if len(asked) != 1:
        raise QuestionError(
            f"the chat has {len(asked)} turns by the user; exactly one can be a question of its "
            'own: give the standalone question as "question"'
        )
    if before:
        raise QuestionError(
            f"the chat has a turn by {brief(before[0])} before the question, which may lean on it: "
            'give the standalone question as "question"'
        )
    return asked[0]


def _instructions(fields: Mapping[str, object]) -> list[str]:
    """What the system turns of a chat say, wherever they stand."""
    messages = fields.get("messages")
    turns = messages if isinstance(messages, list) else []
    contents = [turn.get("content") for turn in turns if turn["role"] in _INSTRUCTING]
    return [text for content in contents if content and (text := _content(content).strip())]


def _refuse_instructed(instructions: Sequence[str]) -> None:
    """Refuse a gold answer that may hold under a system turn alone."""
    for said in instructions:
        words = {word.strip(".,!") for word in said.casefold().split()}
        if not words <= set(_INTRODUCING.split()):
            raise QuestionError(
                f"its answer may hold only under its system turn, {brief(said)}, which is left "
                'out: give "question" and "answer" if it holds without, or leave the answer out'
            )


def _content(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise QuestionError(f'a message\'s "content" must be text, not {_kind(content)}')
    texts = []
    for part in content:
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
        if not isinstance(text, str):
            raise QuestionError("a message holds something other than text")
        texts.append(text)
    return "\n".join(texts)


def _refuse_another(answer: str, question: str, line: int, gold: str) -> None:
    if not same(answer, gold, question):
        raise QuestionError(
            f"the answer is {brief(answer)}, but line {line} answers the very same question with "
            f"{brief(gold)}, which counts; leave one of them out"
        )


def _refuse_non_text(text: str, name: str) -> None:
    for at, char in enumerate(text):
        if (char < " " and char not in "\t\n\r") or char == "\x7f":
            raise QuestionError(
                f"{name} holds the control character {ord(char):#04x} at {at + 1}; take it out"
            )
        if "\ud800" <= char <= "\udfff":
            raise QuestionError(f"{name} holds half a character (a lone surrogate) at {at + 1}")


def _opened(path: Path) -> BinaryIO:
    """The file from its beginning. It is opened but once: a pipe gives each byte to one reader."""
    try:
        stream = path.open("rb")
        head = stream.peek(_SNIFF_BYTES)
    except FileNotFoundError as error:
        raise InputFileError(f"{path} does not exist; give a JSONL file of questions") from error
    except OSError as error:
        raise InputFileError(f"{path} can't be read: {error.strerror}") from error
    if b"\0" in head:
        stream.close()
        raise InputFileError(f"{path} is not UTF-8 text; give a JSONL file of questions")
    return stream


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}
    return kinds.get(
        type(value), "a number" if isinstance(value, int | float) else "something else"
    )
