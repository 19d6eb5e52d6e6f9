"""`hackmentor VERB [overrides]`: find the verb, hand it the rest. Imports nothing heavy, so that help is instant."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from hackmentor import __version__
from hackmentor.help import VERBS, overview, verb_help
from hackmentor.runtime.errors import LoggedError, StoppedError, UserError

if TYPE_CHECKING:
    from hackmentor.config.compose import Request

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
# Of files and folders that a user named: they can put it right.
_OF_PLACES = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG,
    errno.ENOSPC, errno.EDQUOT,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb. Returns 0: success, 1: a cell failed, 2: a mistake in the request, 128 + n: signal n."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verb, rest = _verb(arguments or ["--help"])
    if verb in ("-h", "--help", "help"):
        print(overview())
        return 0
    if verb == "--version":
        print(f"hackmentor {__version__}")
        return 0
    if verb not in VERBS:
        close = get_close_matches(verb, VERBS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(VERBS)}"
        print(f"hackmentor: there is no command {verb!r}; {hint}", file=sys.stderr)
        return EXIT_USAGE
    if "-h" in rest or "--help" in rest:
        print(verb_help(verb))
        return 0
    try:
        return int(import_module(f"hackmentor.{verb.replace(' ', '.')}.__main__").main(rest))
    except KeyboardInterrupt:  # while it is still being imported
        return _interrupted(verb)


def _verb(arguments: list[str]) -> tuple[str, list[str]]:
    """The verb, of one word or two (`data inspect`), and what follows it."""
    words = 2 if " ".join(arguments[:2]) in VERBS else 1
    return " ".join(arguments[:words]), arguments[words:]


def run(verb: str, argv: Sequence[str] | None, act: Callable[[Request], int]) -> int:
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
        return _interrupted(verb)


def _interrupted(verb: str) -> int:
    print(f"hackmentor {verb}: interrupted", file=sys.stderr)
    return EXIT_INTERRUPTED


def _parse(verb: str, argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"hackmentor {verb}", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("-m", "--multirun", action="store_true")
    parser.add_argument("--config-dir", type=Path)
    parser.add_argument("overrides", nargs="*")
    return parser.parse_intermixed_args(argv)
