"""Which benchmarks there are, what they compare, and what they must reach."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measure import Measured, Setup, Target


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One measurement.

    Attributes:
        source: Where its function is, "module:function"; imported only when it is run.
        target: What its ratio must reach.
        about: The ratio in words.
    """

    source: str
    target: Target
    about: str

    def measure(self, setup: Setup) -> Measured:
        """Run it; takes seconds to minutes."""
        module, _, function = self.source.partition(":")
        run: Callable[[Setup], Measured] = getattr(importlib.import_module(module), function)
        return run(setup)


BENCHMARKS: dict[str, Benchmark] = {
    "sampling": Benchmark(
        "benchmarks.sampling:measure",
        Target(2.0),
        "tokens/s of 8 samples of one few-shot question, ours / transformers' generate",
    ),
    "weights_type": Benchmark(
        "benchmarks.sampling:measure_type",
        Target(1.0),
        "tokens/s of 8 samples, in the type that is picked for the weights / the other type",
    ),
    "mixed_lengths": Benchmark(
        "benchmarks.sampling:measure_mixed_lengths",
        Target(1.0, at_most=True),
        "seconds to read 32 prompts of unlike lengths, at once / one by one",
    ),
    "system1_time": Benchmark(
        "benchmarks.reasoning:measure_system1_time",
        Target(0.2, at_most=True),
        "median seconds a question, System 1 / System 2, one question at a time",
    ),
    "learn_batching": Benchmark(
        "benchmarks.reasoning:measure_batching",
        Target(1.5),
        "questions/s of System 2, 16 at once / one at a time",
    ),
    "vote_batching": Benchmark(
        "benchmarks.reasoning:measure_vote_batching",
        Target(3.0),
        "questions/s of self-consistency, 8 samples each, 32 at once / one at a time",
    ),
    "training": Benchmark(
        "benchmarks.training:measure",
        Target(1.0),
        "real tokens/s of a re-distillation, ours / TRL's SFTTrainer",
    ),
    "load_time": Benchmark(
        "benchmarks.processes:measure_load_time",
        Target(1.0, at_most=True),
        "seconds to load a pulled model in a fresh process / 5 s",
    ),
    "help_time": Benchmark(
        "benchmarks.processes:measure_help_time",
        Target(1.0, at_most=True),
        "seconds of `secondnature --help` in a fresh process / 0.3 s",
    ),
    "ask_memory": Benchmark(
        "benchmarks.processes:measure_ask_memory",
        Target(1.5, at_most=True),
        "peak memory of `secondnature ask` / bytes of the weights and the encoder",
    ),
    "routing_time_10k": Benchmark(
        "benchmarks.routing_time:measure_10k",
        Target(1.3, at_most=True),
        "median seconds to route without a draft, 10,000 records / the encoder alone",
    ),
    "routing_time_100k": Benchmark(
        "benchmarks.routing_time:measure_100k",
        Target(1.3, at_most=True),
        "median seconds to route without a draft, 100,000 records / the encoder alone",
    ),
    "decision_time": Benchmark(
        "benchmarks.routing_time:measure_decision",
        Target(1.0, at_most=True),
        "median seconds of the decision after a draft / 0.002 s",
    ),
    "certification_time": Benchmark(
        "benchmarks.routing_time:measure_certification",
        Target(1.0, at_most=True),
        "seconds to certify an adapter over 2,000 held-out drafts / 1 s",
    ),
}
