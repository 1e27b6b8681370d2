"""`secondnature config`: what is set, where it came from, and whether it is right."""

import click


@click.group()
def config() -> None:
    """See and check the settings."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, descriptions too.")
@click.option("--toml", "as_toml", is_flag=True, help="Print a commented config.toml.")
def show(as_json: bool, as_toml: bool) -> None:
    """Print every setting with its value and where that came from."""
    if as_json and as_toml:
        raise click.UsageError("--json and --toml exclude each other")
    if as_toml:
        from agent.config import dump_toml, load_settings

        click.echo(dump_toml(load_settings()), nl=False)
        return
    from agent.config import describe

    docs = describe()
    if as_json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps([asdict(doc) for doc in docs], indent=1, ensure_ascii=False))
        return
    from agent.config_text import toml_value

    rows = [
        (doc.key, "unset" if doc.value is None else toml_value(doc.value), doc.source)
        for doc in docs
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for key, value, source in rows:
        click.echo(f"{key:<{widths[0]}}  {value:<{widths[1]}}  {source}")


@config.command()
def path() -> None:
    """Print the files that are read, later ones over earlier ones."""
    from agent.config import config_files

    for file in config_files():
        click.echo(f"{file}{'' if file.exists() else '  (none yet)'}")


@config.command()
def check() -> None:
    """Check every setting; all faults are reported at once."""
    from agent.config import check_settings

    check_settings()
    click.echo("all settings are right")
