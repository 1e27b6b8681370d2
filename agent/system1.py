"""System 1: the student with whatever adapter is active, asked directly."""

from collections.abc import Sequence

from memory.records import BASE, Draft
from models.adapters import Adapter, AdapterRegistry
from models.types import Cancelled, LanguageModel, Progress
from router.policy import Subject
from trainer.student import draft_answers


class System1:
    """Drafts answers straight from the question.

    Args:
        lm: The base.
        registry: Says which adapter is active; asked again for every answer.
        encoder_name: Whose embeddings the router's evidence is of.
        max_tokens: Most tokens of a draft.
    """

    def __init__(
        self, lm: LanguageModel, registry: AdapterRegistry, encoder_name: str, max_tokens: int
    ) -> None:
        self._lm = lm
        self._registry = registry
        self._encoder_name = encoder_name
        self._max_tokens = max_tokens

    def active(self) -> Adapter | None:
        """The adapter that would answer now."""
        return self._registry.active()

    def subject(self, adapter: Adapter | None) -> Subject:
        """What the router's evidence must be about to count for this adapter's drafts."""
        version = adapter.version if adapter else BASE
        return Subject(version, self._lm.fingerprint, self._encoder_name)

    def draft(
        self,
        questions: Sequence[str],
        adapter: Adapter | None,
        *,
        cancelled: Cancelled | None = None,
        progress: Progress | None = None,
    ) -> list[Draft]:
        """Answer directly, in shared batches.

        Args:
            questions: Standalone questions.
            adapter: What `active` said; one decision keeps to one adapter.
            cancelled: Asked at every step.
            progress: Called with (drafts done, drafts in all).

        Returns:
            A draft for each question, in order.
        """
        return draft_answers(
            self._lm,
            questions,
            adapter,
            max_tokens=self._max_tokens,
            cancelled=cancelled,
            progress=progress,
        )
