"""Runs semantic-router over questions: which skill's questions is each like?

`python route_choices.py REQUEST RESULT`, in an environment that has it. The embeddings are given.
By default its best route always wins; fitted on labelled questions, a confidence is a probability.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from semantic_router import IndexedRouter, Route  # type: ignore[import-not-found]
from semantic_router.encoders import DenseEncoder  # type: ignore[import-not-found]

Json = dict[str, Any]


class Given(DenseEncoder):  # type: ignore[misc]
    """Embeddings that were computed before."""

    name: str = "given"
    embeddings: dict[str, list[float]]

    def __call__(self, docs: list[str]) -> list[list[float]]:
        """Look them up."""
        return [self.embeddings[text] for text in docs]


def main(request: Path, result: Path) -> None:
    """Choose a route for every question of every run, before fitting and after.

    Args:
        request: What to ask; `benchmarks/routing/rivals.py` says its form.
        result: Where what was chosen goes.
    """
    given: Json = json.loads(request.read_text("utf-8"))
    router = IndexedRouter(
        encoder=Given(embeddings=given["embeddings"]),
        routes=[Route(name=name, utterances=texts) for name, texts in given["routes"].items()],
    )
    found: Json = {"version": version("semantic-router"), "runs": _runs(router, given)}
    try:
        texts, routes = zip(*given["fit"], strict=True)
        router.fit(list(texts), list(routes))
        found |= {"fitted": _runs(router, given), "unfitted": ""}
    except ValueError as error:
        found |= {"fitted": None, "unfitted": str(error)}
    result.write_text(json.dumps(found), "utf-8")


def _runs(router: IndexedRouter, given: Json) -> Json:
    return {
        name: [_chosen(router, item["question"]) for item in run["items"]]
        for name, run in given["runs"].items()
    }


def _chosen(router: IndexedRouter, question: str) -> Json:
    start = time.perf_counter()
    choice = router(question)
    seconds = time.perf_counter() - start
    return {"route": choice.name, "confidence": choice.confidence, "seconds": seconds}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
