"""What goes wrong while a library loads a model, as one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import ModelError


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
        first, *more = str(error).strip().splitlines() or [type(error).__name__]
        line = f"{first} {more[0].strip()}" if more and first.endswith(":") else first
        raise ModelError(f"cannot load {what}: {line}; {remedy}") from error
