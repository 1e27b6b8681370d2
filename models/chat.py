"""Chats to token ids, by the model's own chat template."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from models.errors import ModelError
from models.loading import load_faults
from models.types import Message, Prompt

_PROBE = "secondnature-probe"
_PLAIN_TURNS = ("\nuser:", "\nsystem:", "\nassistant:")
_ROLE_WORDS = ("system:", "user:", "human:", "assistant:")
_CHAT = (
    Message("system", _PROBE),
    Message("user", _PROBE),
    Message("assistant", _PROBE),
    Message("user", _PROBE),
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt as token ids: the part shared by all questions of a method, and the rest."""

    fixed: tuple[int, ...]
    rest: tuple[int, ...]

    @property
    def tokens(self) -> int:
        """Length of the whole prompt."""
        return len(self.fixed) + len(self.rest)


def _fold_system(messages: Sequence[Message]) -> list[Message]:
    """Put a system message in front of the next one, for templates that know no such role."""
    if not messages or messages[0].role != "system":
        return list(messages)
    if len(messages) == 1:
        return [Message("user", messages[0].content)]
    head, first, *rest = messages
    return [Message(first.role, f"{head.content}\n\n{first.content}"), *rest]


def _any_of(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """A pattern that takes the longest of some; None where there are none."""
    return re.compile("|".join(sorted(patterns, key=len, reverse=True))) if patterns else None


class ChatRenderer:
    """Renders prompts with a tokenizer's chat template; plain text when it has none.

    What a message says is text, whatever it looks like: a turn's mark that a question spells out is
    broken up, so that nobody can speak for the system or the assistant. Marks are the special
    tokens, and the texts that the template puts before turns: such as begin with no letter or digit
    ("[INST]", "### Human:"), or are a role's name ("user:"). Other words are not taken for marks: a
    question may well have a line "Question:".

    Attributes:
        end_ids: Tokens that end an assistant's turn, the template's own first; at least one.
        stop: Texts that end it too: in plain text nothing else tells that the model has gone on to
            a turn of its own making. None where there is a template.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        """Learn a tokenizer's ways.

        Args:
            tokenizer: The model's own.

        Raises:
            ModelError: It has no token that ends a turn, or its template cannot be used.
        """
        self._tokenizer = tokenizer
        self._special = self._special_tokens()
        special = [re.escape(text) for text in self._special.values() if len(text) > 1]
        self._marks = _any_of(special)
        remedy = "mend its chat_template.jinja, or choose another chat model"
        with load_faults(f"the chat template of {tokenizer.name_or_path}", remedy):
            self._fold = not self._template_takes_system()
            opened = self._open(_CHAT)
            if _PROBE not in opened:
                raise ValueError("it leaves out what the user says")
            self._marks = _any_of([*special, *self._turn_marks(opened)])
        self.end_ids = self._end_ids()
        self.stop: tuple[str, ...] = _PLAIN_TURNS if tokenizer.chat_template is None else ()

    def render(self, prompt: Prompt) -> Rendered:
        """Tokenise a prompt, split after its fixed messages when the template allows it.

        Args:
            prompt: What the model is to continue.

        Returns:
            Its token ids.
        """
        ids = self._ids(self._open(prompt.messages))
        fixed = self._ids(self._closed(prompt.messages[: prompt.fixed])) if prompt.fixed else ()
        if len(fixed) >= len(ids) or ids[: len(fixed)] != fixed:
            fixed = ()
        return Rendered(fixed, ids[len(fixed) :])

    def answer_ids(self, answer: str) -> list[int]:
        """What an assistant that says just `answer` generates: its tokens and the turn's end.

        Args:
            answer: The final answer.

        Returns:
            Token ids, the last of which ends the turn.
        """
        return [*self._ids(answer), self.end_ids[0]]

    def _ids(self, text: str) -> tuple[int, ...]:
        if not text:
            return ()
        # Not verbose: a text that is too long is refused by its reader, in words.
        return tuple(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def _plain(self, content: str) -> str:
        """Break up what the tokenizer would read as a token with a meaning of its own."""
        if self._marks is None:
            return content
        return self._marks.sub(lambda match: f"{match[0][0]} {match[0][1:]}", content)

    def _template(self, messages: Sequence[Message], *, generate: bool) -> str:
        if self._tokenizer.chat_template is None:
            lines = [f"{message.role}: {self._plain(message.content)}\n" for message in messages]
            start = self._tokenizer.bos_token or ""
            return start + "".join(lines) + ("assistant:" if generate else "")
        turns = [
            {"role": message.role, "content": self._plain(message.content)} for message in messages
        ]
        return str(
            self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=generate
            )
        )

    def _open(self, messages: Sequence[Message]) -> str:
        """Text up to where the assistant is to write."""
        turns = _fold_system(messages) if self._fold else list(messages)
        if turns and turns[-1].role == "assistant":
            return self._template(turns[:-1], generate=True) + self._plain(turns[-1].content)
        return self._template(turns, generate=True)

    def _closed(self, messages: Sequence[Message]) -> str:
        """Text of whole turns; empty when the template renders no such piece."""
        turns = _fold_system(messages) if self._fold else list(messages)
        try:
            return self._template(turns, generate=False)
        except TemplateError:
            return ""

    def _template_takes_system(self) -> bool:
        probe = [Message("system", _PROBE), Message("user", "probe")]
        try:
            return _PROBE in self._template(probe, generate=True)
        except TemplateError:
            return False

    def _turn_marks(self, opened: str) -> set[str]:
        """Patterns of what the template put before the turns of `_CHAT`; special tokens aside."""
        patterns = set()
        turns = opened.split(_PROBE)[:-1]
        # Where each turn is on a line of its own, the words may stand within one.
        place = "(?m:^)" if all("\n" in before for before in turns[1:]) else r"\b"
        for before in turns:
            text = self._marks.split(before)[-1] if self._marks else before
            mark = text.strip().rpartition("\n")[2]
            if not mark[:1].isalnum() and any(map(str.isalpha, mark)):
                pieces = mark.split()  # "[INST] <<SYS>>" is two marks
                alone = not any(piece[0].isalnum() for piece in pieces)
                patterns |= {re.escape(piece) for piece in (pieces if alone else [mark])}
            elif mark.lower() in _ROLE_WORDS:
                patterns.add(place + re.escape(mark))
        return patterns

    def _special_tokens(self) -> dict[int, str]:
        """Tokens that stand for no text, by id."""
        named = zip(
            self._tokenizer.all_special_ids, self._tokenizer.all_special_tokens, strict=True
        )
        added = self._tokenizer.added_tokens_decoder.items()
        return dict(named) | {id_: token.content for id_, token in added if token.special}

    def _end_ids(self) -> tuple[int, ...]:
        turns = [Message("user", _PROBE), Message("assistant", _PROBE)]
        tail = self._closed(turns).rpartition(_PROBE)[2]
        ends = [token for token in self._ids(tail) if token in self._special][:1]
        if self._tokenizer.eos_token_id is not None:
            ends.append(int(self._tokenizer.eos_token_id))
        if not ends:
            raise ModelError(
                "neither the tokenizer nor its chat template has a token that ends a turn; choose "
                "a chat model, or set eos_token in its tokenizer_config.json"
            )
        return tuple(dict.fromkeys(ends))
