"""GPTCache and semantic-router: installed apart, asked through a file, read back.

The request is one JSON object: `peers`, what answers it; `embeddings` by text; `runs`, each with
its `log` (texts) and its `items` (`{question, answered}`, in order); `cache_thresholds`; `routes`,
texts by skill; and `fit`, pairs of a text and its skill, or null where System 1 was wrong.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.routing.caches import Known, Lookup
from benchmarks.routing.policies import Outcome, Own
from models import atomic

HELD_OUT, VALIDATION, STREAM = "held_out", "validation", "stream"
CACHE_THRESHOLDS = (0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999)
"""Of GPTCache; each stands for a cosine of twice itself less 1."""


@dataclass(frozen=True, slots=True)
class Side:
    """Questions with all that was said of them, and what was known before they came.

    Attributes:
        log: What a cache knew.
        items: What the systems said; nothing of the validation questions, which no model is asked.
        own: What our router makes of each; empty where that is not looked at.
    """

    log: Sequence[Known]
    items: Sequence[Outcome]
    own: Sequence[Own] = ()


@dataclass(frozen=True, slots=True)
class Routes:
    """What semantic-router is told of the skills.

    Attributes:
        utterances: Trusted questions that System 1 was taught, by skill.
        learned: Skills that System 1 has learned; the others are left to System 2.
        fit: Held-out questions, each with its skill, or None where System 1's draft was wrong.
    """

    utterances: Mapping[str, Sequence[str]]
    learned: frozenset[str]
    fit: Sequence[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Found:
    """GPTCache's nearest question, if it was near enough."""

    question: str | None
    similarity: float | None
    seconds: float

    @property
    def lookup(self) -> Lookup:
        """The same for a policy."""
        return Lookup(self.question, self.seconds)


@dataclass(frozen=True, slots=True)
class CacheResult:
    """What GPTCache found, by run and threshold."""

    version: str
    default: float
    runs: Mapping[str, Mapping[float, Sequence[Found]]]


@dataclass(frozen=True, slots=True)
class Choice:
    """semantic-router's best route."""

    route: str | None
    confidence: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class RouteResult:
    """What semantic-router chose, by run; `unfitted` says why it could not be fitted."""

    version: str
    runs: Mapping[str, Sequence[Choice]]
    fitted: Mapping[str, Sequence[Choice]] | None
    unfitted: str


@dataclass(frozen=True, slots=True)
class Peers:
    """What the peers gave; None for one that could not be run."""

    cache: CacheResult | None = None
    routes: RouteResult | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """A package that is only measured against: never a dependency of ours.

    Attributes:
        name: In the table and in file names.
        packages: What pip installs.
        script: Runs it; in the folder `peers` beside this module.
    """

    name: str
    packages: tuple[str, ...]
    script: str

    @property
    def path(self) -> Path:
        """The script."""
        return Path(__file__).parent / "peers" / self.script


GPTCACHE = Peer(
    "GPTCache",
    ("gptcache==0.1.44", "faiss-cpu==1.15.1", "sqlalchemy==2.1.9"),
    "cache_lookups.py",
)
SEMANTIC_ROUTER = Peer("semantic-router", ("semantic-router==1.1.1",), "route_choices.py")
PEERS = (GPTCACHE, SEMANTIC_ROUTER)
_CACHE_RESULT, _ROUTE_RESULT = TypeAdapter(CacheResult), TypeAdapter(RouteResult)

Say = Callable[[str], None]


def run_peers(folder: Path, sides: Mapping[str, Side], routes: Routes, say: Say) -> Peers:
    """Ask both peers; one that can't be installed or fails is left out, with a line.

    What the same packages and script gave to the very same request is read again.

    Args:
        folder: Where environments, request and results are kept.
        sides: The runs by name.
        routes: For semantic-router.
        say: Told what begins and what is left out.

    Returns:
        What they gave.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, text = folder / "request.json", json.dumps(request(sides, routes))
    if not path.exists() or path.read_text("utf-8") != text:
        for peer in PEERS:
            _result(folder, peer).unlink(missing_ok=True)
        atomic.write_text(path, text)
    return read_peers(_run(GPTCACHE, folder, say), _run(SEMANTIC_ROUTER, folder, say))


def request(sides: Mapping[str, Side], routes: Routes) -> dict[str, object]:
    """What the peers are asked, as JSON takes it; the module says its form."""
    embeddings = {
        question: embedding.tolist()
        for side in sides.values()
        for question, embedding in [
            *((known.question, known.embedding) for known in side.log),
            *((item.question, item.embedding) for item in side.items),
        ]
    }
    runs = {
        name: {
            "log": [known.question for known in side.log],
            "items": [
                {"question": item.question, "answered": item.system2_answer is not None}
                for item in side.items
            ],
        }
        for name, side in sides.items()
    }
    return {
        "peers": [asdict(peer) | {"sha256": _sha256(peer.path)} for peer in PEERS],
        "embeddings": embeddings,
        "runs": runs,
        "cache_thresholds": CACHE_THRESHOLDS,
        "routes": routes.utterances,
        "fit": routes.fit,
    }


def read_peers(cache: Path | None, routes: Path | None) -> Peers:
    """Read what the scripts wrote; None is a peer that wrote nothing."""
    return Peers(
        None if cache is None else _CACHE_RESULT.validate_json(cache.read_bytes()),
        None if routes is None else _ROUTE_RESULT.validate_json(routes.read_bytes()),
    )


def _run(peer: Peer, folder: Path, say: Say) -> Path | None:
    """The peer's result file; None with a line when there is none."""
    result = _result(folder, peer)
    if result.exists():
        return result
    writing = result.with_suffix(".part")
    try:
        python = _environment(peer, folder, say)
        say(f"{peer.name}: asking it")
        command = [str(python), str(peer.path), str(folder / "request.json"), str(writing)]
        _call(command, folder, peer)
        writing.replace(result)
    except (subprocess.CalledProcessError, OSError) as error:
        say(f"{peer.name} is left out: {error}; {_log(folder, peer)} says more")
        return None
    return result


def _environment(peer: Peer, folder: Path, say: Say) -> Path:
    """The interpreter of the peer's own environment, made when it is not there."""
    environment = folder / "environments" / peer.name
    python, done = environment / "bin" / "python", environment / "installed.txt"
    wanted = "\n".join(peer.packages)
    if not done.exists() or done.read_text("utf-8") != wanted:
        say(f"{peer.name}: installing it into an environment of its own")
        _call([sys.executable, "-m", "venv", "--clear", str(environment)], folder, peer)
        _call([str(python), "-m", "pip", "install", "--quiet", *peer.packages], folder, peer)
        done.write_text(wanted, "utf-8")
    return python


def _call(command: Sequence[str], folder: Path, peer: Peer) -> None:
    with _log(folder, peer).open("ab") as log:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _result(folder: Path, peer: Peer) -> Path:
    return folder / f"{peer.name}.json"


def _log(folder: Path, peer: Peer) -> Path:
    return folder / f"{peer.name}.log"
