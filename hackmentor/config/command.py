"""The frame of every command: its line is parsed, its help shown, and what goes wrong is said in one message."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hackmentor.config.help import verb_help
from hackmentor.runtime.errors import EXIT_INTERRUPTED, EXIT_USAGE, LoggedError, StoppedError, UserError

if TYPE_CHECKING:
    from hackmentor.config.compose import Request

# Of files and folders that a user named: they can put it right.
_OF_PLACES = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG,
    errno.ENOSPC, errno.EDQUOT,
}  # fmt: skip


def run_command(verb: str, argv: Sequence[str] | None, act: Callable[[Request], int]) -> int:
    """Parses a verb's command line, shows its help or acts on it, and says in a message what is meant for people."""
    arguments = _parse(verb, sys.argv[1:] if argv is None else argv)
    if arguments.help:
        print(verb_help(verb))
        return 0
    try:
        from hackmentor.config.compose import Request

        # The primary configuration of `data inspect` is conf/inspect.yaml.
        request = Request(verb.split()[-1], tuple(arguments.overrides), arguments.multirun, arguments.config_dir)
        return act(request)
    except UserError as error:
        print(f"hackmentor {verb}: {error}", file=sys.stderr)
        return EXIT_USAGE
    except OSError as error:
        if error.errno not in _OF_PLACES:
            raise
        place = "" if error.filename is None else f"{error.filename}: "
        print(f"hackmentor {verb}: {place}{error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    except LoggedError as logged:
        return logged.exit_code
    except StoppedError as stopped:
        print(f"hackmentor {verb}: {stopped}", file=sys.stderr)
        return stopped.exit_code
    except KeyboardInterrupt:
        return report_interrupt(verb)


def report_interrupt(verb: str) -> int:
    """Says that Ctrl-C ended a command; returns its exit code."""
    print(f"hackmentor {verb}: interrupted", file=sys.stderr)
    return EXIT_INTERRUPTED


def _parse(verb: str, argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"hackmentor {verb}", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("-m", "--multirun", action="store_true")
    parser.add_argument("--config-dir", type=Path)
    parser.add_argument("overrides", nargs="*")
    return parser.parse_intermixed_args(argv)
