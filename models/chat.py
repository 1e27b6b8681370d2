"""Chats to token ids, by the model's own chat template."""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from models.types import Message, Prompt


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
    if len(messages) < 2 or messages[0].role != "system":
        return list(messages)
    head, first, *rest = messages
    return [Message(first.role, f"{head.content}\n\n{first.content}"), *rest]


class ChatRenderer:
    """Renders prompts with a tokenizer's chat template; plain text when it has none."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._fold = not self._template_takes_system()
        self.end_ids = self._end_ids()

    def render(self, prompt: Prompt) -> Rendered:
        """Tokenise a prompt, split after its fixed messages when the template allows it.

        Args:
            prompt: What the model is to continue.

        Returns:
            Its token ids.
        """
        text = self._open(prompt.messages)
        head = self._closed(prompt.messages[: prompt.fixed]) if prompt.fixed else ""
        if not text.startswith(head):
            head = ""
        return Rendered(self._ids(head), self._ids(text[len(head) :]))

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
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _template(self, messages: Sequence[Message], *, generate: bool) -> str:
        if self._tokenizer.chat_template is None:
            lines = [f"{message.role}: {message.content}\n" for message in messages]
            return "".join(lines) + ("assistant:" if generate else "")
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return str(
            self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=generate
            )
        )

    def _open(self, messages: Sequence[Message]) -> str:
        """Text up to where the assistant is to write."""
        turns = _fold_system(messages) if self._fold else list(messages)
        if turns and turns[-1].role == "assistant":
            return self._template(turns[:-1], generate=True) + turns[-1].content
        return self._template(turns, generate=True)

    def _closed(self, messages: Sequence[Message]) -> str:
        """Text of whole turns; empty when the template renders no such piece."""
        turns = _fold_system(messages) if self._fold else list(messages)
        try:
            return self._template(turns, generate=False)
        except TemplateError:
            return ""

    def _template_takes_system(self) -> bool:
        try:
            probe = [Message("system", "sys"), Message("user", "probe")]
            return "sys" in self._template(probe, generate=True)
        except TemplateError:
            return False

    def _end_ids(self) -> tuple[int, ...]:
        """Ids that end an assistant's turn: the template's own first, then the tokenizer's."""
        special = set(self._tokenizer.all_special_ids)
        turns = [Message("user", "probe"), Message("assistant", "probe")]
        tail = self._closed(turns).rpartition("probe")[2]
        ends = [token for token in self._ids(tail) if token in special][:1]
        if self._tokenizer.eos_token_id is not None:
            ends.append(int(self._tokenizer.eos_token_id))
        return tuple(dict.fromkeys(ends))
