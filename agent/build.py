"""Builds the parts from the settings. The only place that loads an engine, and only when asked."""

import json
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.home import Home
from agent.system2.families import AUTO, FAMILIES
from models.errors import MethodError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.audit import Auditor
    from agent.config import Settings
    from agent.loop import Agent
    from agent.sandbox import Sandbox
    from agent.system1 import System1
    from agent.system2.method import Method
    from agent.system2.think import System2
    from agent.trust import Trust
    from memory.recall import Memory
    from memory.store import Store
    from models.adapters import AdapterRegistry
    from models.types import Encoder, FloatArray, LanguageModel
    from router.policy import Router
    from trainer.consolidate import Consolidator


def encoder_dimension(folder: Path) -> int:
    """Read an encoder's dimension from its files, without loading it.

    Args:
        folder: A sentence-transformers model.

    Returns:
        D.

    Raises:
        ModelError: The folder does not say.
    """
    for name, key in (("1_Pooling/config.json", "word_embedding_dimension"), *_CONFIGS):
        try:
            return int(json.loads((folder / name).read_text("utf-8"))[key])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    msg = f"{folder} is no sentence-transformers model: it does not say its dimension"
    raise ModelError(msg)


_CONFIGS = (("config.json", "hidden_size"), ("config.json", "dim"))


class LazyEncoder:
    """An encoder that is found and loaded when the first text comes.

    What needs only its name and dimension (stored embeddings, their index) works without it.
    """

    def __init__(self, name: str, dimension: int) -> None:
        self._name = name
        self._dimension = dimension

    @property
    def name(self) -> str:
        """What stored embeddings are stamped with."""
        return self._name

    @property
    def dimension(self) -> int:
        """D."""
        return self._dimension

    def encode(self, texts: "Sequence[str]") -> "FloatArray":
        """Embed texts as float32 (N, D), unit rows."""
        return self._loaded.encode(texts)

    @cached_property
    def _loaded(self) -> "Encoder":
        from models import catalog

        folder = catalog.resolve(self._name)
        from models.encoder import SentenceEncoder

        return SentenceEncoder(folder, self._name)


