"""Which suites there are."""

from benchmarks.replication import biased, coin_flip, gsm8k, judging, last_letters
from benchmarks.replication.suite import Suite

SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        last_letters.SUITE,
        coin_flip.SUITE,
        biased.SUMS,
        biased.TRIVIA,
        judging.SUITE,
        gsm8k.SUITE,
    )
}
