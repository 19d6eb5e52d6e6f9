"""Runs a command: parses its arguments, prints its help, and turns errors into one message and an exit code."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hackmentor.config.help import VERBS_ON_FILES, format_verb_help
from hackmentor.runtime.child_imports import keep_children_from_current_folder
from hackmentor.runtime.errors import (
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    LoggedError,
    StoppedError,
    UserError,
    is_memory_shortage,
)
from hackmentor.runtime.files import FULL_DISK_ERRNOS
from hackmentor.runtime.terminal import is_utf8, print_message, print_traceback

if TYPE_CHECKING:
    from hackmentor.config.compose import CommandRequest

# Errors about files and folders that the user named, and can correct.
_PATH_ERRNOS = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG,
    *FULL_DISK_ERRNOS,
}  # fmt: skip


def run_command(verb: str, argv: Sequence[str] | None, action: Callable[[CommandRequest], int]) -> int:
    """Parses a verb's command line, prints its help or runs its action, and reports errors on standard error.

    Args:
        verb: the command, one word or two (`data inspect`).
        argv: its arguments; None takes those of the process.
        action: what the command does; returns its exit code.

    Returns:
        The exit code.
    """
    arguments = _parse_arguments(verb, sys.argv[1:] if argv is None else argv)
    if arguments.help:
        print(format_verb_help(verb))
        return 0
    sys.excepthook = print_traceback
    keep_children_from_current_folder()
    try:
        from hackmentor.config.compose import CommandRequest

        # The primary configuration of `data inspect` is conf/inspect.yaml.
        overrides = _read_overrides(verb, arguments.overrides, arguments.config_dir)
        request = CommandRequest(verb.split()[-1], overrides, arguments.multirun, arguments.config_dir)
        return action(request)
    except UserError as error:
        print_message(f"hackmentor {verb}: {error}")
        return EXIT_USAGE
    except OSError as error:
        if error.errno not in _PATH_ERRNOS:
            raise
        path = "" if error.filename is None else f"{error.filename}: "
        way_out = "; make room, then run the same command again" if error.errno in FULL_DISK_ERRNOS else ""
        print_message(f"hackmentor {verb}: {path}{error.strerror}{way_out}")
        return EXIT_USAGE
    except LoggedError as logged:
        return logged.exit_code
    except StoppedError as stopped:
        print_message(f"hackmentor {verb}: {stopped}")
        return stopped.exit_code
    except (MemoryError, RuntimeError) as error:
        if not is_memory_shortage(error):
            raise
        reason = next(iter(str(error).strip().splitlines()), "") or "the system gives no more"
        print_message(
            f"hackmentor {verb}: there is not enough memory ({reason}); free some, raise its limit (ulimit -v), or "
            "take a smaller model, batch or file"
        )
        return EXIT_USAGE
    except KeyboardInterrupt:
        return report_interrupt(verb)


def _read_overrides(verb: str, words: Sequence[str], user_folder: Path | None) -> tuple[str, ...]:
    from hackmentor.config.command_line import name_new_experiment, quote_values

    for word in words:
        if not is_utf8(word):
            raise UserError(f"{word}: is not UTF-8; give the file a name that is")
    overrides = quote_values(words)
    return tuple(overrides if verb in VERBS_ON_FILES else name_new_experiment(overrides, user_folder))


def report_interrupt(verb: str) -> int:
    """Prints that Ctrl-C ended a command; returns its exit code."""
    print_message(f"hackmentor {verb}: interrupted")
    return EXIT_INTERRUPTED


def _parse_arguments(verb: str, argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"hackmentor {verb}", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("-m", "--multirun", action="store_true")
    parser.add_argument("--config-dir", type=Path)
    parser.add_argument("overrides", nargs="*")
    return parser.parse_intermixed_args(argv)
