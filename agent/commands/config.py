"""`secondnature config`: what is set, where it came from, and whether it is right."""

import click

from agent.commands.output import json_option, print_json, print_table


@click.group("config")
def command() -> None:
    """See and check the settings."""


@command.command()
@json_option
@click.option("--toml", "as_toml", is_flag=True, help="Print a commented config.toml.")
def show(as_json: bool, as_toml: bool) -> None:
    """Print every setting with its value and where that came from."""
    if as_json and as_toml:
        raise click.UsageError("--json and --toml exclude each other")
    from agent.config import describe, dump_toml, load_settings
    from agent.config_text import toml_value

    if as_toml:
        click.echo(dump_toml(load_settings()), nl=False)
        return
    docs = describe()
    if as_json:
        from dataclasses import asdict

        print_json({"settings": [asdict(doc) for doc in docs]})
        return
    print_table(
        ("setting", "value", "from"),
        [
            (doc.key, "unset" if doc.value is None else toml_value(doc.value), doc.source)
            for doc in docs
        ],
    )


@command.command()
@json_option
def path(as_json: bool) -> None:
    """Print the files that are read, later ones over earlier ones."""
    from agent.config import config_files, home_folder

    files = config_files()
    if as_json:
        found = [{"path": str(file), "exists": file.exists()} for file in files]
        print_json({"home": str(home_folder()), "files": found})
        return
    for file in files:
        click.echo(f"{file}{'' if file.exists() else '  (none yet)'}")


@command.command()
@json_option
def check(as_json: bool) -> None:
    """Check every setting; all faults are reported at once."""
    from agent.config import check_settings

    check_settings()
    if as_json:
        print_json({"ok": True})
    else:
        click.echo("all settings are right")
