"""`secondnature models`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from agent.commands.output import json_option, parts, print_json, print_table

if TYPE_CHECKING:
    from models.catalog import Entry


@click.group("models")
def command() -> None:
    """See and fetch the models that can be used."""


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the catalogue, what of it is pulled, and which models are set."""
    from agent.status import model_names
    from models import catalog

    with parts() as built:
        configured = model_names(built)
    listed = [entry_object(entry) for entry in catalog.CATALOG.values()]
    if as_json:
        print_json({"models": listed, "configured": configured, "cache": str(catalog.cache_root())})
        return
    print_table(
        ("model", "kind", "download", "licence", "pulled", "default for", "about"),
        [
            (
                entry.name,
                entry.kind.value,
                _size(entry.weights.size),
                entry.licence,
                catalog.ready_path(entry.name) is not None,
                ", ".join(entry.default_for) or None,
                entry.about,
            )
            for entry in catalog.CATALOG.values()
        ],
    )
    click.echo(f"pulled models lie in {catalog.cache_root() / 'models'}")
    click.echo("set: " + ", ".join(f"{part} {name}" for part, name in configured.items()))
    click.echo("any Hugging Face id or local folder can be set as well", err=True)


@command.command("pull")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@json_option
def pull(names: tuple[str, ...], as_json: bool) -> None:
    """Fetch models, check and convert them; without NAME, those that the settings name."""
    from agent.status import model_names
    from models import catalog

    if not names:
        with parts() as built:
            names = tuple(model_names(built).values())
    folders = {}
    for name in dict.fromkeys(names):
        with _progress(name) as told:
            folders[name] = str(catalog.pull(name, progress=told))
        if not as_json:
            click.echo(f"{name}: ready in {folders[name]}")
    if as_json:
        print_json({"models": folders})


def entry_object(entry: "Entry") -> dict[str, object]:
    """A catalogue entry as a JSON object.

    Args:
        entry: Which.

    Returns:
        Its fields by name.
    """
    from models import catalog

    folder = catalog.ready_path(entry.name)
    return {
        "name": entry.name,
        "kind": entry.kind.value,
        "pulled": folder is not None,
        "path": str(folder) if folder else None,
        "download_bytes": entry.weights.size,
        "ready_bytes": entry.ready_bytes,
        "licence": entry.licence,
        "default_for": list(entry.default_for),
        "about": entry.about,
        "sha256": entry.weights.sha256,
    }


@contextmanager
def _progress(name: str) -> "Iterator[Callable[[str, int, int], None]]":
    """A bar of bytes on stderr; a line for each stage when that is no terminal."""
    from tqdm import tqdm

    last = ""
    with tqdm(unit="B", unit_scale=True, disable=None, file=sys.stderr, leave=False) as shown:

        def told(stage: str, done: int, total: int) -> None:
            nonlocal last
            if stage != last:
                last = stage
                shown.set_description(f"{name}: {stage}")
                if shown.disable:
                    click.echo(f"{name}: {stage}", err=True)
            shown.total = total or None
            shown.update(done - shown.n)

        yield told


def _size(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
