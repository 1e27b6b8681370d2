"""Where `secondnature` begins, before anything is imported that takes time.

Ctrl-C in the tenth of a second that the command line takes to import ends it like a later one.
"""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from agent.cli import main as run

        run()
    except KeyboardInterrupt:  # while it was imported: later ones end in `run`
        sys.stderr.write("interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
