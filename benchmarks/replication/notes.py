"""Words beside figures: why an aim was not reached, and what was tried. A person writes them."""

from collections.abc import Mapping
from pathlib import Path
from tomllib import TOMLDecodeError, loads

from pydantic import TypeAdapter, ValidationError

from models.errors import InputFileError

Notes = Mapping[str, Mapping[str, str]]
"""By model and suite."""

_NOTES = TypeAdapter(dict[str, dict[str, str]])


def read_notes(path: Path) -> Notes:
    """Read notes.

    Args:
        path: A TOML file with a table a model and a text a suite; one that is not there has none.

    Returns:
        The notes.

    Raises:
        InputFileError: The file holds something else, or can't be read.
    """
    try:
        return _NOTES.validate_python(loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, TOMLDecodeError, ValidationError) as error:
        msg = f"{path} holds no notes, a table a model and a text a suite ({error}); mend it"
        raise InputFileError(msg) from error
