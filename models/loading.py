"""What goes wrong while a library loads a model, as one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import ModelError


def first_line(error: Exception) -> str:
    """What an error says, as much of it as fits into a line of ours.

    Args:
        error: Any.

    Returns:
        Its first line, or its name when it says nothing.
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def load_faults(what: str, remedy: str) -> Iterator[None]:
    """Turn what a library raises over a damaged or foreign folder into a ModelError.

    Args:
        what: Is being loaded.
        remedy: What to do.

    Yields:
        Nothing.

    Raises:
        ModelError: Anything went wrong; says what.
    """
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # tokenizers raises a bare Exception, and torch what pickle does
        line, more = first_line(error), str(error).strip().splitlines()[1:]
        if more and line.endswith(":"):
            line = f"{line} {more[0].strip()}"
        raise ModelError(f"cannot load {what}: {line}; {remedy}") from error