@dataclass
class Parts:
    """The parts of one home, each built when first asked for, and shared.

    Attributes:
        settings: In force.
        home: Where everything lies.
    """

    settings: "Settings"
    home: Home

    @cached_property
    def encoder(self) -> "Encoder":
        """Texts to vectors."""
        from models import catalog

        name = self.settings.memory.encoder
        dimension = self._dimension or self.store.embeddings.dimension
        return LazyEncoder(name, dimension or encoder_dimension(catalog.resolve(name)))

    @cached_property
    def store(self) -> "Store":
        """The database; made when there is none. The encoder need not be pulled."""
        from memory.store import Store

        self.home.prepare()
        return Store(self._url, self.settings.memory.encoder, self._dimension)

    @cached_property
    def shelf(self) -> "Store":
        """The database for looking only: an empty one in memory while there is none yet."""
        from memory.store import Store

        if self.settings.memory.url or self.home.database.exists():
            return self.store
        return Store("sqlite://", self.settings.memory.encoder, self._dimension)

    @cached_property
    def memory(self) -> "Memory":
        """The database with its index and the encoder."""
        from memory.index import VectorIndex
        from memory.recall import Memory
        from memory.skills import SkillSettings
        from memory.store import Store

        encoder = self.encoder
        if self.store.embeddings.dimension != encoder.dimension:  # opened before that was known
            self.store.close()
            self.store = Store(self._url, encoder.name, encoder.dimension)
        index = VectorIndex(encoder.name, encoder.dimension, self.home.index)
        skills = SkillSettings(similarity=self.settings.memory.skill_similarity)
        return Memory(self.store, index, encoder, skills)

    @cached_property
    def registry(self) -> "AdapterRegistry":
        """The adapters."""
        from models.adapters import AdapterRegistry

        return AdapterRegistry(self.home.adapters)

    @cached_property
    def router(self) -> "Router":
        """The router."""
        from router.policy import Router

        return Router(self.home.router, self.settings.router)

    @cached_property
    def student(self) -> "LanguageModel":
        """System 1's base."""
        return self._language_model(self.settings.system1.model)

    @cached_property
    def teacher(self) -> "LanguageModel":
        """System 2's model; the same object when it is the same model."""
        name = self.settings.system2.model
        if name in ("", self.settings.system1.model):
            return self.student
        return self._language_model(name)

    @cached_property
    def sandbox(self) -> "Sandbox":
        """Where programs of the model run."""
        from agent.sandbox import Sandbox

        return Sandbox(self.settings.sandbox)

    @cached_property
    def system1(self) -> "System1":
        """The student with the active adapter."""
        from agent.system1 import System1

        limit = self.settings.system1.max_tokens
        return System1(self.student, self.registry, self.encoder.name, limit)

    @cached_property
    def trust(self) -> "Trust":
        """What says which skills' answers are verified; asks no model."""
        from agent.trust import Trust
        from agent.verify import AgreementVerifier

        verifier = AgreementVerifier(self.settings.verify, self.settings.system2)
        return Trust(self.settings.verify, verifier, FAMILIES)

    def system2(self, method: str | None = None) -> "System2":
        """The teacher.

        Args:
            method: Decide by this method's vote, or "auto"; None is what the settings say.

        Returns:
            System 2.

        Raises:
            MethodError: There is no such method, or a prompt of the user's has a fault.
        """
        from agent.system2.plan import Planner
        from agent.system2.reason import Reasoner
        from agent.system2.rephrase_and_respond import Rephrased
        from agent.system2.think import System2
        from agent.system2.universal import UniversalConsistency
        from agent.verify import AgreementVerifier

        settings, verify = self.settings.system2, self.settings.verify
        chosen = method or settings.method
        names = settings.methods if chosen == AUTO else (chosen, *settings.methods)
        methods = [self.method(name) for name in dict.fromkeys(names)]
        universal = UniversalConsistency(self.prompts)
        memory = self.memory  # before any weights: what it lacks is said at once
        return System2(
            memory,
            Reasoner(self.teacher, settings, AgreementVerifier(verify, settings), universal),
            Planner(
                methods,
                None if chosen == AUTO else chosen,
                verify,
                settings.seed,
                partial(Rephrased, prompts=self.prompts) if verify.rephrase else None,
            ),
            self.trust,
        )

    def method(self, name: str) -> "Method":
        """One method of System 2, with the user's prompts where there are any.

        Args:
            name: One of `FAMILIES`.

        Returns:
            The method.

        Raises:
            MethodError: There is none of this name, or a prompt of the user's has a fault.
        """
        from agent.system2.branch_solve_merge import BranchSolveMerge
        from agent.system2.chain_of_code import ChainOfCode
        from agent.system2.chain_of_thought import ChainOfThought
        from agent.system2.program_of_thought import ProgramOfThought
        from agent.system2.rephrase_and_respond import RephraseAndRespond1, RephraseAndRespond2
        from agent.system2.self_consistency import SelfConsistency
        from agent.system2.system2_attention import System2Attention

        prompts = self.prompts
        makers: dict[str, Callable[[], Method]] = {
            "program_of_thought": lambda: ProgramOfThought(self.sandbox, prompts),
            "chain_of_code": lambda: ChainOfCode(self.sandbox, prompts),
            "chain_of_thought": lambda: ChainOfThought(prompts),
            "rephrase_and_respond_1": lambda: RephraseAndRespond1(prompts),
            "rephrase_and_respond_2": lambda: RephraseAndRespond2(
                prompts, self.settings.system2.responses
            ),
            "system2_attention": lambda: System2Attention(prompts),
            "branch_solve_merge": lambda: BranchSolveMerge(prompts),
            "self_consistency": lambda: SelfConsistency(self.settings.system1.max_tokens),
        }
        if name not in makers:
            known = ", ".join(makers)
            raise MethodError(f"no System 2 method is named {name!r}; there are: {known}")
        return makers[name]()

    def agent(self, method: str | None = None) -> "Agent":
        """The whole loop.

        Args:
            method: Decide by this method's vote, or "auto"; None is what the settings say.

        Returns:
            The agent.
        """
        from agent.loop import Agent

        system2 = self.system2(method)
        return Agent(
            self.memory,
            self.router,
            self.system1,
            system2,
            recall=self.settings.memory.recalled_for(),
            auditor=self.auditor(system2),
        )

    @cached_property
    def loop(self) -> "Agent":
        """The whole loop with the methods of the settings, built once."""
        return self.agent()

    def auditor(self, system2: "System2 | None" = None) -> "Auditor":
        """What audits fast answers.

        Args:
            system2: Who judges them; None is what the settings say.

        Returns:
            The auditor.
        """
        from agent.audit import Auditor

        return Auditor(self.memory, system2 or self.system2(), self.router)

    def consolidator(self) -> "Consolidator":
        """The trainer; what it promotes is certified by `agent.consolidate`."""
        from models import catalog
        from trainer.consolidate import Consolidator

        return Consolidator(
            store=self.store,
            lm=self.student,
            model_path=catalog.resolve(self.settings.system1.model),
            registry=self.registry,
            runs=self.home.runs,
            trainer=self.settings.trainer,
            gate=self.settings.gate,
            max_tokens=self.settings.system1.max_tokens,
        )

    def close(self) -> None:
        """Save and let go of what was opened."""
        built = vars(self)
        if "memory" in built:
            self.memory.close()
        elif "store" in built:
            self.store.close()
        if "shelf" in built:
            self.shelf.close()
        if "sandbox" in built:
            self.sandbox.close()

    @property
    def prompts(self) -> Path | None:
        """The folder of the user's own prompts; None where there is none."""
        folder = self.settings.system2.prompts
        return Path(folder).expanduser() if folder else None

    @property
    def _url(self) -> str | Path:
        return self.settings.memory.url or self.home.database

    @cached_property
    def _dimension(self) -> int | None:
        """The encoder's D by its files; None while it is not at hand."""
        if "encoder" in vars(self):
            return self.encoder.dimension
        from models import catalog

        folder = catalog.ready_path(self.settings.memory.encoder)
        return None if folder is None else encoder_dimension(folder)

    def _language_model(self, name: str) -> "LanguageModel":
        from models import catalog

        path = catalog.resolve(name)  # what is not there is said before seconds of imports
        from models.transformers_lm import TransformersLM

        rows = self.settings.system2.max_rows
        return TransformersLM(path, name=name, fingerprint=catalog.fingerprint(path), max_rows=rows)
