"""Runs GPTCache over questions as its own documents do: sqlite, faiss, search distance.

`python cache_lookups.py REQUEST RESULT`, in an environment that has it. The embeddings are given.
Its `similarity_threshold` t serves the nearest question when its squared L2 distance is at most
4 (1 - t): of unit vectors, when their cosine is at least 2 t - 1.
"""

import json
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from gptcache import Cache, Config  # type: ignore[import-not-found]
from gptcache.adapter.api import get, put  # type: ignore[import-not-found]
from gptcache.manager import manager_factory  # type: ignore[import-not-found]
from gptcache.processor.pre import get_prompt  # type: ignore[import-not-found]
from gptcache.similarity_evaluation import (  # type: ignore[import-not-found]
    SearchDistanceEvaluation,
)

Json = dict[str, Any]


def main(request: Path, result: Path) -> None:
    """Look up every question of every run at every threshold.

    Args:
        request: What to ask; `benchmarks/routing/rivals.py` says its form.
        result: Where what was found goes.
    """
    given: Json = json.loads(request.read_text("utf-8"))
    embeddings = {text: np.array(v, dtype="float32") for text, v in given["embeddings"].items()}
    runs = {
        name: {
            str(threshold): _run(run, embeddings, threshold)
            for threshold in given["cache_thresholds"]
        }
        for name, run in given["runs"].items()
    }
    found = {
        "version": version("gptcache"),
        "default": Config().similarity_threshold,
        "runs": runs,
    }
    result.write_text(json.dumps(found), "utf-8")


def _run(run: Json, embeddings: dict[str, np.ndarray], threshold: float) -> list[Json]:
    """Each question's nearest, and what it took; a miss that was answered is added."""
    questions: list[str] = list(run["log"])
    with tempfile.TemporaryDirectory() as folder:
        cache = _cache(folder, embeddings, threshold)
        if questions:
            cache.import_data(questions, [str(at) for at in range(len(questions))])
        found = []
        for item in run["items"]:
            text = item["question"]
            start = time.perf_counter()
            hit = get(text, cache_obj=cache)
            seconds = time.perf_counter() - start
            near = None if hit is None else questions[int(hit)]
            if near is None and item["answered"]:
                put(text, str(len(questions)), cache_obj=cache)
                questions.append(text)
            similarity = None if near is None else float(embeddings[text] @ embeddings[near])
            found.append({"question": near, "similarity": similarity, "seconds": seconds})
        cache.data_manager.close()
    return found


def _cache(folder: str, embeddings: dict[str, np.ndarray], threshold: float) -> Cache:
    (dimension,) = {len(vector) for vector in embeddings.values()}
    cache = Cache()
    cache.init(
        pre_embedding_func=get_prompt,
        embedding_func=lambda text, **_: embeddings[text],
        data_manager=manager_factory(
            "sqlite,faiss",
            folder,
            vector_params={"dimension": dimension},
            eviction_params={"max_size": 1_000_000},  # of 1000 by default; none is to be lost here
        ),
        similarity_evaluation=SearchDistanceEvaluation(),
        config=Config(similarity_threshold=threshold),
    )
    return cache


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
